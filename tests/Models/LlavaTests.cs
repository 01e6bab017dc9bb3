namespace Das.Tests.Models;

public sealed class LlavaTests : TensorTest
{
    [Fact]
    public void A_placeholder_becomes_its_image_s_vectors_of_which_none_is_learnt()
    {
        using IDisposable frozen = no_grad();
        using Llava model = TinyLlava.New();
        TokenBatch batch = TinyLlava.Texts([5, 4], [true, false]);
        Sequence sequence = model.Assemble(batch);
        Assert.Equal([8, 4], sequence.Lengths);
        Tensor Words(int row, int from, int to) => model.Embed(batch.Ids.narrow(0, row, 1).narrow(1, from, to - from))[0];
        Assert.True(sequence.Embeddings[0].allclose(cat([Words(0, 0, 2), model.Project(model.ImageTower(batch.Image!.narrow(0, 0, 1)))[0], Words(0, 3, 5)], 0),
            rtol: 1e-5, atol: 1e-6));
        Assert.True(sequence.Embeddings[1][..4].Equals(Words(1, 0, 4)));

        long[] first = Continuations.Longs(batch.Labels![0]), second = Continuations.Longs(batch.Labels[1]);
        const long no = TokenBatch.Ignored;
        Assert.Equal([.. first[..2], no, no, no, no, .. first[3..5], .. second[..4], no, no, no, no], Continuations.Longs(sequence.Labels!.flatten()));
    }

    [Fact]
    public void Kept_features_of_an_image_are_its_pixels_bit_for_bit_whatever_stands_beside_it()
    {
        using Llava model = TinyLlava.New();
        model.FreezeForAdapters();
        TokenBatch batch = TinyLlava.Texts([6, 4, 5], [true, false, true]);
        Assert.True(model.HasFrozenImageTower);
        Tensor together = model.ImageTower(batch.Image!), alone = cat([.. batch.Image!.split(1, 0).Select(model.ImageTower)], 0);
        Assert.Equal([3, 4, 12], together.shape);
        Assert.True(together.Equals(alone));
        Assert.False(together.requires_grad);

        Tensor[] Learnt(Tensor image)
        {
            model.zero_grad();
            LanguageObjective.Loss(model, batch with { Image = image }).backward();
            return model.Gradients();
        }
        Tensor[] fresh = Learnt(batch.Image!), kept = Learnt(together);
        Assert.NotEmpty(fresh);
        Assert.All(fresh.Zip(kept), pair => Assert.True(pair.First.Equals(pair.Second)));
    }

    [Fact]
    public void The_image_of_a_text_without_a_placeholder_is_not_looked_at()
    {
        using IDisposable frozen = no_grad();
        using Llava model = TinyLlava.New();
        TokenBatch batch = TinyLlava.Texts([5, 4], [false, true]);
        Tensor expected = model.Assemble(batch).Embeddings;
        batch.Image![0].fill_(Scalars.Of(double.NaN));
        Assert.True(model.Assemble(batch).Embeddings.Equals(expected));
        Assert.Equal([5, 4], model.Assemble(TinyLlava.Texts([5, 4], [false, false]) with { Image = null, HasImage = [] }).Lengths);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[0, 2]")]
    [InlineData("[0, 1, 2]")]
    public void Texts_are_continued_the_same_with_and_without_a_cache_whatever_is_skipped(string layers)
    {
        using Llava model = TinyLlava.New(SkipMask.Parse(layers));
        TokenBatch prompts = TinyLlava.Texts([7, 4, 5], [true, false, true]);
        IReadOnlyList<int[]> cached = TextGenerator.Continue(model, prompts, new(6, -1), Token);
        Assert.Equal(cached, TextGenerator.Continue(model, prompts, new(6, -1) { UsesCache = false }, Token));
        Assert.All(cached, text => Assert.Equal(6, text.Length));
    }

    [Fact]
    public void Skipped_layers_add_their_norm_and_its_adapter_to_the_stream()
    {
        using IDisposable frozen = no_grad();
        using Llava model = TinyLlava.New(SkipMask.Of(0));
        IReadOnlyList<Tensor> states = model.HiddenStates(model.Assemble(TinyLlava.Texts([6], [true])), [0, 1]);
        Dictionary<string, Tensor> w = model.state_dict();
        Tensor x = states[0], z = x.mul(x.mul(x).mean([-1], keepdim: true).Plus(1e-5).rsqrt()).mul(w["layers.0.attention_norm.weight"]);
        Tensor Linear(Tensor input, string name) =>
            nn.functional.linear(input, w[$"layers.0.adapter_replace.{name}.weight"], w[$"layers.0.adapter_replace.{name}.bias"]);
        new Tolerance(1e-5, 1e-5).Check("skipped", x.add(z).add(Linear(Linear(z, "down").relu(), "up")), states[1]);
    }

    [Fact]
    public void Images_that_do_not_fit_the_texts_are_refused()
    {
        using Llava model = TinyLlava.New();
        TokenBatch batch = TinyLlava.Texts([5, 4], [true, false]);
        string Refused(TokenBatch wrong) => Assert.Throws<ArgumentException>(() => model.Assemble(wrong)).Message;
        Assert.Contains("the batch has no images", Refused(batch with { Image = null }));
        Assert.Contains("has 1 images, where its texts take 2", Refused(batch with { Image = batch.Image!.narrow(0, 0, 1) }));
        Assert.Contains("Row 0 of the batch is said to have no image, but its text has 1 placeholders (-200)",
            Refused(batch with { HasImage = [false, false] }));
        Assert.Contains("Row 1 of the batch is said to have an image", Refused(batch with { HasImage = [true, true] }));
        Assert.Contains("where this model's tower makes (4, 12)", Refused(batch with { Image = zeros(2, 5, 12) }));
        Refuses.Recipe("28x28 pixels but was given 14x14", () => model.Assemble(batch with { Image = zeros(2, 3, 14, 14) }));
    }

    [Fact]
    public void Values_that_cannot_be_are_named()
    {
        string Refused(LlavaConfig wrong) => Refuses.Recipe(() => new Llava(wrong)).Message;
        Assert.Contains("Known: patch, cls_patch", Refused(TinyLlava.Config with { SelectFeature = "patches" }));
        Assert.Contains("Known: mlp2x_gelu, linear", Refused(TinyLlava.Config with { Projector = "mlp" }));
        Assert.Contains("Known: bottleneck", Refused(TinyLlava.Config with { AdapterForm = "router" }));
        Assert.Contains("selectLayer is -5, which is no state of an image tower of 3 blocks: give 0 to 3, or -4 to -1",
            Refused(TinyLlava.Config with { SelectLayer = -5 }));
        Assert.Contains("maxLength is 4, but an image alone takes 4", Refused(TinyLlava.Config with { MaxLength = 4 }));
    }

    [Fact]
    public void Texts_and_models_call_the_placeholder_by_the_same_number() => Assert.Equal(TokenBatch.ImageToken, ConversationRow.Image);
}
