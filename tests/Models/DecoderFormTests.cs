namespace Das.Tests.Models;

/// <summary>What a decoder may have beyond LLaMA's form, one by one and together. The values themselves: see the recordings of Hugging Face folders.</summary>
public sealed class DecoderFormTests() : TensorTest(learns: false)
{
    private static readonly Dictionary<string, LlamaConfig> Configs = new()
    {
        ["a window"] = TinyLlama.Config with { SlidingWindow = 3 },
        ["a window in some layers"] = TinyLlama.Config with { SlidingWindow = 2, WindowedLayers = [1, 2] },
        ["layers without rotation"] = TinyLlama.Config with { UnrotatedLayers = [0, 3] },
        ["wide heads"] = TinyLlama.Config with { HeadDim = 6 },
        ["biases"] = TinyLlama.Config with { QkvBias = true, AttentionOutputBias = true, MlpBias = true },
        ["normed heads"] = TinyLlama.Config with { QkNorm = true },
        ["one table"] = TinyLlama.Config with { TiedOutput = true },
        ["scaled rotation"] = TinyLlama.Config with { RopeScaling = new() { Type = "linear", Factor = 4 } },
        ["all of it"] = TinyLlama.Config with
        {
            SlidingWindow = 4, WindowedLayers = [0, 3], UnrotatedLayers = [1], HeadDim = 10, QkvBias = true, MlpBias = true, QkNorm = true, TiedOutput = true,
            RopeScaling = new() { Type = "llama3", Factor = 8, LowFrequencyFactor = 1, HighFrequencyFactor = 4, OriginalLength = 20 },
        },
    };

