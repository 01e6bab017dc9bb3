using Das.Tests.Shared;

namespace Das.Tests.Control;

public sealed class RunQuestionsTests(RabbitMqBroker broker) : PipelineTest, IClassFixture<RabbitMqBroker>
{
    private const string Plain = "llama-stories/boolq", Conversing = "llava-stories/aid", Choosing = "vilt/shapes";
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(400);

    [Fact]
    public async Task A_question_goes_to_a_worker_with_all_that_it_takes_and_its_answer_comes_back()
    {
        await using PipelineProcess process = await StartAsync();
        RunView run = await FinishedAsync(process, Conversing);
        string answer = await Questions(process).AskAsync(run,
            new("And below?") { Earlier = ["What is above?", "The sun."], Picture = [1, 2, 3], MaxTokens = 7 }, Token);
        Assert.Equal("You asked: And below?", answer);
        AskModel asked = Assert.Single(process.Answers.Asked);
        Assert.Equal((run.Recipe, run.Artifacts[PipelineStages.Finetune], 7), (asked.Recipe, asked.Checkpoint, asked.MaxTokens));
        Assert.Equal(["What is above?", "The sun."], asked.Earlier);
        Assert.Equal([1, 2, 3], asked.Picture);
    }

    [Fact]
    public async Task The_largest_picture_is_carried_and_a_larger_one_is_not()
    {
        await using PipelineProcess process = await StartAsync();
        RunView run = await FinishedAsync(process, Conversing);
        byte[] picture = new byte[AskModel.LongestPicture];
        Random.Shared.NextBytes(picture);
        await Questions(process).AskAsync(run, new("What is this?") { Picture = picture }, Token);
        Assert.Equal(picture, Assert.Single(process.Answers.Asked).Picture);
        DasException refused = await Refuses.OfAsync(ErrorKind.Usage, () =>
            Questions(process).AskAsync(run, new("What is this?") { Picture = [.. picture, 0] }, Token));
        Assert.Contains("at most 8 MiB", refused.Message);
        Assert.Single(process.Answers.Asked);
    }

    [Theory]
    [InlineData(Plain, "reads no pictures", "What?", 0, 1, 9)]
    [InlineData(Plain, "each question stands alone", "What?", 2, 0, 9)]
    [InlineData(Conversing, "an even number of texts, not 3", "What?", 3, 0, 9)]
    [InlineData(Conversing, "at most 200 turns", "What?", 202, 0, 9)]
    [InlineData(Plain, "1 to 20000 characters, not 0", "", 0, 0, 9)]
    [InlineData(Plain, "no control character such as U+0000", "a\0b", 0, 0, 9)]
    [InlineData(Plain, "1 to 4096 tokens", "What?", 0, 0, 0)]
    [InlineData(Choosing, "A vilt chooses among answers and writes none: only llama, lavin, llava can be asked.", "What?", 0, 0, 9)]
    public async Task What_cannot_be_asked_is_said_and_no_worker_hears_of_it(string recipe, string sentence, string text, int earlier, int picture, int tokens)
    {
        await using PipelineProcess process = await StartAsync();
        RunView run = await FinishedAsync(process, recipe);
        DasException refused = await Refuses.OfAsync(ErrorKind.Usage, () => Questions(process).AskAsync(run, new(text)
        {
            Earlier = [.. Enumerable.Repeat("so", earlier)], Picture = new byte[picture], MaxTokens = tokens,
        }, Token));
        Assert.Contains(sentence, refused.Message);
        Assert.Empty(process.Answers.Asked);
    }

    [Fact]
    public async Task A_run_that_has_no_model_yet_says_so()
    {
        await using PipelineProcess process = await StartAsync(stages => stages.Hang(PipelineStages.Finetune));
        Guid id = await process.BeginAsync(recipe: RecipeOf(Plain));
        RunView run = await process.UntilAsync(id, view => view.Standing == "Running finetune");
        Assert.False(RunQuestions.MayBeAsked(run));
        DasException refused = await Refuses.OfAsync(ErrorKind.Conflict, () => Questions(process).AskAsync(run, new("What?"), Token));
        Assert.Contains("has no finished model", refused.Message);
        await process.Runs.CancelAsync(id);
    }

