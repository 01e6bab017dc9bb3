using static Das.Tests.Models.ByHand;

namespace Das.Tests.Models;

/// <summary>
/// What the layers multiply by, add and drop, at values that no recording has, against the formulas (<see cref="ByHand"/>; docs/constants.md).
/// Inputs are so small that the epsilons of norms count. Nothing runs beside these tests: dropout draws from the process's one generator.
/// </summary>
[Collection(nameof(LayerConstantTests))]
[CollectionDefinition(nameof(LayerConstantTests), DisableParallelization = true)]
public sealed class LayerConstantTests : IDisposable
{
    private const double Drop = 0.3, Quiet = 1e-3;
    private const int Seed = 11;

    private readonly DisposeScope scope = NewDisposeScope();
    private readonly IDisposable frozen = no_grad();

    [Fact]
    public void A_block_of_ViLT_drops_after_attention_and_twice_in_its_MLP_and_adds_its_adapters()
    {
        const int S = 5, D = 16;
        using Vilt model = TinyVilt.New(config: TinyVilt.Config with { DropRate = Drop, NumHeads = 4, MlpRatio = 3, InLayerBottleneck = 5 });
        Soften(model, "attn.proj", "adapter0.up_proj");
        ByHand hand = new(model);
        Tensor input = randn(1, S, D).mul(Quiet);
        Queue<double[][]> masks = Masks(Seed, Drop, [1, S, D], [1, S, 3 * D], [1, S, D]);

        const string block = "transformer.blocks.1";
        double[][] x = Rows(input), qkv = hand.Linear($"{block}.attn.qkv", hand.LayerNorm($"{block}.norm1", x, 1e-6));
        double[][] attended = Attention(Columns(qkv, 0, D), Columns(qkv, D, D), Columns(qkv, 2 * D, D), 4, (_, key) => key == 2 ? double.NegativeInfinity : 0);
        x = Sum(x, Product(hand.Linear($"{block}.attn.proj", attended), masks.Dequeue()), hand.Adapter($"{block}.adapter0", x));
        double[][] inner = Product(Each(hand.Linear($"{block}.mlp.fc1", hand.LayerNorm($"{block}.norm2", x, 1e-6)), Gelu), masks.Dequeue());
        x = Sum(x, Product(hand.Linear($"{block}.mlp.fc2", inner), masks.Dequeue()), hand.Adapter($"{block}.adapter1", x));

        Tensor valid = arange(S).ne(2).view(1, 1, 1, S);
        Same(x, Training(model, () => model.Layer(1, input, valid)));
        model.Skipped = SkipMask.Of(1);
        Same(Sum(Rows(input), hand.Adapter("adapter_list.1.0", Rows(input))), Training(model, () => model.Layer(1, input, valid)));
    }

    [Fact]
    public void Embeddings_of_ViLT_are_dropped_from_after_the_norm_and_the_positions()
    {
        using Vilt model = TinyVilt.New(config: TinyVilt.Config with { DropRate = Drop });
        Soften(model, Quiet * Quiet, "_embeddings.weight");
        ByHand hand = new(model);
        int[] ids = [7, 3, 3, 9];
        double[][] Table(string name, params int[] rows) => [.. rows.Select(row => hand.Weight($"text_embeddings.{name}_embeddings.weight")[row])];
        double[][] text = Sum(Table("word", ids), Table("position", 0, 1, 2, 3), Table("token_type", 0, 0, 0, 0));
        double[][] expected = Product(hand.LayerNorm("text_embeddings.LayerNorm", text, 1e-12), Masks(Seed, Drop, [1, ids.Length, 16]).Dequeue());
        Same(expected, Training(model, () => model.TextEmbeddings(tensor(ids.Select(id => (long)id).ToArray(), 1, ids.Length))));

        Tensor image = TinyVilt.Images(1, 3, 2, (3, 2)), kept = model.VisualEmbeddings(image, model.LayoutOf(image));
        Same(Product(Rows(kept), Masks(Seed, Drop, [1, 7, 16]).Dequeue()), Training(model, () => model.VisualEmbeddings(image, model.LayoutOf(image))));
    }