    public static TheoryData<string> Forms => [.. Configs.Keys];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Read_in_pieces_a_text_gives_what_it_gives_at_once_whatever_is_skipped(string form)
    {
        using Llama model = TinyLlama.New(config: Configs[form]);
        TokenBatch texts = TinyLlama.Texts(1, 12, 9);
        foreach (SkipMask mask in (SkipMask[])[SkipMask.Empty, SkipMask.Of(0, 2)])
        {
            model.Skipped = mask;
            Tensor whole = Logits(model, texts);
            using KeyValueCache cache = new(2, capacity: 4);
            int[] at = [0, 0];
            foreach (int[] piece in (int[][])[[5, 3], [1, 1], [1, 1], [4, 0], [1, 2], [0, 2]])
            {
                int S = piece.Max();
                Tensor ids = stack([.. at.Select((from, row) =>
                    cat([texts.Ids[row].narrow(0, from, piece[row]), zeros(S - piece[row], dtype: ScalarType.Int64)], 0))], 0);
                Tensor said = model.Logits(model.Hidden(new(model.Embed(ids), piece, null), cache));
                for (int row = 0; row < 2; row++)
                {
                    if (piece[row] > 0) Same(whole[row].narrow(0, at[row], piece[row]), said[row].narrow(0, 0, piece[row]));
                    at[row] += piece[row];
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Counted_parameters_are_those_that_exist(string form)
    {
        foreach (SkipMask mask in (SkipMask[])[SkipMask.Empty, SkipMask.Of(1, 3)])
        {
            using Llama model = new(Configs[form], mask);
            model.AssertCounted(LlamaCost.Parameters(Configs[form], mask));
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_finished_model_keeps_the_numbers_of_its_layers(string form)
    {
        SkipMask mask = SkipMask.Of(0, 2);
        using Llama searched = TinyLlama.New(config: Configs[form]), finished = new(Configs[form], mask);
        folder.Write("all.safetensors", searched.Tensors());
        using Checkpoint all = Checkpoint.Open(folder["all.safetensors"]);
        CheckpointLoader.LoadInto(finished, all, finished.PretrainedRules);
        searched.Skipped = mask;
        TokenBatch texts = TinyLlama.Texts(2, 7, 4);
        Assert.True(Logits(searched, texts).Equals(Logits(finished, texts)));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Held_as_int8_it_says_nearly_the_same(string form)
    {
        using Llama full = TinyLlama.New(config: Configs[form]), rounded = new(Configs[form] with { Quantization = "int8" });
        folder.Write("all.safetensors", full.Tensors());
        using Checkpoint all = Checkpoint.Open(folder["all.safetensors"]);
        CheckpointLoader.LoadInto(rounded, all, rounded.PretrainedRules);
        rounded.eval();
        TokenBatch texts = TinyLlama.Texts(3, 6);
        ModuleTensors.Near(Logits(full, texts), Logits(rounded, texts), 0.1f);
    }

    [Theory]
    [InlineData("a window")]
    [InlineData("a window in some layers")]
    [InlineData("layers without rotation")]
    [InlineData("scaled rotation")]
    public void The_same_weights_say_something_else_without_it(string form)
    {
        using Llama model = TinyLlama.New(config: Configs[form]), plain = TinyLlama.New();
        TokenBatch texts = TinyLlama.Texts(4, 9);
        Assert.Equal(model.state_dict().Keys, plain.state_dict().Keys);
        Assert.True(model.state_dict().Values.Zip(plain.state_dict().Values).All(pair => pair.First.Equals(pair.Second)));
        Assert.False(Logits(model, texts).allclose(Logits(plain, texts)));
    }

    [Fact]
    public void A_windowed_position_reads_itself_and_those_just_before_it()
    {
        const int window = 3, changed = 4;
        using Llama model = TinyLlama.New(config: TinyLlama.Config with { Layers = 1, SlidingWindow = window });
        TokenBatch texts = TinyLlama.Texts(5, 12), other = texts with { Ids = texts.Ids.clone() };
        other.Ids[0][changed] = texts.Ids[0][changed].item<long>() == 3 ? tensor(4L) : tensor(3L);
        Tensor before = Logits(model, texts)[0], after = Logits(model, other)[0];
        Assert.Equal(Enumerable.Range(changed, window), Enumerable.Range(0, 12).Where(i => !before[i].allclose(after[i])));
    }

    [Fact]
    public void A_long_text_in_windows_gives_what_it_gives_token_by_token()
    {
        using Llama model = TinyLlama.New(config: TinyLlama.Config with { MaxLength = 200, SlidingWindow = 70, WindowedLayers = [0, 2, 3] });
        TokenBatch text = TinyLlama.Texts(6, 150);
        Tensor whole = Logits(model, text)[0];
        using KeyValueCache cache = new(1, 8);
        for (int at = 0; at < 150; at++)
            Same(whole[at], model.Logits(model.Hidden(new(model.Embed(text.Ids.narrow(1, at, 1)), [1], null), cache))[0][0]);
    }

    [Fact]
    public void A_pass_in_windows_leaves_no_tensor_behind()
    {
        using Llama model = TinyLlama.New(config: Configs["all of it"]);
        TokenBatch texts = TinyLlama.Texts(7, 9, 3);
        ModuleTensors.LeavesNothing(() =>
        {
            using KeyValueCache cache = new(2, capacity: 2);
            Sequence sequence = model.Assemble(texts);
            using Tensor embeddings = sequence.Embeddings, hidden = model.Hidden(sequence, cache), logits = model.Logits(hidden);
        });
    }

    [Fact]
    public void Work_follows_the_width_of_the_heads()
    {
        // D = 16, 4 heads of 6, 2 of keys; T = 5.
        LlamaConfig wide = TinyLlama.Config with { HeadDim = 6 };
        long attention = (2 * 5 * 16 * 24) + (2 * 5 * 16 * 12) + (2 * 5 * 5 * 24), narrow = (2 * 5 * 16 * 16) + (2 * 5 * 16 * 8) + (2 * 5 * 5 * 16);
        Assert.Equal(4 * (attention - narrow), LlamaCost.Macs(wide, SkipMask.Empty, 5) - LlamaCost.Macs(TinyLlama.Config, SkipMask.Empty, 5));
    }

    [Fact]
    public void Wide_heads_that_no_memory_holds_are_refused_before_they_are_built()
    {
        Backbone backbone = BackboneCatalog.Get("llama");
        JsonObject sizes = JsonNode.Parse("""{"dim": 16, "heads": 1024, "layers": 1024, "headDim": 65536}""")!.AsObject();
        JsonObject wide = backbone.Configure(null, sizes, "backbone.config");
        Refuses.Machine("headDim 65536", () => ModelBounds.Check(backbone, wide, new(), null, [], whole: false));
    }

    [Theory]
    [InlineData("headDim is 5, where an even width is expected", """{"headDim": 5}""")]
    [InlineData("windowedLayers names layer 4, where the layers are 0 to 3", """{"slidingWindow": 3, "windowedLayers": [0, 4]}""")]
    [InlineData("unrotatedLayers names layer -1", """{"unrotatedLayers": [-1]}""")]
    [InlineData("Unknown ropeScaling.type 'yarn'", """{"ropeScaling": {"type": "yarn"}}""")]
    [InlineData("ropeScaling of type linear lacks a number", """{"ropeScaling": {"type": "linear"}}""")]
    [InlineData("ropeScaling of type llama3 lacks a number",
        """{"ropeScaling": {"type": "llama3", "factor": 8, "lowFrequencyFactor": 4, "highFrequencyFactor": 4, "originalLength": 64}}""")]
    [InlineData("ropeScaling of type factors lacks a number", """{"ropeScaling": {"type": "factors", "factors": [1]}}""")]
    [InlineData("slidingWindow' must be 1 to", """{"slidingWindow": 0}""")]
    [InlineData("Unknown value of backbone.config 'slidingWindows'. Did you mean 'slidingWindow'?", """{"slidingWindows": 3}""")]
    public void An_impossible_form_is_refused_in_a_sentence(string sentence, string changes) =>
        Assert.Contains(sentence, Refuses.Recipe(() => Built(changes)).Message);

    [Fact]
    public void Factors_divide_the_frequencies_of_their_planes()
    {
        float[] plain = TinyLlama.Config.RotaryFrequencies();
        Assert.Equal([plain[0] / 2, plain[1] / 8], (TinyLlama.Config with { RopeScaling = new() { Type = "factors", Factors = [2, 8] } }).RotaryFrequencies());
    }

    [Fact]
    public void A_published_architecture_says_nothing_of_forms_that_it_does_not_have()
    {
        foreach (string name in (string[])["llama", "lavin", "llava"])
            Assert.Empty(BackboneCatalog.Get(name).Published.Select(value => value.Key).Intersect(
                ["ropeScaling", "unrotatedLayers", "headDim", "qkvBias", "attentionOutputBias", "mlpBias", "qkNorm", "tiedOutput", "slidingWindow",
                    "windowedLayers"]));
        JsonObject given = BackboneCatalog.Get("llama").Configure(JsonNode.Parse("""{"slidingWindow": 7, "unknown": 1}""")!.AsObject(),
            JsonNode.Parse("""{"qkNorm": true}""")!.AsObject(), "backbone.config");
        Assert.Equal(BackboneCatalog.Get("llama").Published.Count + 2, given.Count);
        Assert.Equal((7, true), ((int)given["slidingWindow"]!, (bool)given["qkNorm"]!));
    }

    /// <summary>The tiny model with changes as a recipe states them.</summary>
    private static void Built(string changes)
    {
        Backbone backbone = BackboneCatalog.Get("llama");
        JsonObject tiny = JsonSerializer.SerializeToNode(TinyLlama.Config, JsonSerializerOptions.Web)!.AsObject();
        backbone.Build(backbone.Configure(tiny, JsonNode.Parse(changes)!.AsObject(), "backbone.config"), new(), SkipMask.Empty).Dispose();
    }

    private static Tensor Logits(Llama model, TokenBatch texts) => model.Logits(model.Hidden(model.Assemble(texts)));

    private static void Same(Tensor expected, Tensor actual) => ModuleTensors.Near(expected, actual, 1e-5f);
}
