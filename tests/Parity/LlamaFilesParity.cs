namespace Das.Tests.Parity;

/// <summary>Meta's folders, whole and cut for two GPUs, and an adapter file of the published training: the recorded tensors bit for bit.</summary>
internal static class LlamaFilesParity
{
    public static void Check(ParityCase recorded)
    {
        using DisposeScope scope = NewDisposeScope();
        JsonElement sizes = recorded.Read().GetProperty("config").GetProperty("params");
        Dictionary<string, Tensor> expected = TensorFile.Read(Path.Combine(recorded.Folder, "..", "A01_pl_attn_search", "weights.safetensors"));
        expected.Remove("scores");
        foreach (string folder in (string[])["7B", "13B"])
        {
            using Checkpoint whole = CheckpointFiles.Open(Path.Combine(recorded.Folder, folder));
            Same(whole, expected.Where(t => !t.Key.Contains("adapter", StringComparison.Ordinal)).ToDictionary());
            JsonElement stated = JsonDocument.Parse(whole.Metadata[Checkpoint.ConfigKey]).RootElement;
            foreach ((string ours, string theirs) in (ReadOnlySpan<(string, string)>)[("dim", "dim"), ("layers", "n_layers"), ("heads", "n_heads"),
                ("normEps", "norm_eps")])
                Assert.Equal(sizes.GetProperty(theirs).GetDouble(), stated.GetProperty(ours).GetDouble());
            Assert.Equal((384, 96), (stated.GetProperty("vocabSize").GetInt32(), stated.GetProperty("hidden").GetInt32()));
        }
        using Checkpoint adapters = Checkpoint.Open(Path.Combine(recorded.Folder, "adapter", "checkpoint-0.pth"));
        Same(adapters, expected.Where(t => t.Key.Contains("adapter", StringComparison.Ordinal)).ToDictionary());
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