    [Fact]
    public async Task Whatever_goes_wrong_at_the_worker_comes_back_as_a_sentence()
    {
        await using PipelineProcess process = await StartAsync();
        RunView run = await FinishedAsync(process, Plain);
        process.Answers.Answer = (_, _) => throw new DasException(ErrorKind.Storage, "model.safetensors has changed.");
        Assert.Equal("model.safetensors has changed.", (await RefusedAsync(ErrorKind.Storage)).Message);
        process.Answers.Answer = (_, _) => throw new IOException("The share stumbled.");
        Assert.Equal("The share stumbled.", (await RefusedAsync(ErrorKind.Machine)).Message);
        process.Answers.Answer = (_, _) => throw new InvalidOperationException("A defect.");
        Assert.Contains("Something unexpected happened: A defect.", (await RefusedAsync(ErrorKind.Machine)).Message);
        Assert.Equal(3, process.Answers.Asked.Count);

        Task<DasException> RefusedAsync(ErrorKind kind) => Refuses.OfAsync(kind, () => Questions(process).AskAsync(run, new("What?"), Token));
    }

    [Fact]
    public async Task A_question_that_nobody_waits_for_ends_at_the_worker_and_makes_room_for_the_next()
    {
        await using PipelineProcess process = await StartAsync();
        RunView run = await FinishedAsync(process, Plain);
        Task ended = process.Answers.Hang();
        using CancellationTokenSource gone = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<string> first = Questions(process).AskAsync(run, new("One?"), gone.Token), second = Questions(process).AskAsync(run, new("Two?"), gone.Token);
        await process.Answers.UntilAskedAsync();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await ended.WaitAsync(TimeSpan.FromSeconds(10), Token);
        process.Answers.Answer = (asked, cancellation) => Task.FromResult(cancellation.IsCancellationRequested ? "cancelled" : $"To {asked.Question}");
        Assert.Equal("To Three?", await Questions(process).AskAsync(run, new("Three?"), Token));
    }

    [Fact]
    public async Task A_question_that_takes_too_long_is_given_up_on_both_sides()
    {
        await using PipelineProcess process = await StartAsync(settings: new() { AnswerPatience = Short });
        RunView run = await FinishedAsync(process, Plain);
        Task ended = process.Answers.Hang();
        DasException refused = await Refuses.OfAsync(ErrorKind.Machine, () => Questions(process).AskAsync(run, new("What?"), Token));
        Assert.Contains("No answer came within 0.4 s. Look whether das worker evaluate runs", refused.Message);
        await ended.WaitAsync(TimeSpan.FromSeconds(10), Token);
    }

    [Fact]
    public async Task Over_a_broker_a_question_without_a_worker_comes_back_at_once_and_waits_for_no_later_one()
    {
        BusSettings settings = await broker.SettingsAsync();
        await using PipelineProcess server = await PipelineProcess.StartAsync(Home.Path, settings: settings, works: false);
        await using (PipelineProcess worker = await PipelineProcess.StartAsync(Home.Path, settings: settings, drives: false))
        {
            RunView run = await server.RunAsync(recipe: RecipeOf(Conversing));
            byte[] picture = new byte[AskModel.LongestPicture];
            Assert.Equal("You asked: One?", await Questions(server).AskAsync(run, new("One?") { Picture = picture }, Token));
            Assert.Equal(picture.Length, Assert.Single(worker.Answers.Asked).Picture.Length);
            worker.Answers.Answer = (_, _) => throw new IOException("The share stumbled.");
            Assert.Equal("The share stumbled.", (await RefusedAsync(server, run, "Two?")).Message);
        }
        RunView left = Assert.Single(await server.Runs.ListAsync());
        Stopwatch waited = Stopwatch.StartNew();
        Assert.Contains("No worker that answers is connected to the broker. Start one: das worker evaluate.",
            (await RefusedAsync(server, left, "Three?")).Message);
        Assert.True(waited.Elapsed < settings.AnswerPatience / 2, $"It took {waited.Elapsed}.");
        await using PipelineProcess next = await PipelineProcess.StartAsync(Home.Path, settings: settings, drives: false);
        Assert.Equal("You asked: Four?", await Questions(server).AskAsync((await server.Runs.FindAsync(left.Id))!, new("Four?"), Token));
        Assert.Equal("Four?", Assert.Single(next.Answers.Asked).Question);
    }

    private static async Task<DasException> RefusedAsync(PipelineProcess server, RunView run, string question) =>
        await Refuses.OfAsync(ErrorKind.Machine, async () => await Questions(server).AskAsync((await server.Runs.FindAsync(run.Id))!, new(question), Token));

    private static RunQuestions Questions(PipelineProcess process) => process.Services.GetRequiredService<RunQuestions>();

    private static Task<RunView> FinishedAsync(PipelineProcess process, string recipe) => process.RunAsync(recipe: RecipeOf(recipe));

    private static string RecipeOf(string name) => RecipeCatalog.Default().Load(name).ToCanonicalJson();
}