    [Fact]
    public void A_layer_of_METER_drops_from_attention_weights_too_and_adds_its_last_adapter_after_the_norm()
    {
        const int T = 4, N = 3, D = 16;
        using Meter model = TinyMeter.New(config: TinyMeter.Config with { DropRate = Drop, NumHeads = 4, MlpRatio = 3 });
        Soften(model, Quiet * Quiet, "output.dense", "output.LayerNorm", "output.adapter.up_proj");
        ByHand hand = new(model);
        Tensor text = randn(1, T, D).mul(Quiet), image = randn(1, N, D).mul(Quiet), bias = tensor((float[])[0, 0, 0, -10000], 1, 1, 1, T);
        long[][] Drawn(int own, int other) => [[1, 4, own, own], [1, own, D], [1, 4, own, other], [1, own, D], [1, own, D]];
        Queue<double[][]> masks = Masks(Seed, Drop, [.. Drawn(T, N), .. Drawn(N, T)]);

        double Padding(int query, int key) => key == T - 1 ? -10000 : 0;
        double[][] Layer(string name, double[][] x, double[][] other, Func<int, int, double> own, Func<int, int, double> others)
        {
            double[][] a = BertAttention(hand, $"{name}.attention", x, x, own, 1e-12, masks, adapted: true);
            double[][] c = BertAttention(hand, $"{name}.crossattention", a, other, others, 1e-12, masks, adapted: true);
            return Sum(BertMlp(hand, name, c, 1e-12, masks), hand.Adapter($"{name}.adapter", c));
        }
        double[][] expectedText = Layer("cross_modal_text_layers.2", Rows(text), Rows(image), Padding, (_, _) => 0);
        double[][] expectedImage = Layer("cross_modal_image_layers.2", Rows(image), Rows(text), (_, _) => 0, Padding);
        MeterStreams streams = new(text, image, bias);
        Training(model, () =>
        {
            MeterStreams after = model.Layer(2, streams);
            Same(expectedText, after.Text);
            Same(expectedImage, after.Image);
            return after.Text;
        });
        model.Skipped = SkipMask.Of(2);
        Same(Sum(Rows(text), hand.Adapter("adapter_list_l.2.0", Rows(text))), model.Layer(2, streams).Text);
    }

    [Theory]
    [InlineData("roberta", 1e-5)]
    [InlineData("bert", 1e-12)]
    public void A_text_tower_of_METER_has_its_encoder_s_epsilon_positions_and_dropout(string encoder, double epsilon)
    {
        using Meter model = TinyMeter.New(config: TinyMeter.Config with { TextEncoder = encoder, TextDropRate = Drop, NumHeads = 4 });
        Soften(model, encoder == "bert" ? Quiet * Quiet : Quiet, "embeddings.word_embeddings", "embeddings.position_embeddings",
            "text_transformer.embeddings.token_type");
        ByHand hand = new(model);
        int[] ids = [0, 5, 7, 1, 1], positions = encoder == "roberta" ? [2, 3, 4, 1, 1] : [0, 1, 2, 3, 4];
        const int T = 5, D = 16;
        Queue<double[][]> masks = Masks(Seed, Drop, [[1, T, D], .. Enumerable.Repeat((long[][])[[1, 4, T, T], [1, T, D], [1, T, D]], 2).SelectMany(s => s)]);
        double[][] Rows(string table, int[] rows) => [.. rows.Select(row => hand.Weight($"text_transformer.embeddings.{table}_embeddings.weight")[row])];
        double[][] x = hand.LayerNorm("text_transformer.embeddings.LayerNorm", Sum(Rows("word", ids), Rows("position", positions),
            Rows("token_type", new int[T])), epsilon);
        x = Product(x, masks.Dequeue());
        for (int i = 0; i < 2; i++)
        {
            string layer = $"text_transformer.encoder.layer.{i}";
            x = BertMlp(hand, layer, BertAttention(hand, $"{layer}.attention", x, x, (_, key) => key >= 3 ? -10000 : 0, epsilon, masks), epsilon, masks);
        }
        Tensor mask = tensor((long[])[1, 1, 1, 0, 0], 1, T);
        Same(x, Training(model, () => model.TextTower(tensor(ids.Select(id => (long)id).ToArray(), 1, T), mask)));
    }

