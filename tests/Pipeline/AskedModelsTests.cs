using Microsoft.Extensions.Time.Testing;

namespace Das.Tests.Pipeline;

public sealed class AskedModelsTests : FolderTest
{
    private readonly FakeTimeProvider clock = new();
    private string Artifacts => folder["artifacts"];

    [Fact]
    public async Task A_finished_decoder_answers_over_the_bus_as_it_does_by_itself()
    {
        (Recipe recipe, ArtifactRef finetuned) = Finished("llava");
        byte[] picture = MadePictures.Grey(40, 30);
        await using PipelineProcess process = await PipelineProcess.StartAsync(folder.Path, answers: typeof(AskedModels));
        RunView run = (await process.Runs.FindAsync(FinishedDecoders.AddRun(folder.Path, recipe, finetuned)))!;
        RunQuestions questions = process.Services.GetRequiredService<RunQuestions>();
        string first = await questions.AskAsync(run, new("Where is the sun?") { Picture = picture, MaxTokens = 5 }, Token),
            second = await questions.AskAsync(run, new("And the moon?") { Picture = picture, MaxTokens = 5, Earlier = ["Where is the sun?", first] }, Token);
        using FinishedDecoder alone = new(Path.Combine(new ArtifactStore(Artifacts).FolderOf(finetuned, cancellation: Token), ResultFiles.Checkpoint),
            recipe.Backbone, "cpu");
        Assert.Equal(alone.Answer([], "Where is the sun?", picture, 5, Token), first);
        Assert.Equal(alone.Answer(["Where is the sun?", first], "And the moon?", picture, 5, Token), second);
        RunQuestion endless = new(string.Concat(Enumerable.Repeat("so hot ", 400)));
        DasException refused = await Refuses.OfAsync(ErrorKind.Usage, () => questions.AskAsync(run, endless, Token));
        Assert.Contains("no room for an answer", refused.Message);
    }

    [Fact]
    public async Task The_model_asked_last_is_held_until_another_is_asked_or_nobody_asks()
    {
        (Recipe recipe, ArtifactRef finetuned) = Finished("llama");
        (Recipe other, ArtifactRef ofOther) = Finished("lavin");
        using AskedModels models = new(new(Artifacts), clock);
        Assert.False(models.Holds);
        string answer = await models.AnswerAsync(Question(recipe, finetuned), Token);
        clock.Advance(AskedModels.Idle / 2);
        File.Delete(Path.Combine(Artifacts, PipelineStages.Finetune, "key-of-llama", ResultFiles.Checkpoint));
        Assert.Equal(answer, await models.AnswerAsync(Question(recipe, finetuned), Token)); // from memory
        clock.Advance(AskedModels.Idle / 2);
        Assert.True(models.Holds);
        clock.Advance(AskedModels.Idle);
        Assert.False(models.Holds);
        await models.AnswerAsync(Question(other, ofOther), Token);
        Assert.Contains("no longer in the store", (await Assert.ThrowsAsync<DamagedArtifact>(() =>
            models.AnswerAsync(Question(recipe, finetuned), Token))).Message);
        await models.AnswerAsync(Question(other, ofOther), Token);
    }

    [Fact]
    public async Task A_checkpoint_that_is_not_what_the_stage_wrote_is_not_asked()
    {
        (Recipe recipe, ArtifactRef finetuned) = Finished("llama");
        string file = Path.Combine(Artifacts, PipelineStages.Finetune, "key-of-llama", ResultFiles.Checkpoint);
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        using AskedModels models = new(new(Artifacts), clock);
        Assert.Contains("has changed since it was written", (await Assert.ThrowsAsync<DamagedArtifact>(() =>
            models.AnswerAsync(Question(recipe, finetuned), Token))).Message);
    }

    [Fact]
    public async Task While_a_stage_computes_the_question_is_refused_and_not_kept_waiting()
    {
        (Recipe recipe, ArtifactRef finetuned) = Finished("llama");
        using AskedModels models = new(new(Artifacts), clock) { PatienceForTurn = TimeSpan.FromMilliseconds(50) };
        using (await Devices.EnterAsync(Token))
            Assert.Contains("at work on a run's stage", (await Refuses.OfAsync(ErrorKind.Machine, () =>
                models.AnswerAsync(Question(recipe, finetuned), Token))).Message);
        Assert.NotEmpty(await models.AnswerAsync(Question(recipe, finetuned), Token));
    }

    [Fact]
    public void The_backbones_that_can_be_asked_are_those_that_write_texts()
    {
        Assert.Equal(BackboneCatalog.Names.Where(name => BackboneCatalog.Get(name).Model.IsAssignableTo(typeof(LanguageModel))).Order(),
            AskedBackbone.Names.Order());
        Assert.All(AskedBackbone.Names, name =>
        {
            Backbone backbone = BackboneCatalog.Get(name);
            BackboneRecipe recipe = new() { Name = name, Checkpoint = "model.safetensors" };
            Assert.Equal(new(backbone.Transform != ImageTransform.None, backbone.ReadsConversations), AskedBackbone.Of(recipe));
            Assert.True(AskedBackbone.Of(recipe with { Prompt = BackboneRecipe.Chat }).Converses);
        });
    }

    private (Recipe Recipe, ArtifactRef Result) Finished(string backbone) => FinishedDecoders.Write(Artifacts, folder[$"{backbone}.safetensors"], backbone);

    private static AskModel Question(Recipe recipe, ArtifactRef checkpoint) =>
        new(Guid.NewGuid(), recipe.ToCanonicalJson(), checkpoint, [], "Where is the sun?", [], 3);
}
