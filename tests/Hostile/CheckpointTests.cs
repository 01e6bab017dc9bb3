using static Das.Tests.Checkpoints.PickleBytes;

namespace Das.Tests.Hostile;

/// <summary>Weight files that claim what they do not hold.</summary>
public sealed class CheckpointTests
{
    private const string Sizes = """
        "vocabSize": 662, "hiddenSize": 128, "numHeads": 4, "numLayers": 8, "mlpRatio": 4, "maxTextLength": 40, "imageSize": 64, "patchSize": 16
        """;

    private static readonly string Vocabulary = Fixtures.Hostile("checkpoints/vocab.txt");

    [Fact]
    public async Task An_entry_that_claims_more_than_the_file_has_is_refused_with_both_sizes()
    {
        string path = Fixtures.Hostile("checkpoints/claims-4-TB.ckpt");
        string refused = await Fixtures.Refused(ErrorKind.Checkpoint, () => CheckpointFiles.Open(path).Dispose());
        Assert.Contains("claims 4398046511104 bytes", refused);
        Assert.Contains("the file has 400", refused);
    }

    [Fact]
    public async Task Keys_of_a_memo_that_collide_by_themselves_take_no_longer_than_others()
    {
        using TemporaryFolder folder = new();
        const uint buckets = 75431; // a size that dictionaries grow to
        byte[] Memo(uint step) => Archive([0x80, 2, (byte)'}', .. Enumerable.Range(0, 60_000)
            .SelectMany(i => (byte[])[(byte)'r', .. BitConverter.GetBytes((uint)i * step)]), .. Enumerable.Range(0, 60_000)
            .SelectMany(_ => (byte[])[(byte)'j', 0, 0, 0, 0, (byte)'0']), (byte)'.']);
        async Task<TimeSpan> Read(uint step)
        {
            string path = folder.Write("x.ckpt", Memo(step));
            Stopwatch watch = Stopwatch.StartNew();
            Assert.Contains("holds no tensors", await Fixtures.Refused(ErrorKind.Checkpoint, () => CheckpointFiles.Open(path).Dispose()));
            return watch.Elapsed;
        }
        await Read(1);
        TimeSpan spread = await Read(1), colliding = await Read(buckets);
        Assert.True(colliding < (10 * spread) + TimeSpan.FromSeconds(1), $"{colliding} for keys of one bucket, {spread} for others.");
    }

    [Theory]
    [InlineData("patchSize", "0", "must be 1 to 65536, not 0")]
    [InlineData("hiddenSize", "2000000000", "must be 1 to 65536, not 2000000000")]
    [InlineData("vocabSize", "-1", "must be 1 to 16777216, not -1")]
    [InlineData("numLayers", "20000", "must be 1 to 1024, not 20000")]
    [InlineData("numLayers", "\"8\"", "must be a whole number")]
    [InlineData("numLayers", "null", "must be a whole number, not null")]
    [InlineData("numHeads", "0", "must be 1 to 1024, not 0")]
    [InlineData("hiddenSize", "8192", "holds 1 numbers, where a vilt of the sizes")]
    [InlineData("vocabSize", "16000000", "holds 1 numbers, where a vilt of the sizes")]
    [InlineData("numLayers", "1000", "holds 1 numbers, where a vilt of the sizes")]
    public async Task Sizes_that_a_file_or_a_recipe_states_are_compared_with_the_file_before_a_model_is_built(string key, string value, string sentence)
    {
        using TemporaryFolder folder = new();
        string stated = string.Join(", ", Sizes.Split(", ").Select(size => size.Contains($"\"{key}\"", StringComparison.Ordinal) ? $"\"{key}\": "
            + $"{value}" : size));
        Write(folder["stated.safetensors"], $"{{{stated}}}");
        Write(folder["recipe.safetensors"], $"{{{Sizes}}}");
        Assert.Contains(sentence, await Built(new() { Name = "vilt", Checkpoint = folder["stated.safetensors"], ImageSize = 64 }));
        Assert.Contains(sentence, await Built(new()
        {
            Name = "vilt", Checkpoint = folder["recipe.safetensors"], ImageSize = 64, Config = new() { [key] = JsonNode.Parse(value) },
        }, value == "null" || value.Contains('"', StringComparison.Ordinal) || sentence.Contains("must be", StringComparison.Ordinal) ? ErrorKind.Recipe
            : ErrorKind.Checkpoint));
    }

    [Theory]
    [InlineData("numHeads", 3, "numHeads is 3, which does not divide hiddenSize 128")]
    [InlineData("patchSize", 128, "imageSize is 64, smaller than one patch of patchSize 128")]
    public async Task Sizes_that_contradict_each_other_are_refused(string key, int value, string sentence)
    {
        using TemporaryFolder folder = new();
        Write(folder["x.safetensors"], $"{{{Sizes}}}");
        BackboneRecipe recipe = new() { Name = "vilt", Checkpoint = folder["x.safetensors"], ImageSize = 64, Config = new() { [key] = value } };
        Assert.Contains(sentence, await Built(recipe, ErrorKind.Recipe));
    }

