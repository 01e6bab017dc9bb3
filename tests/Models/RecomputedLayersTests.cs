namespace Das.Tests.Models;

/// <summary>Decoders whose layers are computed again in the backward pass.</summary>
public sealed class RecomputedLayersTests : TensorTest
{
    [Fact]
    public void A_search_has_the_same_bits_with_preference_updates_between_forward_and_backward()
    {
        Assert.Equal(Search(recompute: false), Search(recompute: true));
    }

    [Fact]
    public void A_training_step_with_images_has_the_same_bits()
    {
        Assert.Equal(Step(recompute: false), Step(recompute: true));

        float[] Step(bool recompute)
        {
            using Lavin model = TinyLavin.New(config: TinyLavin.Config with { AdapterForm = "router", DropRate = 0.3 });
            return [.. Trained(model, recompute, () => LanguageObjective.Loss(model, TinyLavin.Texts([12, 9], [true, false])))];
        }
    }

    [Fact]
    public void Only_language_models_compute_layers_again()
    {
        using Vilt model = TinyVilt.New();
        model.Recomputes = false;
        Assert.Equal("optimization.recompute is true, but Vilt keeps what its layers compute: only language models compute layers again. Remove it; a "
            + "smaller microBatch saves memory too.",
            Refuses.Recipe(() => model.Recomputes = true).Message);
    }

    /// <summary>Losses, gradients and preferences of six micro-steps, every second of which updates preferences.</summary>
    private static float[] Search(bool recompute)
    {
        using Llama model = TinyLlama.New(config: TinyLlama.Config with { AdapterForm = "router", DropRate = 0.3 });
        SkipPolicy policy = new(model.CandidateCount, skip: 2, subnetworks: 3);
        List<SkipMask> rewarded = [];
        ArchitectureSearch search = new(model, policy, new UpdateSchedule(Every: 2, Warmup: 0), seed: 1,
            step => LanguageObjective.Loss(model, TinyLlama.Texts((int)step, 9, 5)),
            update =>
            {
                rewarded.Add(model.Skipped);
                model.eval();
                float loss = LanguageObjective.Loss(model, TinyLlama.Texts(100 + (int)update, 7)).item<float>();
                model.train();
                return loss;
            });
        List<float> numbers = [];
        for (long step = 0; step < 6; step++) numbers.AddRange(Trained(model, recompute, () => search.Loss(step)));
        Assert.True(rewarded.Distinct().Count() > 1);
        return [.. numbers, .. policy.Preferences];
    }

    /// <summary>The loss of one micro-step, all its gradients, and the next random number.</summary>
    private static IEnumerable<float> Trained(LanguageModel model, bool recompute, Func<Tensor> compute)
    {
        using DisposeScope step = NewDisposeScope();
        model.FreezeForAdapters();
        model.train();
        model.Recomputes = recompute;
        manual_seed(5);
        Tensor loss = compute();
        Recomputed.Backward(loss);
        List<float> numbers = [loss.item<float>()];
        foreach (Parameter parameter in model.parameters())
        {
            if (parameter.grad is { } gradient) numbers.AddRange(gradient.data<float>().ToArray());
            parameter.grad = null;
        }
        numbers.Add(rand(1).item<float>());
        Assert.True(numbers.Count(n => n != 0) > 100);
        return numbers;
    }
}
