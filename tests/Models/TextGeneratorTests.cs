namespace Das.Tests.Models;

public sealed class TextGeneratorTests() : TensorTest(learns: false)
{
    private const int End = 1;

    public static TheoryData<string, double> Ways => new() { { "[]", 0 }, { "[0]", 0 }, { "[1, 2]", 0 }, { "[0, 1, 2, 3]", 0 }, { "[]", 0.7 }, { "[3]", 1.3 } };

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_text_is_the_same_alone_in_company_and_without_a_cache(string layers, double temperature)
    {
        using Llama model = TinyLlama.New();
        model.Skipped = SkipMask.Parse(layers);
        TokenBatch prompts = TinyLlama.Texts(1, 3, 9, 1, 6, 5, 2);
        GenerationOptions options = new(12, End) { Temperature = temperature, TopP = 0.9, Seed = 5 };
        IReadOnlyList<int[]> together = Continuations.Texts(model, prompts, options);
        Assert.Equal(together, Continuations.Texts(model, prompts, options with { UsesCache = false }));
        for (int row = 0; row < 6; row++) Assert.Equal(together[row], Continuations.Texts(model, TinyLlama.Row(prompts, row), options).Single());
        Assert.True(together.Select(tokens => string.Join(' ', tokens)).Distinct().Count() > 3);
    }

    [Theory]
    [InlineData("bottleneck", true)]
    [InlineData("router", true)]
    [InlineData("router", false)]
    public void Texts_that_have_ended_make_room_for_the_next_prompts(string adapters, bool cached)
    {
        using Llama model = TinyLlama.New(config: TinyLlama.Config with { AdapterForm = adapters });
        TokenBatch prompts = TinyLlama.Texts(11, 3, 9, 1, 32, 6, 5, 2, 31, 4, 8);
        int[] endless = Continuations.Texts(model, TinyLlama.Row(prompts, 0), new(12, -1)).Single();
        GenerationOptions options = new(12, endless[4]) { UsesCache = cached };
        List<int> asked = [];
        IReadOnlyList<int[]> texts = TextGenerator.Continue(model, 10, width: 4, (first, count) =>
        {
            Assert.Equal(asked.Sum(), first);
            asked.Add(count);
            return new(prompts.Ids.narrow(0, first, count), [.. prompts.Lengths.Skip(first).Take(count)]);
        }, options, Token);
        Assert.Equal(Enumerable.Range(0, 10).Select(row => Continuations.Texts(model, TinyLlama.Row(prompts, row), options).Single()), texts);
        Assert.Equal((10, 4), (asked.Sum(), asked[0]));
        Assert.Equal(cached, asked.Contains(1));
        Assert.True(texts.Select(tokens => tokens.Length).Distinct().Count() > 3);
    }

    [Fact]
    public void A_text_ends_before_the_end_token_and_its_companions_go_on()
    {
        using Llama model = TinyLlama.New();
        TokenBatch prompts = TinyLlama.Texts(2, 4, 7, 5, 6);
        IReadOnlyList<int[]> endless = Continuations.Texts(model, prompts, new(10, -1));
        int end = endless[0][3];
        IReadOnlyList<int[]> ended = Continuations.Texts(model, prompts, new(10, end));
        for (int row = 0; row < 4; row++)
        {
            int at = Array.IndexOf(endless[row], end);
            Assert.Equal(at < 0 ? endless[row] : endless[row][..at], ended[row]);
        }
        Assert.InRange(ended[0].Length, 0, 3);
        Assert.Contains(ended, tokens => tokens.Length > ended[0].Length);
    }

    [Fact]
    public void No_text_grows_beyond_the_longest_sequence()
    {
        using Llama model = TinyLlama.New();
        TokenBatch prompts = TinyLlama.Texts(3, 30, 10, 32);
        foreach (bool cached in (bool[])[true, false])
            Assert.Equal([2, 22, 0], Continuations.Texts(model, prompts, new(25, -1) { UsesCache = cached }).Select(tokens => tokens.Length));
        Assert.All(Continuations.Texts(model, prompts, new(0, -1)), Assert.Empty);
    }

