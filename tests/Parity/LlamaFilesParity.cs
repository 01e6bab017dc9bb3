namespace Das.Tests.Parity;

/// <summary>Meta's folders, whole and cut for several GPUs, and adapter files of the published training: the recorded tensors bit for bit.</summary>
internal static class LlamaFilesParity
{
    public static void Check(ParityCase recorded)
    {
        JsonElement json = recorded.Read(), config = json.GetProperty("config"), sizes = config.GetProperty("params");
        Dictionary<string, Tensor> expected = TensorFile.Read(LlamaParity.Weights(recorded, json));
        expected.Remove("scores");
        string[] files = [.. json.GetProperty("files").EnumerateObject().Select(file => file.Name)];
        string[] folders = [.. files.Where(file => Path.GetFileName(file) == "params.json").Select(file => Path.GetDirectoryName(file)!)];
        Assert.NotEmpty(folders);
        foreach (string folder in folders)
        {
            using Checkpoint whole = CheckpointFiles.Open(Path.Combine(recorded.Folder, folder));
            Same(whole, expected.Where(t => !t.Key.Contains("adapter")).ToDictionary());
            JsonElement stated = JsonDocument.Parse(whole.Metadata[Checkpoint.ConfigKey]).RootElement;
            foreach ((string ours, string theirs) in (ReadOnlySpan<(string, string)>)[("dim", "dim"), ("layers", "n_layers"), ("heads", "n_heads"),
                ("normEps", "norm_eps")])
                Assert.Equal(sizes.Number(theirs), stated.Number(ours));
            Assert.Equal((config.Int("vocab_size"), (int)expected["layers.0.feed_forward.w1.weight"].shape[0]),
                (stated.Int("vocabSize"), stated.Int("hidden")));
        }
        string[] trained = [.. files.Where(file => Path.GetExtension(file) == ".pth" && !folders.Contains(Path.GetDirectoryName(file)))];
        Assert.NotEmpty(trained);
        foreach (string file in trained)
        {
            using Checkpoint adapters = Checkpoint.Open(Path.Combine(recorded.Folder, file));
            Same(adapters, expected.Where(t => t.Key.Contains("adapter")).ToDictionary());
        }
    }

    private static void Same(Checkpoint file, Dictionary<string, Tensor> expected)
    {
        Assert.Equal(expected.Keys.Order(), file.Names.Where(name => name != "rope.freqs").Order());
        foreach ((string name, Tensor value) in expected)
        {
            Assert.Equal(value.shape, file.Shape(name));
            Tolerance.Exact.Check($"{file.Path}/{name}", value, file.Read(name));
        }
    }
}
