namespace Das.Tests.Training;

/// <summary>A frozen tower's outputs kept on disk change nothing but the time.</summary>
public sealed class KeptTowersTests(TinyShapes shapes) : IClassFixture<TinyShapes>
{
    [Fact]
    public void Searching_and_finetuning_end_with_the_same_bits_with_and_without_kept_towers()
    {
        foreach (string file in new[] { ResultFiles.Search, ResultFiles.Checkpoint, ResultFiles.Losses })
            Assert.Equal(Work("no", file), Work("float32", file));
        Assert.NotEmpty(Directory.GetFiles(shapes.Workspace("float32/any").Shared("towers"), "*.arrow"));
    }

    [Fact]
    public void Kept_features_are_the_towers_own_to_the_bit_and_in_half_precision_nearly()
    {
        using Meter model = TinyMeter.New(config: TinyMeter.OfScenes);
        model.FreezeForAdapters();
        Tensor images = randn(3, 3, 64, 64), fresh = model.ImageTower(images);
        string folder = shapes.Workspace("features").Folder;
        foreach (bool half in new[] { false, true })
        {
            using KeptTowers kept = Open(model, images, folder, half);
            Tensor rows = kept.Rows([2, 0]), expected = fresh.index_select(0, tensor(new long[] { 2, 0 }));
            Assert.InRange(rows.sub(expected).abs().max().item<float>(), 0, half ? 2e-3f * expected.abs().max().item<float>() : 0);
        }
    }

    [Theory]
    [InlineData("das")]
    [InlineData("random")]
    public void A_search_that_would_skip_too_much_is_refused_before_anything_is_computed(string strategy)
    {
        Recipe recipe = Keeping("float32");
        recipe = recipe with { Search = recipe.Search with { Strategy = strategy, Skip = 99 } };
        StageWorkspace workspace = shapes.Workspace("skip/99");
        Assert.StartsWith("'search.skip' is 99, but", Refuses.Recipe(() => SearchWork.Run(recipe, "no dataset", workspace, Token)).Message);
    }

    [Fact]
    public void A_damaged_file_is_computed_again_and_said()
    {
        using Meter model = TinyMeter.New(config: TinyMeter.OfScenes);
        model.FreezeForAdapters();
        Tensor images = randn(2, 3, 64, 64);
        string folder = shapes.Workspace("damaged").Folder;
        List<string> log = [];
        Open(model, images, folder, half: false, log.Add).Dispose();
        string file = Assert.Single(Directory.GetFiles(folder, "*.arrow"));
        byte[] whole = File.ReadAllBytes(file);
        Action<byte[]>[] harms =
        [
            bytes => File.WriteAllBytes(file, bytes[..^20]),
            bytes => Flip.Bit(file, bytes.Length / 2),
            _ => Flip.Bit(file + FileSeal.Ending, 7),
            _ => File.Delete(file + FileSeal.Ending),
        ];
        foreach (Action<byte[]> harm in harms)
        {
            Open(model, images, folder, half: false, log.Add).Dispose();
            Assert.Empty(log);
            harm(whole);
            Open(model, images, folder, half: false, log.Add).Dispose();
            Assert.EndsWith(": it is computed again.", Assert.Single(log));
            Assert.Equal(whole, File.ReadAllBytes(file));
            log.Clear();
        }
    }

    private static KeptTowers Open(Meter model, Tensor images, string folder, bool half, Action<string>? log = null) => KeptTowers.Open(folder, ["a"],
        (int)images.shape[0], i => () => images[i].unsqueeze(0).contiguous(), model.ImageTower, half, (_, _) => { }, log ?? (_ => { }), Token);

    private Recipe Keeping(string keep)
    {
        string checkpoint = Path.Combine(shapes.Workspace("pretrained").Folder, "model.safetensors");
        if (!File.Exists(checkpoint)) TinyMeter.WritePretrained(checkpoint);
        return TinyShapes.Recipe with
        {
            Backbone = new() { Name = "meter", Checkpoint = checkpoint, Vocabulary = TinyMeter.Vocabulary, ImageSize = 64, InLayerBottleneck = 4,
                ReplacementBottleneck = 6, KeepTowers = keep },
        };
    }

    private byte[] Work(string keep, string file)
    {
        Recipe recipe = Keeping(keep);
        StageWorkspace workspace = shapes.Workspace($"{keep}/{file}");
        workspace = new(Guid.NewGuid(), file, workspace.Folder, (_, _) => Task.CompletedTask, Token);
        if (file == ResultFiles.Search) SearchWork.Run(recipe, shapes.Dataset, workspace, Token);
        else FinetuneWork.Run(recipe, shapes.Dataset, SkipMask.Of([1, 4]), workspace, Token);
        // The recipe, which the checkpoint carries, differs by this one word.
        byte[] bytes = File.ReadAllBytes(workspace.File(file));
        if (file != ResultFiles.Checkpoint) return bytes;
        using Checkpoint written = Checkpoint.Open(workspace.File(file));
        return [.. written.Names.SelectMany(name => written.Read(name).bytes.ToArray())];
    }
}
