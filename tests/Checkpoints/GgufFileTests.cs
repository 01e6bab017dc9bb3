using Das.Fuzz;
using Das.Fuzz.Readers;

namespace Das.Tests.Checkpoints;

/// <summary>GGUF files, made here or recorded: see also the parity tests, which hold every type and the files made to harm.</summary>
public sealed class GgufFileTests() : TensorTest(learns: false)
{
    private const uint Float = 0;

    [Fact]
    public void Metadata_of_every_kind_is_read_as_what_it_is()
    {
        object[] values = [(byte)200, (sbyte)-7, (ushort)60000, (short)-30000, 4000000000u, -5, 0.5f, true, "ä", ulong.MaxValue, long.MinValue, 0.1,
            (float[])[1, 2], (bool[])[true, false], (string[])["", "ab"], (object[])[(int[])[1], (int[])[2, 3]]];
        GgufParts parts = new() { Version = 2 };
        for (int i = 0; i < values.Length; i++) parts.With($"{i}", values[i]);
        using GgufFile file = GgufFile.Open(Written(parts));
        for (int i = 0; i < values.Length; i++) Assert.Equal(values[i], file.Value($"{i}"));
        Assert.Equal("0.1", file.Metadata["11"]);
        Assert.False(file.Metadata.ContainsKey("12"));
        Assert.Null(file.Vocabulary);
    }

