namespace Das.Tests.Models;

/// <summary>Decoders whose frozen matrices are multiplied in a type of their own.</summary>
public sealed class PrecisionTests : TensorTest
{
    /// <summary>bfloat16 keeps eight bits: the largest relative error of rounding to the nearest.</summary>
    private const double Unit = 1.0 / 256;

    /// <summary>
    /// Roundings one behind the other on the way through a layer. Attention: what enters, queries, keys and values, what they gather, what leaves.
    /// Feed-forward: what enters, both ways up, the gate, their product, what leaves.
    /// </summary>
    private const int RoundingsOfALayer = 4 + 5;

    /// <summary>Matrices one behind the other.</summary>
    private const int WeightsOfALayer = 2 + 2;

    /// <summary>A vector's share of change by independent roundings on the way through all layers and the output, which add as their root.</summary>
    private static readonly double Bound = Unit * Math.Sqrt((TinyLlama.Config.Layers * (RoundingsOfALayer + WeightsOfALayer)) + 3);

    private const string Half = "bfloat16", Full = "float32";

    private static readonly LlamaConfig rich = TinyLlama.Config with
    {
        SlidingWindow = 4, WindowedLayers = [0, 3], UnrotatedLayers = [1], HeadDim = 10, QkvBias = true, MlpBias = true, QkNorm = true, TiedOutput = true,
    };

    public static TheoryData<bool> Forms => [false, true];

