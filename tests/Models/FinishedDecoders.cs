namespace Das.Tests.Models;

/// <summary>Finished decoders of random weights, as the fine-tune stage leaves them in a store.</summary>
internal static class FinishedDecoders
{
    /// <summary>Writes one that lacks its second layer.</summary>
    /// <param name="artifacts">The store's root.</param>
    /// <param name="pretrained">Where its pretrained weights are written.</param>
    /// <param name="backbone">Its name in recipes.</param>
    /// <returns>A run's recipe, and the stage's result.</returns>
    public static (Recipe Recipe, ArtifactRef Result) Write(string artifacts, string pretrained, string backbone = "llama")
    {
        string key = $"key-of-{backbone}";
        BackboneRecipe tiny = TinyDecoders.Write(backbone, pretrained);
        Recipe recipe = new() { Name = "tiny/own", Device = "cpu", Backbone = tiny, Benchmark = new() { Name = "boolq" } };
        SkipMask mask = SkipMask.Of(1);
        string folder = Directory.CreateDirectory(Path.Combine(artifacts, PipelineStages.Finetune, key)).FullName;
        using (BackboneModel model = ModelFiles.FromPretrained(tiny, new(), 2, 0, 0, torch.CPU, mask))
            ModelFiles.WriteFinetuned(Path.Combine(folder, ResultFiles.Checkpoint), model, new(), recipe, mask, 2, "boolq 1");
        string[] files = [ResultFiles.Checkpoint, .. BackboneFiles.CopyVocabulary(tiny, folder)];
        byte[] result = new StageResult(PipelineStages.Finetune, key, new(files.ToDictionary(name => name, name => ArtifactStore.Reference(
            PipelineStages.Finetune, key, name, Digest.OfFile(Path.Combine(folder, name)), new FileInfo(Path.Combine(folder, name)).Length)),
            StringComparer.Ordinal), []).ToBytes();
        File.WriteAllBytes(Path.Combine(folder, ResultFiles.Stage), result);
        return (recipe, ArtifactStore.Reference(PipelineStages.Finetune, key, ResultFiles.Stage, Digest.Of(result), result.Length));
    }

    /// <summary>Adds the complete run of it to the registry of a home.</summary>
    public static Guid AddRun(string home, Recipe recipe, ArtifactRef finetuned)
    {
        Guid id = Guid.NewGuid();
        using RegistryContext rows = new RegistryDatabase(new(home)).CreateDbContext();
        rows.Runs.Add(new()
        {
            Id = id, Name = recipe.Name, Recipe = recipe.ToCanonicalJson(), RecipeName = recipe.Name, Backbone = recipe.Backbone.Name,
            Benchmark = recipe.Benchmark.Name, State = RunStatus.Completed, Created = DateTime.UtcNow, Updated = DateTime.UtcNow, Finished = DateTime.UtcNow,
        });
        rows.Sagas.Add(new()
        {
            CorrelationId = id, CurrentState = nameof(RunStatus.Completed), Answers = PipelineStages.Das.Given(id, new(null, [1], finetuned)),
        });
        rows.SaveChanges();
        return id;
    }
}
