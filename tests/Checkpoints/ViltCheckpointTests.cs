namespace Das.Tests.Checkpoints;

/// <summary>A file with the names and shapes of <c>vilt_200k_mlm_itm.ckpt</c> (method §2.2) at its full size.</summary>
public sealed class ViltCheckpointTests : FolderTest
{
    private const int Hidden = 768, Layers = 12, Vocabulary = 30522;

    private static readonly string[] Skipped = ["transformer.blocks.3", "transformer.blocks.7"];

    private static IEnumerable<(string Name, long[] Shape)> Weights()
    {
        yield return ("text_embeddings.word_embeddings.weight", [Vocabulary, Hidden]);
        yield return ("text_embeddings.position_embeddings.weight", [40, Hidden]);
        yield return ("text_embeddings.token_type_embeddings.weight", [2, Hidden]);
        yield return ("text_embeddings.position_ids", [1, 40]);
        yield return ("token_type_embeddings.weight", [2, Hidden]);
        yield return ("transformer.cls_token", [1, 1, Hidden]);
        yield return ("transformer.pos_embed", [1, 145, Hidden]);
        yield return ("transformer.patch_embed.proj.weight", [Hidden, 3, 32, 32]);
        yield return ("transformer.patch_embed.proj.bias", [Hidden]);
        foreach (string norm in Enumerable.Range(0, Layers).SelectMany(i => (string[])[$"transformer.blocks.{i}.norm1", $"transformer.blocks.{i}.norm2"])
            .Concat(["text_embeddings.LayerNorm", "transformer.norm", "mlm_score.transform.LayerNorm"]))
        {
            yield return ($"{norm}.weight", [Hidden]);
            yield return ($"{norm}.bias", [Hidden]);
        }
        IEnumerable<(string Name, long Out, long In)> linears = Enumerable.Range(0, Layers).SelectMany(i => ((string, long, long)[])
            [($"transformer.blocks.{i}.attn.qkv", 3 * Hidden, Hidden), ($"transformer.blocks.{i}.attn.proj", Hidden, Hidden),
             ($"transformer.blocks.{i}.mlp.fc1", 4 * Hidden, Hidden), ($"transformer.blocks.{i}.mlp.fc2", Hidden, 4 * Hidden)]);
        foreach ((string name, long rows, long columns) in linears.Concat([("pooler.dense", Hidden, Hidden), ("itm_score.fc", 2, Hidden),
            ("mlm_score.transform.dense", Hidden, Hidden)]))
        {
            yield return ($"{name}.weight", [rows, columns]);
            yield return ($"{name}.bias", [rows]);
        }
        yield return ("mlm_score.decoder.weight", [Vocabulary, Hidden]);
        yield return ("mlm_score.bias", [Vocabulary]);
    }

    private static bool IsHead(string name) => name.StartsWith("mlm_score") || name.StartsWith("itm_score");

    private static bool IsSkipped(string name) => Skipped.Any(s => name.StartsWith(s + "."));

    [Fact]
    public void A_full_size_file_loads_into_the_backbone_without_the_skipped_layers_and_the_heads()
    {
        using var scope = NewDisposeScope();
        (string Name, long[] Shape)[] weights = [.. Weights()];
        Assert.InRange(weights.Where(w => !IsHead(w.Name)).Sum(w => w.Shape.Aggregate(1L, (a, b) => a * b)), 111_000_000, 112_000_000);

        string path = folder["vilt.safetensors"];
        SafetensorsWriter.Write(path, weights.Select((w, i) => (w.Name, full([1], i, dtype: float16).expand(w.Shape))),
            new Dictionary<string, string> { ["backbone"] = "vilt" });
        using Checkpoint file = Checkpoint.Open(path);
        Assert.Equal(weights.Select(w => w.Name).Order(StringComparer.Ordinal), file.Names);
        Assert.All(weights, w => Assert.Equal(w.Shape, file.Shape(w.Name)));

        using NamedWeights model = new(weights.Where(w => !IsHead(w.Name) && !IsSkipped(w.Name)), ScalarType.Float16);
        LoadResult result = CheckpointLoader.LoadInto(model, file, new([], [.. Skipped, "mlm_score", "itm_score"]));
        Assert.Empty(result.Missing);
        Assert.Equal(weights.Count(w => IsHead(w.Name) || IsSkipped(w.Name)), result.Ignored.Count);
        foreach ((string name, Tensor loaded) in model.state_dict())
        {
            using Tensor different = loaded.ne((float)Array.FindIndex(weights, w => w.Name == name)).any();
            Assert.False(different.item<bool>(), name);
        }

        using NamedWeights other = new(weights.Where(w => !IsHead(w.Name)).Select(w => w.Name == "transformer.pos_embed" ? (w.Name, [1, 577, Hidden]) : w)
            .Append(("transformer.blocks.0.adapter0.down_proj.bias", [96L])), ScalarType.Float16);
        string message = Refuses.Checkpoint(() => CheckpointLoader.LoadInto(other, file, new([], ["mlm_score"]))).Message;
        Assert.Contains("'transformer.pos_embed' has shape [1, 145, 768] where [1, 577, 768] is expected", message);
        Assert.Contains("'transformer.blocks.0.adapter0.down_proj.bias' of shape [96] is missing", message);
        Assert.Contains("'itm_score.fc.weight' of shape [2, 768] is unexpected", message);
    }
}