    [Fact]
    public void Another_seed_draws_another_text_and_the_same_seed_the_same()
    {
        using Llama model = TinyLlama.New();
        TokenBatch prompts = TinyLlama.Texts(4, 4);
        string Drawn(ulong seed) => string.Join(' ', Continuations.Texts(model, prompts, new(15, -1) { Temperature = 1.5, Seed = seed }).Single());
        Assert.Equal(Drawn(1), Drawn(1));
        Assert.Equal(4, Enumerable.Range(0, 4).Select(seed => Drawn((ulong)seed)).Distinct().Count());
    }

    [Fact]
    public void Little_temperature_or_a_small_nucleus_draws_the_likeliest()
    {
        using Llama model = TinyLlama.New();
        TokenBatch prompts = TinyLlama.Texts(5, 4, 6);
        IReadOnlyList<int[]> greedy = Continuations.Texts(model, prompts, new(10, -1));
        Assert.Equal(greedy, Continuations.Texts(model, prompts, new(10, -1) { Temperature = 1e-4 }));
        Assert.Equal(greedy, Continuations.Texts(model, prompts, new(10, -1) { Temperature = 1, TopP = 1e-9 }));
    }

    [Fact]
    public void Tokens_are_drawn_as_often_as_they_are_likely()
    {
        double[] p = Nucleus.Probabilities([0.5f, 2, -1, 1.25f], temperature: 0.5);
        Assert.Equal(1, p.Sum(), 12);
        Assert.Equal(Math.Exp(3), p[1] / p[0], 9);
        (int[] tokens, double[] kept) = Nucleus.Filter(p, 0.9);
        Assert.Equal([1, 3], tokens);
        Assert.Equal(p[1] / (p[1] + p[3]), kept[0], 12);
        int[] drawn = [.. Enumerable.Range(0, 1000).Select(i => Nucleus.Draw((tokens, kept), i / 1000.0))];
        Assert.InRange(drawn.Count(token => token == 1) - (1000 * kept[0]), -1, 1);
        Assert.Equal(4, Nucleus.Filter(p, 1).Tokens.Length);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[0, 3]")]
    public void An_option_is_as_likely_as_its_tokens_after_each_other(string layers)
    {
        using Llama model = TinyLlama.New();
        model.Skipped = SkipMask.Parse(layers);
        TokenBatch prompts = TinyLlama.Texts(6, 5, 8);
        int[][][] options = [[[4], [5, 6, 7], [9, 4]], [[12, 13, 14, 15], [3]]];
        IReadOnlyList<double[]> sums = Likelihood.Of(model, prompts, options);
        Assert.Equal(options.Select(of => of.Length), sums.Select(of => of.Length));
        for (int row = 0; row < 2; row++)
            for (int o = 0; o < options[row].Length; o++)
            {
                long[] prompt = [.. prompts.Ids[row].narrow(0, 0, prompts.Lengths[row]).data<long>()],
                    text = [.. prompt, .. options[row][o].Select(id => (long)id)];
                Tensor said = model.Logits(model.Hidden(model.Assemble(new(tensor(text, 1, text.Length), [text.Length]))))[0].log_softmax(-1);
                double expected = options[row][o].Select((token, t) => (double)said[prompt.Length + t - 1][token].item<float>()).Sum();
                Assert.Equal(expected, sums[row][o], 4);
            }
    }

    [Fact]
    public void An_option_without_a_token_is_refused()
    {
        Assert.StartsWith("An option has no token", Assert.Throws<ArgumentException>(() =>
            Likelihood.Of(TinyLlama.New(), TinyLlama.Texts(1, 2), [[[3], []]])).Message);
    }

    [Fact]
    public void A_continued_text_leaves_no_tensor_behind()
    {
        using Llama model = TinyLlama.New();
        TokenBatch prompts = TinyLlama.Texts(7, 3, 6, 4);
        void Continue(bool cached) => Continuations.Texts(model, prompts, new(5, End) { Temperature = 0.5, UsesCache = cached });
        void All()
        {
            Continue(true);
            Continue(false);
            TextGenerator.Continue(model, 4, 2, (first, _) => TinyLlama.Row(prompts, first % 2), new(5, End), Token);
            Likelihood.Of(model, prompts, [[[3, 4]], [[5], [6, 7]], [[8]]]);
        }
        All();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        All();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Being_cancelled_takes_effect_between_two_tokens()
    {
        using Llama model = TinyLlama.New();
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => TextGenerator.Continue(model, TinyLlama.Texts(8, 3), new(5, End), source.Token));
    }
}