    [Fact]
    public void Heads_normalize_with_1e_5_except_the_masked_language_model_s()
    {
        using Vilt model = TinyVilt.New(heads: new(VqaAnswers: 7, Nlvr2: true, Mlm: true));
        Soften(model, "vqa_classifier.0", "nlvr2_classifier.0");
        Soften(model, Quiet * Quiet, "mlm_score.transform.dense");
        ByHand hand = new(model);
        Tensor left = randn(3, 16), right = randn(3, 16);
        double[][] Classified(string head, double[][] x) =>
            hand.Linear($"{head}.3", Each(hand.LayerNorm($"{head}.1", hand.Linear($"{head}.0", x), 1e-5), Gelu));
        Same(Classified("vqa_classifier", Rows(left)), model.VqaLogits(left));
        Same(Classified("nlvr2_classifier", [.. Rows(left).Zip(Rows(right), (l, r) => (double[])[.. l, .. r])]), model.Nlvr2Logits(left, right));
        double[][] words = hand.LayerNorm("mlm_score.transform.LayerNorm", Each(hand.Linear("mlm_score.transform.dense", Rows(left)), Gelu), 1e-12);
        double[][] bias = [.. words.Select(_ => hand.Vector("mlm_score.bias"))];
        Same(Sum(hand.Linear("mlm_score.decoder", words), bias), model.MlmLogits(left));
    }

    [Theory]
    [InlineData("router", 0.7, 3)]
    [InlineData("router_block", 0.4, 0.5)]
    [InlineData("normal", 0.7, 3)]
    public void An_image_tower_s_adapters_multiply_by_their_scale_only_where_they_are_routed(string type, double scale, double temperature)
    {
        const int W = 12, L = 5, H = 4;
        manual_seed(0);
        using VisionTower tower = new(new(W, 3, 1, 14, 28, new(type, H, new(scale, temperature, Drop))));
        foreach (Parameter p in tower.parameters()) p.Plus_(randn_like(p).Times(0.3));
        Soften(tower, "positional_embedding", "class_embedding", "conv1", "ln_pre");
        ByHand hand = new(tower);
        Tensor image = randn(1, 3, 28, 28);
        double[][] x = Rows(tower.HiddenStates(image, 0)[0]);
        const string block = "transformer.resblocks.0";
        Queue<double[][]> masks = Masks(Seed, Drop, [1, L, H], [1, L, H]);

        double[][] Adapted(string name, double[][] z)
        {
            if (name == "adapter_mlp" && type != "router_block") return z;
            string adapter = $"{block}.{name}";
            double[][] u = Product(hand.Linear($"{adapter}.conv_A", z), masks.Dequeue()), first = hand.Linear($"{adapter}.conv_B", u, groups: 2);
            return type == "normal" ? first : Routed(hand, adapter, z, u, scale, temperature, residual: true);
        }
        double[][] qkv = hand.Linear($"{block}.attn.in_proj", Adapted("adapter_attn", hand.LayerNorm($"{block}.ln_1", x, 1e-5)), dot: "_");
        x = Sum(x, hand.Linear($"{block}.attn.out_proj", Attention(Columns(qkv, 0, W), Columns(qkv, W, W), Columns(qkv, 2 * W, W), 3, (_, _) => 0)));
        double[][] inner = Each(hand.Linear($"{block}.mlp.c_fc", Adapted("adapter_mlp", hand.LayerNorm($"{block}.ln_2", x, 1e-5))), Gated(1.702));
        Same(Sum(x, hand.Linear($"{block}.mlp.c_proj", inner)), Training(tower, () => tower.HiddenStates(image, 1)[0]));
    }

    public static TheoryData<string, string, string> Decoders => new()
    {
        { "llama", "attn", "bottleneck" }, { "llama", "block", "bottleneck" }, { "llama", "block", "router" }, { "lavin", "block", "router" },
        { "lavin", "attn", "bottleneck" }, { "llava", "block", "bottleneck" }, { "llava", "attn", "bottleneck" },
    };

