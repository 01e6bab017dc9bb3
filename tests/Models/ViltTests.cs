namespace Das.Tests.Models;

public sealed class ViltTests() : TensorTest(learns: false)
{
    public static TheoryData<string> Masks => ["[]", "[0]", "[3]", "[1, 2]", "[0, 3]", "[0, 1, 2, 3]"];

    [Theory]
    [MemberData(nameof(Masks))]
    public void A_finished_model_equals_the_searched_one_that_skips_the_same_layers(string layers)
    {
        SkipMask mask = SkipMask.Parse(layers);
        using Vilt searched = TinyVilt.New(), finished = TinyVilt.New(mask);
        TinyVilt.CopyShared(searched, finished);
        searched.Skipped = mask;
        Assert.Equal(mask, finished.Skipped);

        Tensor images = TinyVilt.Images(3, 4, 5, (4, 5), (3, 2));
        var (ids, text) = TinyVilt.Texts(6, 3);
        Assert.True(searched.Encode(ids, text, images).Cls.Equals(finished.Encode(ids, text, images).Cls));
        Same(searched.Encode(ids, text, images).Cls, searched.Features(ids, text, images));
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void A_removed_block_has_no_parameters_and_a_kept_one_no_replacement(string layers)
    {
        SkipMask mask = SkipMask.Parse(layers);
        using Vilt finished = TinyVilt.New(mask);
        string[] names = [.. finished.state_dict().Keys];
        for (int i = 0; i < finished.CandidateCount; i++)
        {
            Assert.Equal(mask.Contains(i), !names.Any(n => n.StartsWith($"transformer.blocks.{i}.")));
            Assert.Equal(mask.Contains(i), names.Any(n => n.StartsWith($"adapter_list.{i}.0.")));
        }
        using Vilt searched = TinyVilt.New();
        Assert.All(searched.state_dict().Keys.Except(names), name => Assert.True(finished.PretrainedRules.AllowsIgnored(name), name));
    }

    [Fact]
    public void The_company_of_other_samples_does_not_change_a_sample()
    {
        using Vilt model = TinyVilt.New();
        Tensor images = TinyVilt.Images(5, 5, 6, (4, 4), (5, 2), (3, 6), (1, 1));
        (int Height, int Width)[] sizes = [(4, 4), (5, 2), (3, 6), (1, 1)];
        int[] lengths = [8, 2, 5, 3];
        var (ids, text) = TinyVilt.Texts(lengths);
        Tensor together = model.Encode(ids, text, images).Cls;
        for (int b = 0; b < sizes.Length; b++)
        {
            int P = TinyVilt.Config.PatchSize;
            Tensor alone = images.narrow(0, b, 1).narrow(2, 0, sizes[b].Height * P).narrow(3, 0, sizes[b].Width * P);
            Tensor own = ids.narrow(0, b, 1).narrow(1, 0, lengths[b]);
            Same(together[b], model.Encode(own, ones_like(own), alone).Cls[0]);
        }
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(3, 5)]
    [InlineData(1, 6)]
    public void Full_images_take_a_shorter_way_to_the_same_result(int rows, int columns)
    {
        using Vilt model = TinyVilt.New();
        Tensor images = TinyVilt.Images(6, rows, columns, (rows, columns), (rows, columns));
        var (ids, text) = TinyVilt.Texts(5, 5);
        ViltSequence quick = model.Embed(ids, text, images);
        Assert.True(quick.Layout!.IsFull);
        Assert.Null(quick.Mask);

        PatchLayout general = PatchLayout.Given(quick.Layout!.Cells, quick.Layout!.Valid, quick.Layout!.Sizes, rows, columns);
        Assert.False(general.IsFull);
        Same(quick.Hidden, model.Embed(ids, text, images, general).Hidden);
    }

    [Fact]
    public void Positions_follow_the_position_table_wherever_it_changes()
    {
        using Vilt model = TinyVilt.New();
        Tensor images = TinyVilt.Images(7, 3, 5, (3, 5));
        var (ids, text) = TinyVilt.Texts(4);
        Tensor before = model.Embed(ids, text, images).Hidden;
        model.FreezeForAdapters();
        model.named_parameters().Single(p => p.name == "transformer.pos_embed").parameter.add_(1);
        Same(before.narrow(1, 4, 16).add(1), model.Embed(ids, text, images).Hidden.narrow(1, 4, 16));
    }

    [Theory]
    [InlineData(ScalarType.Float64, 1e-5f)]
    [InlineData(ScalarType.BFloat16, 0.1f)]
    public void A_model_moves_as_a_whole(ScalarType type, float tolerance)
    {
        using Vilt model = TinyVilt.New();
        Tensor images = TinyVilt.Images(7, 4, 5, (4, 5), (3, 2));
        var (ids, text) = TinyVilt.Texts(6, 3);
        Tensor before = model.Encode(ids, text, images).Cls;
        model.to(type);
        Tensor after = model.Encode(ids, text, images).Cls;
        Assert.Equal(type, after.dtype);
        Assert.InRange(before.sub(after.to(ScalarType.Float32)).abs().max().item<float>(), 0, tolerance);
    }

    [Fact]
    public void A_longest_image_length_keeps_a_seeded_choice_of_patches()
    {
        using Vilt model = TinyVilt.New(config: TinyVilt.Config with { MaxImageLength = 5 });
        Tensor images = TinyVilt.Images(8, 4, 4, (4, 4), (2, 2));
        var (ids, text) = TinyVilt.Texts(4, 4);
        int[] Cells(int seed)
        {
            model.PatchSeed = seed;
            return model.Embed(ids, text, images).Layout!.Cells;
        }
        Assert.Equal(Cells(1), Cells(1));
        Assert.NotEqual(Cells(1), Cells(2));
        Assert.Equal(5, model.Encode(ids, text, images).PatchIndex.shape[1]);
    }

    [Fact]
    public void A_layer_that_does_not_exist_cannot_be_skipped()
    {
        using Vilt model = TinyVilt.New();
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => model.Skipped = SkipMask.Of(1, 4));
        Assert.Equal("Layer 4 in [1, 4] does not exist: layers are 0 to 3.", error.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => TinyVilt.New(SkipMask.Of(9)));
    }

