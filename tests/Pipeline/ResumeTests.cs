namespace Das.Tests.Pipeline;

/// <summary>What is cancelled again and again in the middle ends with the bytes of what was left alone.</summary>
public sealed class ResumeTests(TinyShapes shapes) : IClassFixture<TinyShapes>
{
    private const string State = "state.safetensors";

    [Fact]
    public void An_interrupted_search_ends_with_the_same_preferences_losses_and_choice()
    {
        Action<StageWorkspace, CancellationToken> search = (workspace, cancellation) =>
            SearchWork.Run(TinyShapes.Recipe, shapes.Dataset, workspace, cancellation);
        Assert.Equal(Undisturbed("search", search, ResultFiles.Search), Interrupted("search-interrupted", search, ResultFiles.Search));
    }

    [Fact]
    public void An_interrupted_finetuning_ends_with_the_same_weights_and_losses()
    {
        Action<StageWorkspace, CancellationToken> finetune = (workspace, cancellation) =>
            FinetuneWork.Run(TinyShapes.Recipe, shapes.Dataset, SkipMask.Of([2, 5]), workspace, cancellation);
        foreach (string file in new[] { ResultFiles.Checkpoint, ResultFiles.Losses })
            Assert.Equal(Undisturbed("finetune-" + file, finetune, file), Interrupted("finetune-interrupted-" + file, finetune, file));
    }

    [Fact]
    public void A_finetuned_checkpoint_holds_no_skipped_block_and_says_what_it_is()
    {
        StageWorkspace workspace = shapes.Workspace("finetune-contents");
        FinetuneWork.Run(TinyShapes.Recipe, shapes.Dataset, SkipMask.Of([2, 5]), workspace, Token);
        using Checkpoint checkpoint = Checkpoint.Open(workspace.File(ResultFiles.Checkpoint));
        Assert.DoesNotContain(checkpoint.Names, name => name.StartsWith("transformer.blocks.2.") || name.StartsWith("transformer.blocks.5."));
        Assert.Contains("adapter_list.2.0.down_proj.weight", checkpoint.Names);
        Assert.DoesNotContain("adapter_list.0.0.down_proj.weight", checkpoint.Names);
        Assert.Equal("[2, 5]", checkpoint.Metadata[ModelFiles.SkipModuleKey]);
        Assert.Equal(CanonicalJson.Text(TinyShapes.Recipe.KeyPart(TinyShapes.Recipe.Finetune)), checkpoint.Metadata[ModelFiles.RecipeKey]);
        Assert.Equal("shapes 1", checkpoint.Metadata[ModelFiles.BenchmarkKey]);
        Assert.Equal(CheckpointFiles.Digest(TinyShapes.Recipe.Backbone.Checkpoint), checkpoint.Metadata[ModelFiles.BackboneKey]);
    }