    [Theory]
    [InlineData("G02_gguf_llama_f32", "M01_llama_gqa_tied")]
    [InlineData("G04_gguf_llama_rope_llama3", "M02_llama_rope_llama3")]
    [InlineData("G05_gguf_qwen2_f16", "M08_qwen2_tied")]
    public void A_converted_model_has_the_tensors_and_the_sizes_of_the_folder_it_was_made_from(string converted, string original)
    {
        string decoders = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "recordings", "decoders"));
        Assert.SkipUnless(Directory.Exists(decoders), $"{decoders} is not there.");
        using Checkpoint file = CheckpointFiles.Open(Path.Combine(decoders, converted, "model.gguf"));
        using Checkpoint theirs = CheckpointFiles.Open(Path.Combine(decoders, original, "model"));
        Assert.Equal(theirs.Names.Order(), file.Names.Order());
        foreach (string name in theirs.Names)
            Tolerance.Exact.Check(name, theirs.Read(name).to(ScalarType.Float32), file.Read(name).to(ScalarType.Float32));
        Assert.Equal(Comparable(theirs), Comparable(file));

        // The folder says llama3 where the file has divisors, and has another type of numbers.
        static IEnumerable<string> Comparable(Checkpoint file) => Sizes(file).Where(size => size.Key is not ("ropeScaling" or "dtype"))
            .Select(size => $"{size.Key}: {size.Value!.ToJsonString()}").Order();
    }

    [Fact]
    public void A_large_tensor_is_copied_a_few_rows_at_a_time()
    {
        const int rows = 1100, columns = 4096, block = 34;
        byte[] data = new byte[rows * columns / 32 * block];
        for (int at = 0; at < data.Length; at += block)
        {
            BitConverter.TryWriteBytes(data.AsSpan(at), (Half)(1 + (at / block % 7)));
            data[at + 2 + (at / block % 32)] = (byte)(at % 251);
        }
        using Checkpoint file = Checkpoint.Open(Written(new GgufParts().With("weight", [rows, columns], 8, data)));
        using Linear to = nn.Linear(columns, rows, hasBias: false, dtype: ScalarType.BFloat16);
        CheckpointLoader.LoadInto(to, file, LoadRules.Strict);
        Tolerance.Exact.Check("weight", file.Read("weight").to(ScalarType.BFloat16), to.weight!);
    }

    [Fact]
    public void A_file_of_as_many_tensors_as_the_letter_that_begins_JSON_is_no_safetensors_file()
    {
        GgufParts parts = new();
        for (int i = 0; i < '{'; i++) parts.With($"t{i}", [1], Float, BitConverter.GetBytes((float)i));
        using Checkpoint file = Checkpoint.Open(Written(parts));
        Assert.Equal(122f, file.Read("t122").item<float>());
    }

    [Fact]
    public void A_vector_of_blocks_is_read_whole()
    {
        using Checkpoint file = Checkpoint.Open(Written(new GgufParts().With("v", [64], 8, [.. One(2), .. One(3)])));
        Assert.Equal([.. Enumerable.Repeat(2f, 32), .. Enumerable.Repeat(3f, 32)], file.Read("v").data<float>().ToArray());

        static byte[] One(int value) => [.. BitConverter.GetBytes((Half)1), .. Enumerable.Repeat((byte)value, 32)];
    }

    [Fact]
    public void What_the_file_says_of_its_tokenizer_is_given_whole()
    {
        using GgufFile file = GgufFile.Open(Written(Decoder()));
        GgufVocabulary vocabulary = file.Vocabulary!;
        Assert.Equal(("gpt2", "llama-bpe", false, null, "{{ messages }}"),
            (vocabulary.Model, vocabulary.Pre, vocabulary.AddBegin, vocabulary.AddEnd, vocabulary.ChatTemplate));
        Assert.Equal(["a", "b", "ab", "</s>"], vocabulary.Tokens);
        Assert.Equal([1, 1, 1, 3], vocabulary.Types);
        Assert.Equal(["a b"], vocabulary.Merges);
        Assert.Equal(3, Assert.Single(vocabulary.Special, special => special.Key == "eos").Value);
        Assert.Empty(vocabulary.Scores);
    }

    [Theory]
    [InlineData("tokenizer.ggml.bos_token_id", 4u, "gives tokenizer.ggml.bos_token_id as 4, where a whole number from 0 to 3")]
    [InlineData("tokenizer.ggml.scores", new float[] { 1 }, "has 4 tokens and 1 entries of tokenizer.ggml.scores")]
    public void A_tokenizer_that_contradicts_itself_is_refused(string key, object value, string says)
    {
        using GgufFile file = GgufFile.Open(Written(Decoder().With(key, value)));
        Refuses.Checkpoint(says, () => _ = file.Vocabulary);
    }

    [Fact]
    public void A_small_decoder_loads()
    {
        using Checkpoint file = CheckpointFiles.Open(Written(Decoder()));
        Assert.Equal((32, 2, 1, 32, 64), (Size("dim"), Size("heads"), Size("kvHeads"), Size("hidden"), Size("maxLength")));
        Assert.Equal(1e-5, (double)Sizes(file)["normEps"]!);

        int Size(string key) => (int)Sizes(file)[key]!;
    }

    [Theory]
    [InlineData("llama.rope.scaling.type", "yarn", "its llama.rope.scaling.type is yarn, where none or linear is expected")]
    [InlineData("llama.expert_count", 8u, "its llama.expert_count is 8, where 0 is expected")]
    [InlineData("llama.attention.value_length", 8u, "its llama.attention.value_length is 8, where 16 is expected")]
    [InlineData("llama.attention.key_length", 15u, "its heads are 15 wide, where an even number is expected")]
    [InlineData("llama.attention.scale", 2f, "its llama.attention.scale is 2, a key that no llama has")]
    [InlineData("llama.vocab_size", 5u, "its llama.vocab_size is 5, and the token table")]
    [InlineData("split.count", (ushort)2, "it is one of 2 parts (split.count)")]
    [InlineData("general.type", "adapter", "its general.type is adapter, where model is expected")]
    public void A_key_that_changes_what_is_computed_is_refused_by_its_name(string key, object value, string says) =>
        Refuses.Checkpoint(says, () => CheckpointFiles.Open(Written(Decoder().With(key, value))));

    [Theory]
    [InlineData("llama.rope.scaling.type", "none")]
    [InlineData("llama.rope.scaling.factor", 1f)]
    [InlineData("llama.expert_count", 0u)]
    [InlineData("llama.vocab_size", 4u)]
    [InlineData("general.name", "x")]
    public void A_key_that_changes_nothing_is_passed_over(string key, object value) =>
        CheckpointFiles.Open(Written(Decoder().With(key, value))).Dispose();

    [Fact]
    public void Divisors_of_the_frequencies_must_be_as_many_as_there_are_frequencies_and_positive()
    {
        Refuses.Checkpoint("'rope_freqs.weight' has the shape [4], where", () => CheckpointFiles.Open(Written(With(1, 1, 1, 1))));
        Refuses.Checkpoint("'rope_freqs.weight' holds values that are not positive", () => CheckpointFiles.Open(Written(With(1, 1, 1, 1, 1, 1, 1, 0))));

        static GgufParts With(params float[] divisors) => Decoder().With("rope_freqs.weight", [divisors.Length], Float, [.. divisors.SelectMany(
            BitConverter.GetBytes)]);
    }

    [Fact]
    [Trait("Needs", "shared-data")]
    public void The_tokenizer_of_a_real_model_has_as_many_tokens_as_its_table_has_rows()
    {
        using GgufFile file = GgufFile.Open(Repository.DataOf("smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        Assert.Equal([file.Vocabulary!.Tokens.Count, 576], file.Shape("token_embd.weight"));
        Assert.Equal((49152, 48900, "smollm"), (file.Vocabulary.Tokens.Count, file.Vocabulary.Merges.Count, file.Vocabulary.Pre));
        Assert.Equal(134_515_008, file.Elements);
    }

    private static GgufParts Decoder() => GgufReader.Decoder("llama", (Float, 1, 4));

    private static JsonObject Sizes(Checkpoint file) => JsonNode.Parse(file.Metadata[Checkpoint.ConfigKey])!.AsObject();

    private string Written(GgufParts parts)
    {
        folder.Write("x.gguf", parts.Written());
        return folder["x.gguf"];
    }
}