    [Fact]
    public void A_finished_model_cannot_skip_anything_else()
    {
        using Vilt model = TinyVilt.New(SkipMask.Of(2));
        model.Skipped = SkipMask.Of(2);
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => model.Skipped = SkipMask.Empty);
        Assert.Contains("[2]", error.Message);
    }

    [Fact]
    public void A_head_that_was_not_asked_for_says_so()
    {
        using Vilt model = TinyVilt.New();
        Assert.Contains("image-text-matching", Assert.Throws<InvalidOperationException>(() => model.ItmLogits(zeros(1, 16))).Message);
    }

    [Fact]
    public void A_forward_pass_leaves_no_tensor_behind()
    {
        using Vilt model = TinyVilt.New();
        Tensor images = TinyVilt.Images(9, 4, 5, (4, 5), (3, 2));
        var (ids, text) = TinyVilt.Texts(6, 3);
        void Pass()
        {
            using ViltOutput output = model.Encode(ids, text, images);
            using Tensor cls = model.Features(ids, text, images);
            using Tensor logits = model.VqaLogits(cls);
        }
        ModuleTensors.LeavesNothing(Pass);
    }

    [Fact]
    public void In_pretraining_everything_that_runs_learns()
    {
        using IDisposable learning = enable_grad();
        using Vilt model = TinyVilt.New(config: TinyVilt.Config with { DropRate = 0.1 }, heads: new(TinyVilt.Answers, Mlm: true, Itm: true));
        model.Skipped = SkipMask.Of(1);
        model.train();
        var (ids, text) = TinyVilt.Texts(6, 3);
        ViltOutput output = model.Encode(ids, text, TinyVilt.Images(3, 3, 5, (3, 5), (2, 2)));
        (model.MlmLogits(output.TextFeatures).sum() + model.ItmLogits(output.Cls).sum() + model.VqaLogits(output.Cls).sum()).backward();
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in model.named_parameters())
        {
            bool runs = !name.StartsWith("transformer.blocks.1.") && (!name.StartsWith("adapter_list.") || name.StartsWith("adapter_list.1."));
            Assert.True(runs == parameter.grad is not null, name);
            if (runs) Assert.True(parameter.grad!.isfinite().all().item<bool>(), name);
        }
    }

    [Fact]
    public void Adapters_learn_the_same_from_the_class_token_alone()
    {
        using IDisposable learning = enable_grad();
        using Vilt model = TinyVilt.New();
        model.FreezeForAdapters();
        model.Skipped = SkipMask.Of(3);
        Tensor images = TinyVilt.Images(4, 4, 5, (4, 5), (3, 2));
        var (ids, text) = TinyVilt.Texts(6, 3);
        Tensor[] Gradients(Func<Tensor> cls)
        {
            foreach (TorchSharp.Modules.Parameter parameter in model.parameters()) parameter.grad = null;
            model.VqaLogits(cls()).pow(2).sum().backward();
            return model.Gradients();
        }
        Tensor[] all = Gradients(() => model.Encode(ids, text, images).Cls), alone = Gradients(() => model.Features(ids, text, images));
        Assert.Equal(all.Length, alone.Length);
        foreach ((Tensor one, Tensor other) in all.Zip(alone)) Assert.True(one.allclose(other, rtol: 1e-3, atol: 1e-3 * one.abs().max().item<float>()));
    }

    [Fact]
    public void An_unknown_backbone_is_answered_with_the_likely_one() =>
        Assert.StartsWith(
            $"Unknown backbone 'vitl'. Did you mean 'vilt'? Known: {string.Join(", ", BackboneCatalog.Names.Order(StringComparer.Ordinal))}.",
            Refuses.Recipe(() => BackboneCatalog.Get("vitl")).Message);

    private static void Same(Tensor expected, Tensor actual) => ModuleTensors.Near(expected, actual, 2e-6f);
}