    [Fact]
    public void An_evaluation_goes_on_behind_its_last_right_batch_and_says_what_was_damaged()
    {
        using TemporaryFolder work = new();
        int damaged = 0;
        Recipe recipe = TinyShapes.Recipe with { Evaluate = TinyShapes.Recipe.Evaluate with { Batch = 16, TimingRounds = 0 } };
        (int attempts, _) = StageRuns.SameByBatches(work, shapes.Dataset, recipe, folder =>
        {
            string kept = Path.Combine(folder, "test.kept");
            byte[] bytes = File.ReadAllBytes(kept);
            if (damaged++ == 1) bytes[^50] ^= 1; // within the second record
            if (damaged == 3) bytes = [.. bytes, .. new byte[7]];
            File.WriteAllBytes(kept, bytes);
        });
        using VqaTable table = TaskKinds.Vqa.Open(DatasetManifest.Load(shapes.Dataset), "test");
        Assert.True(table.Count > 3 * 16);
        Assert.Equal((table.Count + 15) / 16 + 1, attempts);
        Assert.Equal(2, File.ReadLines(Path.Combine(StageRuns.Folder(work, "by-batches"), StageWorkspace.LogName)).Count(line => line.Contains("was damaged")));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.999)]
    [InlineData(0)]
    public void A_saved_state_that_a_fault_of_the_disk_cut_short_starts_anew_and_says_so(double share)
    {
        Action<StageWorkspace, CancellationToken> finetune = (workspace, cancellation) =>
            FinetuneWork.Run(TinyShapes.Recipe, shapes.Dataset, SkipMask.Of([2, 5]), workspace, cancellation);
        StageWorkspace cut = shapes.Workspace($"finetune-cut-{share}");
        byte[] whole = Saved(finetune);
        File.WriteAllBytes(cut.File(State), whole[..(int)(share * whole.Length)]);
        finetune(cut, CancellationToken.None);
        Assert.Equal(Undisturbed("finetune-whole-" + share, finetune, ResultFiles.Losses), File.ReadAllBytes(cut.File(ResultFiles.Losses)));
        Assert.Contains("so training starts anew", File.ReadAllText(cut.File(StageWorkspace.LogName)));
        Assert.True(File.Exists(cut.File(State + ".damaged")));
    }

    [Fact]
    public void One_flipped_bit_anywhere_in_a_saved_state_starts_anew_and_says_so()
    {
        Action<StageWorkspace, CancellationToken> finetune = (workspace, cancellation) =>
            FinetuneWork.Run(TinyShapes.Recipe, shapes.Dataset, SkipMask.Of([2, 5]), workspace, cancellation);
        byte[] whole = Saved(finetune);
        int header = 8 + (int)System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(whole);
        StageWorkspace flipped = shapes.Workspace("finetune-flipped");
        string path = flipped.File(State);
        int[] places = [0, 7, 8, Encoding.UTF8.GetString(whole, 0, header).IndexOf("das.sha256") + 20, header / 2, header - 1, header,
            (header + whole.Length) / 2, whole.Length - 1, .. Enumerable.Range(1, 40).Select(i => (int)((long)whole.Length * i / 41))];
        File.WriteAllBytes(path, whole);
        SafetensorsSeal.Check(path);
        foreach (int place in places)
        {
            File.WriteAllBytes(path, [.. whole[..place], (byte)(whole[place] ^ 1 << place % 8), .. whole[(place + 1)..]]);
            Refuses.Checkpoint(() => SafetensorsSeal.Check(path));
        }
        finetune(flipped, CancellationToken.None);
        Assert.Equal(Undisturbed("finetune-not-flipped", finetune, ResultFiles.Losses), File.ReadAllBytes(flipped.File(ResultFiles.Losses)));
        Assert.Contains("is damaged", File.ReadAllText(flipped.File(StageWorkspace.LogName)));
        Assert.True(File.Exists(path + ".damaged"));
    }

    /// <summary>The state of a training that was cancelled.</summary>
    private byte[] Saved(Action<StageWorkspace, CancellationToken> work)
    {
        StageWorkspace workspace = shapes.Workspace(Guid.NewGuid().ToString("N"));
        for (int milliseconds = 100; ; milliseconds += 100)
        {
            using CancellationTokenSource cancel = new(milliseconds);
            Assert.Throws<OperationCanceledException>(() => work(workspace, cancel.Token));
            if (File.Exists(workspace.File(State))) return File.ReadAllBytes(workspace.File(State));
        }
    }

    private byte[] Undisturbed(string name, Action<StageWorkspace, CancellationToken> work, string file)
    {
        StageWorkspace workspace = shapes.Workspace(name);
        work(workspace, Token);
        return File.ReadAllBytes(workspace.File(file));
    }

    /// <summary>Cancels after ever longer times, so that some cancellation falls between the first step and the last.</summary>
    private byte[] Interrupted(string name, Action<StageWorkspace, CancellationToken> work, string file)
    {
        StageWorkspace workspace = shapes.Workspace(name);
        int resumed = 0;
        for (int milliseconds = 100; ; milliseconds += 100)
        {
            using CancellationTokenSource cancel = new(milliseconds);
            if (File.Exists(workspace.File(State))) resumed++;
            try
            {
                work(workspace, cancel.Token);
                break;
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
            }
        }
        Assert.True(resumed > 0, "No cancellation fell into the training.");
        return File.ReadAllBytes(workspace.File(file));
    }
}
