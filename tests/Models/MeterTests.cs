namespace Das.Tests.Models;

public sealed class MeterTests() : TensorTest(learns: false)
{
    public static TheoryData<string> Masks => ["[]", "[0]", "[2]", "[5]", "[1, 3]", "[2, 5]", "[0, 1, 2]", "[1, 2, 4, 5]", "[0, 1, 2, 3, 4, 5]"];

    [Theory]
    [MemberData(nameof(Masks))]
    public void A_finished_model_equals_the_searched_one_that_skips_the_same_layers(string layers)
    {
        SkipMask mask = SkipMask.Parse(layers);
        using Meter searched = TinyMeter.New(), finished = TinyMeter.New(mask);
        Dictionary<string, Parameter> from = searched.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach ((string name, Parameter parameter) in finished.named_parameters()) parameter.copy_(from[name]);
        searched.Skipped = mask;
        Assert.Equal(mask, finished.Skipped);

        (Embedded text, Embedded image) = Batch(searched);
        Assert.True(searched.Encode(text, image).Cls.Equals(finished.Encode(text, image).Cls));
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void What_no_pooler_reads_is_not_computed_and_not_missed(string layers)
    {
        using Meter model = TinyMeter.New();
        model.Skipped = SkipMask.Parse(layers);
        (Embedded text, Embedded image) = Batch(model);
        Same(model.Encode(text, image).Cls, model.Fuse(text, image));
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void A_removed_layer_has_no_parameters_and_a_kept_one_no_replacement(string layers)
    {
        SkipMask mask = SkipMask.Parse(layers);
        using Meter searched = TinyMeter.New(), finished = TinyMeter.New(mask);
        string[] names = [.. finished.state_dict().Keys];
        int L = TinyMeter.Config.NumLayers;
        for (int i = 0; i < finished.CandidateCount; i++)
        {
            (string layer, string adapter) = i < L ? ($"cross_modal_text_layers.{i}.", $"adapter_list_l.{i}.0.")
                : ($"cross_modal_image_layers.{i - L}.", $"adapter_list_v.{i - L}.0.");
            Assert.Equal(mask.Contains(i), !names.Any(n => n.StartsWith(layer)));
            Assert.Equal(mask.Contains(i), names.Any(n => n.StartsWith(adapter)));
        }
        Assert.All(searched.state_dict().Keys.Except(names), name => Assert.True(finished.PretrainedRules.AllowsIgnored(name), name));
    }

    [Fact]
    public void Every_parameter_has_one_name()
    {
        using Meter model = TinyMeter.New(heads: new(5, Nlvr2: true, Rank: true, Itm: true, Mlm: true, Snli: true));
        Assert.Equal(model.named_parameters().Select(p => p.name), model.state_dict().Keys);
    }

    [Fact]
    public void The_company_of_other_images_does_not_change_a_bit_of_an_image()
    {
        using Meter model = TinyMeter.New(config: TinyMeter.Config with { ClipWidth = 96, ClipHeads = 2 });
        Tensor images = TinyMeter.Images(5, 5), together = model.ImageTower(images);
        for (int b = 0; b < 5; b++) Assert.True(together[b].Equals(model.ImageTower(images.narrow(0, b, 1))[0]));
    }

    [Fact]
    public void The_company_of_longer_texts_does_not_change_a_sample()
    {
        using Meter model = TinyMeter.New();
        int[] lengths = [8, 2, 5];
        var (ids, mask) = TinyMeter.Texts(lengths);
        Tensor images = TinyMeter.Images(6, 3), together = model.Features(ids, mask, images);
        for (int b = 0; b < lengths.Length; b++)
        {
            Tensor own = ids.narrow(0, b, 1).narrow(1, 0, lengths[b]);
            Same(together[b], model.Features(own, ones_like(own), images.narrow(0, b, 1))[0]);
        }
    }

    [Fact]
    public void Only_adapters_poolers_heads_types_and_the_class_token_learn()
    {
        using IDisposable learning = enable_grad();
        using Meter model = TinyMeter.New();
        model.FreezeForAdapters();
        model.train();
        model.Skipped = SkipMask.Of(1, 3);
        var (ids, mask) = TinyMeter.Texts(6, 3);
        model.VqaLogits(model.Features(ids, mask, TinyMeter.Images(3, 2))).sum().backward();
        string[] learnt = [.. model.named_parameters().Where(p => p.parameter.grad is not null).Select(p => p.name)];
        string[] parts = ["adapter", "pooler", "vqa_classifier", "token_type_embeddings", "token4classifier"];
        Assert.All(parts, part => Assert.Contains(learnt, name => name.Contains(part)));
        Assert.All(learnt, name => Assert.Contains(parts, part => name.Contains(part)));
        Assert.DoesNotContain(learnt, name => name.StartsWith("text_transformer") || name.StartsWith("vit_model"));
        Assert.Contains("adapter_list_l.1.0.up_proj.weight", learnt);
        Assert.DoesNotContain("adapter_list_l.0.0.up_proj.weight", learnt);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[2]")]
    [InlineData("[1, 2, 5]")]
    public void Adapters_learn_the_same_from_the_first_tokens_alone(string layers)
    {
        using IDisposable learning = enable_grad();
        using Meter model = TinyMeter.New();
        model.FreezeForAdapters();
        model.Skipped = SkipMask.Parse(layers);
        Tensor[] Gradients(Func<Embedded, Embedded, Tensor> cls)
        {
            foreach (Parameter parameter in model.parameters()) parameter.grad = null;
            (Embedded text, Embedded image) = Batch(model);
            model.VqaLogits(cls(text, image)).pow(2).sum().backward();
            return model.Gradients();
        }
        Tensor[] all = Gradients((t, i) => model.Encode(t, i).Cls), alone = Gradients(model.Fuse);
        Assert.Equal(all.Length, alone.Length);
        foreach ((Tensor one, Tensor other) in all.Zip(alone)) Assert.True(one.allclose(other, rtol: 1e-3, atol: 1e-3 * one.abs().max().item<float>()));
    }

    [Theory]
    [InlineData(0.0, true)]
    [InlineData(0.5, false)]
    public void A_text_encoding_can_be_kept_if_its_tower_drops_nothing(double dropped, bool same)
    {
        using Meter model = TinyMeter.New(config: TinyMeter.Config with { TextDropRate = dropped, DropRate = 0.5 });
        var (ids, mask) = TinyMeter.Texts(6, 3);
        Tensor evaluated = model.TextTower(ids, mask);
        model.train();
        Tensor kept = model.TextTower(ids, mask);
        Assert.Equal(same, kept.Equals(evaluated));
        Assert.Equal(same, model.EmbedTextTower(kept, mask).Tokens.Equals(model.EmbedText(ids, mask).Tokens));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_class_token_starts_as_the_embedding_of_a_lone_zero_unless_the_checkpoint_has_it(bool stored)
    {
        using Meter source = TinyMeter.New(), target = TinyMeter.New();
        string path = folder["meter.safetensors"];
        SafetensorsWriter.Write(path, source.state_dict().Where(s => stored || s.Key != "token4classifier").Select(s => (s.Key, s.Value)),
            new Dictionary<string, string>());
        using Checkpoint checkpoint = Checkpoint.Open(path);
        target.LoadPretrained(checkpoint);
        Tensor expected = stored
            ? source.named_parameters().Single(p => p.name == "token4classifier").parameter
            : source.TextEncoder.Embed(zeros(1, 1, dtype: ScalarType.Int64));
        Assert.True(expected.Equals(target.named_parameters().Single(p => p.name == "token4classifier").parameter));
    }

    [Theory]
    [InlineData("roberta", "roberta.")]
    [InlineData("roberta", "")]
    [InlineData("bert", "bert.")]
    public void A_text_encoder_is_read_with_or_without_the_prefix_and_heads_of_its_task(string encoder, string prefix)
    {
        using Meter source = TinyMeter.New(config: TinyMeter.Config with { TextEncoder = encoder }),
            target = TinyMeter.New(config: TinyMeter.Config with { TextEncoder = encoder });
        string path = folder["model.safetensors"];
        (string, Tensor)[] others = [(prefix + "pooler.dense.weight", zeros(2, 2)), (prefix + "embeddings.position_ids", zeros(1, 12)),
            ("lm_head.bias", zeros(3))];
        SafetensorsWriter.Write(path, [.. source.TextEncoder.state_dict().Select(s => (prefix + s.Key, s.Value.to(ScalarType.Float16))), .. others],
            new Dictionary<string, string>());
        using Checkpoint checkpoint = Checkpoint.Open(path);
        MeterInit.FromText(target, checkpoint);
        Dictionary<string, Tensor> read = target.TextEncoder.state_dict();
        foreach ((string name, Tensor value) in source.TextEncoder.state_dict())
            Assert.True(value.to(ScalarType.Float16).Equals(read[name].to(ScalarType.Float16)), name);
        Assert.True(target.TextEncoder.Embed(zeros(1, 1, dtype: ScalarType.Int64)).Equals(target.named_parameters()
            .Single(p => p.name == "token4classifier").parameter));
    }

    [Theory]
    [InlineData(ScalarType.Float64, 1e-5f)]
    [InlineData(ScalarType.BFloat16, 0.15f)]
    public void A_model_moves_as_a_whole(ScalarType type, float tolerance)
    {
        manual_seed(0);
        using Meter model = TinyMeter.New();
        var (ids, mask) = TinyMeter.Texts(6, 3);
        Tensor images = TinyMeter.Images(7, 2), before = model.Features(ids, mask, images);
        model.to(type);
        Tensor after = model.Features(ids, mask, images);
        Assert.Equal(type, after.dtype);
        Assert.InRange(before.sub(after.to(ScalarType.Float32)).abs().max().item<float>(), 0, tolerance);
    }

    [Fact]
    public void A_forward_pass_leaves_no_tensor_behind()
    {
        using Meter model = TinyMeter.New();
        model.Skipped = SkipMask.Of(2, 4);
        Tensor images = TinyMeter.Images(9, 2);
        var (ids, mask) = TinyMeter.Texts(6, 3);
        void Pass()
        {
            using Embedded text = model.EmbedText(ids, mask), image = model.EmbedImage(images);
            using MeterOutput output = model.Encode(text, image);
            using Tensor cls = model.Fuse(text, image);
        }
        ModuleTensors.LeavesNothing(Pass);
    }

    [Fact]
    public void What_does_not_fit_together_is_refused_in_a_sentence()
    {
        using Meter model = TinyMeter.New();
        Assert.StartsWith("The image tower was built for 32x32 pixels but was given 32x40;",
            Refuses.Recipe(() => model.EmbedImage(zeros(1, 3, 32, 40))).Message);
        Assert.StartsWith("Unknown textEncoder 'robert'. Did you mean 'roberta'?",
            Refuses.Recipe(() => TinyMeter.New(config: TinyMeter.Config with { TextEncoder = "robert" })).Message);
        Assert.StartsWith("maxTextLength is 11, but 12 textPositions of a roberta encoder hold 10 tokens;",
            Refuses.Recipe(() => TinyMeter.New(config: TinyMeter.Config with { MaxTextLength = 11 })).Message);
    }

    private static (Embedded Text, Embedded Image) Batch(Meter model)
    {
        var (ids, mask) = TinyMeter.Texts(6, 3);
        return (model.EmbedText(ids, mask), model.EmbedImage(TinyMeter.Images(4, 2)));
    }

    private static void Same(Tensor expected, Tensor actual) => ModuleTensors.Near(expected, actual, 2e-6f);
}