    [Theory]
    [MemberData(nameof(Decoders))]
    public void A_decoder_s_layers_follow_their_epsilon_rotation_heads_scale_temperature_and_dropout(string family, string places, string form)
    {
        const double epsilon = 0.3, theta = 7, scale = 0.6, temperature = 2;
        const int S = 5, D = 16;
        LlamaConfig changed = new() { VocabSize = 40, Dim = D, Layers = 2, Heads = 4, KvHeads = 2, Hidden = 10, MaxLength = 32, Dtype = "float32",
            InLayerBottleneck = 4, ReplacementBottleneck = 6, NormEps = epsilon, RopeTheta = theta, AdapterScale = scale, AdapterPlaces = places,
            AdapterForm = form, RouterTemperature = temperature, DropRate = Drop };
        JsonObject sizes = JsonSerializer.SerializeToNode(changed, JsonSerializerOptions.Web)!.AsObject();
        foreach ((string key, int value) in ((string, int)[])[("imageSize", 28), ("patchSize", 14), ("clipWidth", 12), ("clipHeads", 2), ("clipLayers", 4),
            ("clipEvery", 2)])
            if (family != "llama") sizes[key] = value;
        if (family == "llava") sizes.Remove("clipEvery");
        manual_seed(0);
        using var model = (LlamaDecoder)BackboneCatalog.Get(family).Build(BackboneCatalog.Get(family).Configure(null, sizes, "config"), new(), null);
        model.InitializeWeights();
        foreach (Parameter p in model.parameters()) p.Plus_(randn_like(p).Times(0.3));
        ByHand hand = new(model);
        Tensor input = randn(1, S, D);

        string[] names = family == "llava" ? ["adapter_adapt_0", "adapter_adapt_1", "adapter_replace"] : ["adapter_attn", "adapter_mlp", "replaced_adapter"];
        bool routed = form == "router";
        double Hidden(int query, int key) => key > query || (family == "lavin" && key == 0 && query > 0) ? double.NegativeInfinity : 0;
        double[][] Adapted(string name, double[][] z, Queue<double[][]> masks, bool residual)
        {
            if (routed) return Routed(hand, name, z, Product(hand.Linear($"{name}.conv_A", z), masks.Dequeue()), scale, temperature, residual);
            (string down, string up) = family == "llava" ? ("down", "up") : ("down_sampler", "up_sampler");
            double[][] a = Each(hand.Linear($"{name}.{up}", Each(hand.Linear($"{name}.{down}", z), v => Math.Max(0, v))), v => scale * v);
            return residual ? Sum(z, a) : a;
        }
        double[][] Layer(string layer, double[][] x, bool skipped, Queue<double[][]> masks)
        {
            double[][] z = hand.RmsNorm($"{layer}.attention_norm", x, epsilon);
            if (skipped) return Sum(x, Adapted($"{layer}.{names[2]}", z, masks, residual: family == "llava"));
            z = Adapted($"{layer}.{names[0]}", z, masks, residual: true);
            double[][] q = Rotated(hand.Linear($"{layer}.attention.wq", z), 4, theta), k = Rotated(hand.Linear($"{layer}.attention.wk", z), 4, theta);
            x = Sum(x, hand.Linear($"{layer}.attention.wo", Attention(q, k, hand.Linear($"{layer}.attention.wv", z), 4, Hidden)));
            z = hand.RmsNorm($"{layer}.ffn_norm", x, epsilon);
            if (places == "block") z = Adapted($"{layer}.{names[1]}", z, masks, residual: true);
            double[][] gate = Each(hand.Linear($"{layer}.feed_forward.w1", z), Gated(1)), up = hand.Linear($"{layer}.feed_forward.w3", z);
            return Sum(x, hand.Linear($"{layer}.feed_forward.w2", Product(gate, up)));
        }
        foreach (SkipMask mask in (SkipMask[])[SkipMask.Empty, SkipMask.Of(1)])
        {
            model.Skipped = mask;
            long[] inLayer = [1, S, 4], replacing = [1, S, 6];
            Queue<double[][]> masks = Masks(Seed, Drop, [inLayer, .. places == "block" ? [inLayer] : (long[][])[],
                .. mask.Contains(1) ? [replacing] : (long[][])[inLayer, inLayer]]);
            double[][] first = Layer("layers.0", Rows(input), false, masks), second = Layer("layers.1", first, mask.Contains(1), masks);
            IReadOnlyList<Tensor> states = [];
            Training(model, () => (states = model.HiddenStates(new(input, [S], null), [1, 2]))[0]);
            Same(first, states[0]);
            Same(second, states[1]);
        }
        model.eval();
        double[][] last = Rows(model.HiddenStates(new(input, [S], null), [2])[0]);
        Same(hand.Linear("output", hand.RmsNorm("norm", last, epsilon)), model.Logits(model.Hidden(new(input, [S], null))));
    }