    [Fact]
    public void What_multiplies_float32_says_and_learns_bit_for_bit_what_no_precision_does()
    {
        (Llama without, Llama with) = Pair(TinyLlama.Config, TinyLlama.Config with { Precision = Full });
        TokenBatch texts = TinyLlama.Texts(1, 9, 6);
        Assert.True(Logits(without, texts).Equals(Logits(with, texts)));
        Assert.True(Gradient(without, texts).Equals(Gradient(with, texts)));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Matrices_are_held_in_bfloat16_and_everything_else_in_float32(bool isRich)
    {
        using Llama model = TinyLlama.New(config: Config(isRich) with { Precision = Half });
        ScalarType Held(string name, Tensor value) => name.Contains("adapter") || name.Contains("norm") ? ScalarType.Float32 : ScalarType.BFloat16;
        Assert.All(model.Tensors(), tensor => Assert.Equal(Held(tensor.Name, tensor.Value), tensor.Value.dtype));
        Sequence sequence = model.Assemble(TinyLlama.Texts(1, 9, 6));
        Tensor hidden = model.Hidden(sequence), logits = model.Logits(hidden);
        Assert.All((Tensor[])[sequence.Embeddings, hidden, logits], tensor => Assert.Equal(ScalarType.Float32, tensor.dtype));
    }

    /// <summary>
    /// Independent roundings add as their root. How much a gradient is changed by one of them is the model's affair (an adapter's ReLU may switch), so all
    /// of them are compared with those of the weights alone; backward there are as many again as forward.
    /// </summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public void Bfloat16_products_change_logits_loss_and_gradients_by_no_more_than_its_rounding(bool isRich)
    {
        const double all = RoundingsOfALayer + WeightsOfALayer;
        (Llama full, Llama half) = Pair(Config(isRich), Config(isRich) with { Precision = Half });
        (Llama held, _) = Pair(Config(isRich), Config(isRich));
        TakeHeld(held, half);
        List<double> logits = [], gradients = [];
        foreach (int seed in new[] { 1, 2, 3 })
        {
            TokenBatch texts = TinyLlama.Texts(seed, 30, 24, 28);
            Tensor said = Logits(full, texts), learnt = Gradient(full, texts);
            Assert.InRange(Share(said, Logits(half, texts)), Unit / 16, Bound);
            Assert.InRange(Math.Abs(Loss(half, texts) - Loss(full, texts)) / Loss(full, texts), 1e-9, Bound);
            logits.Add(Share(said, Logits(half, texts)) / Share(said, Logits(held, texts)));
            gradients.Add(Share(learnt, Gradient(half, texts)) / Share(learnt, Gradient(held, texts)));
        }
        Assert.InRange(logits.Average(), 1, Math.Sqrt(all / WeightsOfALayer));
        Assert.InRange(gradients.Average(), 1, Math.Sqrt(2 * all / WeightsOfALayer));
    }

    [Theory]
    [InlineData("none", "bfloat16", "float32")]
    [InlineData("none", "float16", "float32")]
    [InlineData("int8", "float32", "float32")]
    [InlineData("int8", "bfloat16", "float32")]
    public void Matrices_of_a_narrower_type_are_multiplied_as_what_they_hold(string quantization, string type, string precision)
    {
        (Llama full, Llama narrow) = Pair(TinyLlama.Config, TinyLlama.Config with { Dtype = type, Quantization = quantization, Precision = precision });
        TakeHeld(full, narrow);
        TokenBatch texts = TinyLlama.Texts(1, 9, 6);
        ModuleTensors.Near(Logits(full, texts), Logits(narrow, texts), 1e-5f);
        ModuleTensors.Near(Gradient(full, texts), Gradient(narrow, texts), 1e-5f);
    }

    [Fact]
    public void Quantised_matrices_are_multiplied_in_bfloat16_within_its_rounding()
    {
        (Llama full, Llama half) = Pair(TinyLlama.Config, TinyLlama.Config with { Quantization = "int8", Precision = Half });
        TakeHeld(full, half);
        TokenBatch texts = TinyLlama.Texts(1, 9, 6);
        Assert.InRange(Share(Logits(full, texts), Logits(half, texts)), Unit / 16, Bound);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Layers_computed_again_learn_the_same_bits(bool isRich)
    {
        using Llama model = TinyLlama.New(config: Config(isRich) with { Precision = Half });
        model.FreezeForAdapters();
        TokenBatch texts = TinyLlama.Texts(1, 9, 6);
        Tensor kept = Gradient(model, texts);
        model.Recomputes = true;
        Assert.True(kept.Equals(Gradient(model, texts)));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_text_read_token_by_token_says_what_it_says_at_once(bool isRich)
    {
        using IDisposable frozen = no_grad();
        using Llama model = TinyLlama.New(config: Config(isRich) with { Precision = Half });
        TokenBatch text = TinyLlama.Texts(1, 12);
        using KeyValueCache cache = new(1, capacity: 4);
        Tensor said = cat([.. Enumerable.Range(0, 12).Select(i =>
            model.Logits(model.Hidden(new(model.Embed(text.Ids.narrow(1, i, 1)), [1], null), cache)))], 1);
        Assert.InRange(Share(Logits(model, text), said), 0, Math.Sqrt(2) * Bound);
    }

    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        using Llama model = TinyLlama.New(config: rich with { Precision = Half });
        using Llama wide = TinyLlama.New(config: rich with { Dtype = Half, Precision = Full });
        TokenBatch texts = TinyLlama.Texts(10, 6, 3);
        ModuleTensors.LeavesNothing(() =>
        {
            using IDisposable frozen = no_grad();
            foreach (Llama each in (Llama[])[model, wide])
            {
                using KeyValueCache cache = new(2, capacity: 2);
                Sequence sequence = each.Assemble(texts);
                using Tensor embeddings = sequence.Embeddings, hidden = each.Hidden(sequence, cache), logits = each.Logits(hidden);
            }
        });
    }

    [Theory]
    [InlineData("float16", "Unknown precision 'float16'.")]
    [InlineData("auto", "precision is auto, which is decided where a run begins: give float32 or bfloat16.")]
    public void What_is_no_precision_or_not_decided_is_refused(string precision, string sentence) =>
        Assert.StartsWith(sentence, Refuses.Recipe(() => new Llama(TinyLlama.Config with { Precision = precision })).Message);

    [Fact]
    public void A_recipe_may_leave_it_to_the_machine_and_nothing_else_is_taken_for_a_precision()
    {
        foreach (string precision in new[] { "auto", Half, Full }) Llama.Backbone.Configure(null, new() { ["precision"] = precision }, "backbone.config");
        Assert.Contains("backbone.config.precision", Refuses.Recipe(() =>
            Llama.Backbone.Configure(null, new() { ["precision"] = "half" }, "backbone.config")).Message);
        Refuses.Recipe("precision", () => BackboneCatalog.Get("vilt").Configure(null, new() { ["precision"] = Half }, "backbone.config"));
        Assert.Equal((2, 4), (ModelBounds.NumberBytes(new() { ["dtype"] = Full, ["precision"] = Half }), ModelBounds.NumberBytes(new() { ["dtype"] = Full })));
    }

    [Fact]
    [Trait("Needs", "shared-data")]
    public void What_a_trained_decoder_learns_differs_less_between_precisions_than_between_seeds()
    {
        string weights = Repository.DataOf("llama_weights");
        PieceTokenizer tokenizer = PieceTokenizer.Load(Path.Combine(weights, "tok512.bin"));
        int[] tokens = tokenizer.Encode(File.ReadAllText(Repository.DataOf("text_corpora", "wikitext2_valid.txt"))[..200_000], bos: false);
        TokenBatch[] texts = [.. tokens.Chunk(8 * 64).Take(24).Select(piece => Texts(piece, 8))];
        double[][] losses = [.. new[] { Full, Half }.Select(precision => Enumerable.Range(0, 3).Select(seed => Tuned(precision, seed)).ToArray())];
        double between = losses[0].Max() - losses[0].Min(), moved = losses[0].Zip(losses[1], (full, half) => Math.Abs(full - half)).Max();
        Assert.True(moved < between / 2, $"Seeds: {between:0.00000}; precisions: {moved:0.00000}; {string.Join(", ", losses.SelectMany(each => each))}");

        double Tuned(string precision, int seed)
        {
            using Llama model = (Llama)ModelFiles.FromPretrained(
                new() { Name = "llama", Checkpoint = Path.Combine(weights, "stories260K.bin"), InLayerBottleneck = 8, ReplacementBottleneck = 32,
                    Config = new() { ["dtype"] = Full, ["precision"] = precision } }, new(), tokenTypes: 2, dropout: 0, seed, CPU, removed: null);
            using DecoupledAdam optimizer = new(ParameterGroups.Of(model.named_parameters().Where(p => p.parameter.requires_grad)
                .Select(p => (p.name, p.parameter)), 1e-2, ParameterGroups.Lavin(0.02)), 0.9, 0.95, 1e-8, AdamForm.Torch);
            model.train();
            foreach (int batch in Seeds.Random(seed, "order", 0).Permutation(20))
            {
                model.zero_grad();
                Recomputed.Backward(LanguageObjective.Loss(model, texts[batch]));
                optimizer.Step();
            }
            model.eval();
            return texts[20..].Average(batch => Loss(model, batch));
        }
    }

    private static TokenBatch Texts(int[] tokens, int rows)
    {
        Tensor ids = tensor(tokens.Select(id => (long)id).ToArray()).view(rows, -1);
        return new(ids, [.. Enumerable.Repeat((int)ids.shape[1], rows)], ids);
    }

    private static LlamaConfig Config(bool isRich) => isRich ? rich : TinyLlama.Config;

    /// <summary>Two models, the second with what its types hold of the first one's weights.</summary>
    private (Llama, Llama) Pair(LlamaConfig first, LlamaConfig second)
    {
        Llama one = TinyLlama.New(config: first), other = new(second);
        folder.Write("one.safetensors", one.Tensors());
        using (Checkpoint file = CheckpointFiles.Open(folder["one.safetensors"])) CheckpointLoader.LoadInto(other, file, other.PretrainedRules);
        other.eval();
        foreach (Llama model in (Llama[])[one, other]) model.FreezeForAdapters();
        return (one, other);
    }

    /// <summary>Gives a float32 model the values that another one holds in a narrower type.</summary>
    private static void TakeHeld(Llama full, Llama narrow)
    {
        using IDisposable frozen = no_grad();
        Dictionary<string, Tensor> held = narrow.state_dict();
        foreach ((string name, Tensor place) in full.Tensors())
            place.copy_(held.TryGetValue(name.Replace(".weight", ".scale"), out Tensor? scale) && name.EndsWith(".weight")
                ? held[name].mul(scale.unsqueeze(1)) : held[name]);
    }

    /// <summary>The difference's norm over the expected one's.</summary>
    private static double Share(Tensor expected, Tensor actual) => actual.sub(expected).norm().item<float>() / expected.norm().item<float>();

    private static Tensor Logits(Llama model, TokenBatch texts) => model.Logits(model.Hidden(model.Assemble(texts)));

    private static double Loss(Llama model, TokenBatch texts)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return LanguageObjective.Loss(model, texts).item<float>();
    }

    /// <summary>Of all adapters, one behind the other.</summary>
    private static Tensor Gradient(Llama model, TokenBatch texts)
    {
        model.zero_grad();
        Recomputed.Backward(LanguageObjective.Loss(model, texts));
        return cat([.. model.Gradients().Select(gradient => gradient.flatten())], 0);
    }
}