    [Fact]
    public async Task The_file_of_twenty_thousand_layers_is_refused_before_a_model_is_built() => Assert.Contains("patchSize' must be 1 to 65536, not 0",
        await Built(new() { Name = "vilt", Checkpoint = Fixtures.Hostile("checkpoints/twenty-thousand-layers.safetensors"), Vocabulary = Vocabulary }));

    [Theory]
    [InlineData("null")]
    [InlineData("{\"vocabSize\": 662, \"hidden")]
    [InlineData("[1]")]
    [InlineData("{\"vocabSize\": 662, \"vocabSize\": 661}")]
    [InlineData("\"\\ud800\"")]
    public async Task Metadata_that_is_null_or_cut_short_is_named(string metadata)
    {
        using TemporaryFolder folder = new();
        Write(folder["x.safetensors"], metadata);
        string refused = await Built(new() { Name = "vilt", Checkpoint = folder["x.safetensors"], ImageSize = 64 });
        Assert.Contains("states 'das.config' in its metadata as", refused);
        Assert.Contains(folder["x.safetensors"], refused);
    }

    [Theory]
    [InlineData("das.skip_module", "[3, 999]", "layer 999 is to be left out of a vilt with the layers 0 to 7")]
    [InlineData("das.skip_module", "none", "states 'das.skip_module' in its metadata as none")]
    [InlineData("das.backbone", "vilt2", "states 'das.backbone' in its metadata as vilt2")]
    [InlineData("das.heads", "null", "states 'das.heads' in its metadata as null")]
    [InlineData("das.heads", "{\"vqaAnswers\": 2000000000}", "holds 1 numbers, where a vilt of the sizes")]
    [InlineData("das.config", "{\"patchSize\": 0}", "must be 1 to 65536, not 0")]
    public async Task A_finished_checkpoint_that_states_the_impossible_is_refused(string key, string value, string sentence)
    {
        using TemporaryFolder folder = new();
        Dictionary<string, string> metadata = new()
        {
            ["das.backbone"] = "vilt", ["das.backbone_sha256"] = "0", ["das.config"] = $"{{{Sizes}}}", ["das.heads"] = "{}", ["das.skip_module"] = "[3]",
            [key] = value,
        };
        using (NewDisposeScope()) SafetensorsWriter.Write(folder["x.safetensors"], [("a", ones(1))], metadata);
        Assert.Contains(sentence, await Fixtures.Refused(ErrorKind.Checkpoint, () => ModelFiles.FromFinetuned(folder["x.safetensors"], CPU, out _)));
    }

    [Fact]
    public async Task A_key_that_stands_twice_in_an_index_is_named()
    {
        string refused = await Fixtures.Refused(ErrorKind.Checkpoint, () => CheckpointFiles.Open(Fixtures.Hostile("checkpoints/hf-duplicate-keys")).Dispose());
        Assert.Contains("model.safetensors.index.json' cannot be read as JSON", refused);
        Assert.Contains("uplicate", refused);
    }

    [Fact]
    public async Task A_name_without_a_dot_is_a_name() => Assert.Contains("does not fit Llama", await Built(new()
    {
        Name = "llama", Checkpoint = Fixtures.Hostile("checkpoints/meta-name-without-dot"), Config = new() { ["vocabSize"] = 300 },
    }));

    [Fact]
    public async Task Names_longer_than_any_of_a_model_are_refused()
    {
        using TemporaryFolder folder = new();
        using (NewDisposeScope()) SafetensorsWriter.Write(folder["x.safetensors"], [(new string('a', 5000), ones(1))], new Dictionary<string, string>());
        Assert.Contains("a name of 5000 characters", await Fixtures.Refused(ErrorKind.Checkpoint, () => Checkpoint.Open(folder["x.safetensors"]).Dispose()));
    }

    [Fact]
    public async Task Many_parts_of_one_compressed_storage_are_unpacked_once()
    {
        using TemporaryFolder folder = new();
        const int elements = 1_000_000, parts = 3000;
        byte[] tensors = With(Dict, [.. Enumerable.Range(0, parts).Select(i =>
            ($"t{i}", Tensor(Storage("FloatStorage", "0", elements), elements - 1, [1], [1])))]);
        folder.Write("x.ckpt", Archive(CompressionLevel.Optimal, Program(tensors), ("data/0", new byte[4 * elements])));
        Assert.Equal(parts, await Fixtures.InTime(() =>
        {
            using Checkpoint file = Checkpoint.Open(folder["x.ckpt"]);
            foreach (string name in file.Names) file.Read(name).Dispose();
            return file.Names.Count;
        }));
    }

    private static void Write(string path, string config)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(path, [("a", ones(1))], new Dictionary<string, string> { ["das.config"] = config });
    }

    private static Task<string> Built(BackboneRecipe recipe, ErrorKind kind = ErrorKind.Checkpoint) =>
        Fixtures.Refused(kind, () => ModelFiles.FromPretrained(recipe, new(), 2, 0, 0, CPU, null));
}