    [Fact]
    public void Projectors_of_images_have_a_SiLU_in_LaVIN_and_a_GELU_in_LLaVA()
    {
        using Lavin lavin = TinyLavin.New();
        Tensor features = randn(1, 2, 12);
        ByHand hand = new(lavin);
        Same(hand.Linear("adapter_proj.conv_B", Each(hand.Linear("adapter_proj.conv_A", Rows(features)), Gated(1))), lavin.Project(features));
        foreach (string projector in (string[])["mlp2x_gelu", "linear"])
        {
            using Llava llava = TinyLlava.New(config: TinyLlava.Config with { Projector = projector });
            hand = new(llava);
            Tensor patches = randn(1, 3, TinyLlava.Config.ClipWidth);
            Same(projector == "linear" ? hand.Linear("mm_projector", Rows(patches))
                : hand.Linear("mm_projector.2", Each(hand.Linear("mm_projector.0", Rows(patches)), Gelu)), llava.Project(patches));
        }
    }

    public void Dispose()
    {
        frozen.Dispose();
        scope.Dispose();
    }

    /// <summary>LN(drop(W softmax(…) v) + x + A(x)), heads of four.</summary>
    private static double[][] BertAttention(ByHand hand, string name, double[][] x, double[][] context, Func<int, int, double> bias, double epsilon,
        Queue<double[][]> masks, bool adapted = false)
    {
        double[][] mixed = Attention(hand.Linear($"{name}.self.query", x), hand.Linear($"{name}.self.key", context), hand.Linear($"{name}.self.value", context),
            4, bias, masks.Dequeue());
        double[][] y = Sum(Product(hand.Linear($"{name}.output.dense", mixed), masks.Dequeue()), x);
        return hand.LayerNorm($"{name}.output.LayerNorm", adapted ? Sum(y, hand.Adapter($"{name}.output.adapter", x)) : y, epsilon);
    }

    /// <summary>LN(drop(W' gelu(W x)) + x).</summary>
    private static double[][] BertMlp(ByHand hand, string name, double[][] x, double epsilon, Queue<double[][]> masks)
    {
        double[][] y = hand.Linear($"{name}.output.dense", Each(hand.Linear($"{name}.intermediate.dense", x), Gelu));
        return hand.LayerNorm($"{name}.output.LayerNorm", Sum(Product(y, masks.Dequeue()), x), epsilon);
    }

    /// <summary>s w0 conv_B(u) + s w1 conv_D(u) (+ z), w the softmax of the first row's logits over t.</summary>
    private static double[][] Routed(ByHand hand, string name, double[][] z, double[][] u, double scale, double temperature, bool residual)
    {
        double[] w = [.. hand.Linear($"{name}.expert_weights", z[..1])[0].Select(logit => Math.Exp(logit / temperature))];
        double[][] y = Sum(Each(hand.Linear($"{name}.conv_B", u, groups: 2), v => scale * w[0] / w.Sum() * v),
            Each(hand.Linear($"{name}.conv_D", u, groups: 2), v => scale * w[1] / w.Sum() * v));
        return residual ? Sum(y, z) : y;
    }

    /// <summary>Elements 2i and 2i + 1 of each head of d turned by position · θ^(-2i / d).</summary>
    private static double[][] Rotated(double[][] x, int d, double theta) => [.. x.Select((row, position) => row.Select((v, at) =>
    {
        (double sine, double cosine) = Math.SinCos(position * Math.Pow(theta, -(at % d / 2 * 2.0) / d));
        return at % 2 == 0 ? (v * cosine) - (row[at + 1] * sine) : (v * cosine) + (row[at - 1] * sine);
    }).ToArray())];

    /// <summary>A result in training mode, its dropout drawn from the seed.</summary>
    private static Tensor Training(nn.Module model, Func<Tensor> result)
    {
        model.train();
        manual_seed(Seed);
        Tensor made = result();
        model.eval();
        return made;
    }

    private static void Soften(nn.Module model, params string[] parts) => Soften(model, Quiet, parts);

    private static void Soften(nn.Module model, double factor, params string[] parts)
    {
        foreach ((string name, Parameter p) in model.named_parameters().Where(p => parts.Any(part => p.name.Contains(part, StringComparison.Ordinal))))
            p.Times_(factor);
    }
}
