namespace Das.Tests.Ui;

public sealed class ChatPageTests(Browser browser) : UiTest(browser)
{
    private ILocator Log => Page.Role(AriaRole.Log, "Questions and answers");

    private ILocator Question => Page.GetByLabel("Question", new() { Exact = true });

    [Fact]
    public async Task A_model_is_asked_about_a_picture_and_hears_what_was_said_before()
    {
        await OpenAsync();
        FakeAnswers answers = Site.Process.Answers;
        byte[] picture = MadePictures.Grey(300, 200);
        await ChooseAsync("dog.png", picture);
        await Expect(Page.GetByText("dog.png")).ToBeVisibleAsync();
        await Question.FillAsync("What is this?");
        await Page.Button("Ask").ClickAsync();
        await Expect(Log).ToContainTextAsync("You asked: What is this?");
        await Expect(Log).ToContainTextAsync("(with dog.png)");
        await Expect(Question).ToBeFocusedAsync();
        await Expect(Question).ToHaveValueAsync("");
        await Page.Button("Take the picture away").ClickAsync();
        await Question.FillAsync("And what else?");
        await Page.Button("Ask").ClickAsync();
        await Expect(Log).ToContainTextAsync("You asked: And what else?");
        AskModel[] asked = [.. answers.Asked];
        Assert.Equal(picture, asked[0].Picture);
        Assert.Empty(asked[1].Picture);
        Assert.Equal(["What is this?", "You asked: What is this?"], asked[1].Earlier);

        await Page.Button("Begin anew").ClickAsync();
        await Expect(Page.GetByText("Nothing has been asked yet.")).ToBeVisibleAsync();
        await Question.FillAsync("Once more?");
        await Page.Button("Ask").ClickAsync();
        await Expect(Log).ToContainTextAsync("You asked: Once more?");
        Assert.Empty(answers.Asked.Last().Earlier);
    }

    [Fact]
    public async Task A_thinking_model_is_cancelled_and_a_refusal_is_said_and_the_question_stays()
    {
        await OpenAsync();
        Task ended = Site.Process.Answers.Hang();
        await Question.FillAsync("How long?");
        await Page.Button("Ask").ClickAsync();
        await Expect(Page.GetByText("The model is thinking.")).ToBeVisibleAsync();
        await Expect(Page.Button("Ask")).ToBeDisabledAsync();
        await Page.Button("Cancel").ClickAsync();
        await Expect(Page.GetByText("The model is thinking.")).ToBeHiddenAsync();
        await ended.WaitAsync(TimeSpan.FromSeconds(10), Token);
        await Expect(Question).ToHaveValueAsync("How long?");

        Site.Process.Answers.Answer = (_, _) => throw new DasException(ErrorKind.Usage, "There is no room for an answer: begin anew.");
        await Page.Button("Ask").ClickAsync();
        await Expect(Page.GetByRole(AriaRole.Alert).GetByText("There is no room for an answer")).ToBeVisibleAsync();
        await Expect(Question).ToHaveValueAsync("How long?");
        await ChooseAsync("large.png", new byte[AskModel.LongestPicture + 1]);
        await Expect(Page.GetByRole(AriaRole.Alert).GetByText("A picture has at most 8 MiB")).ToBeVisibleAsync();
    }

    private Task ChooseAsync(string name, byte[] file) => Page.GetByLabel("Picture", new() { Exact = true })
        .SetInputFilesAsync(new FilePayload { Name = name, MimeType = "image/png", Buffer = file });

    private async Task OpenAsync()
    {
        RunView run = await Site.Process.RunAsync("answers questions", UiSite.ConversingRecipe);
        await Page.OpenAsync($"/runs/{run.Id:N}");
        await Page.Link("Ask the model").ClickAsync();
        await Expect(Page.Heading("Ask answers questions")).ToBeVisibleAsync();
    }
}
