namespace Das.Tests.Search;

public sealed class ArchitectureSearchTests : TensorTest
{
    [Fact]
    public void After_a_preference_update_the_gradients_are_those_of_the_trained_subnetwork_even_where_layers_are_recomputed()
    {
        Chain model = new(6);
        HashSet<SkipMask> rewarded = [];
        SkipMask? trained = null;
        ArchitectureSearch search = new(model, new SkipPolicy(6, 2, 3), new UpdateSchedule(Every: 1, Warmup: 0), seed: 4,
            _ =>
            {
                trained = model.Skipped;
                return model.Forward(ones(1));
            },
            _ =>
            {
                rewarded.Add(model.Skipped);
                return 1;
            });

        for (int step = 0; step < 5; step++)
        {
            search.Loss(step).backward();
            Assert.Equal(trained, model.Skipped);
            Assert.Equal(Enumerable.Range(0, 6).Where(i => !trained!.Contains(i)), Enumerable.Range(0, 6).Where(i => model.Weights[i].grad is not null));
            foreach (Parameter weight in model.Weights) weight.grad = null;
        }
        Assert.True(rewarded.Count > 3);
    }

    [Theory]
    [InlineData(450, 3)]
    [InlineData(310, 2)]
    [InlineData(149, 1)]
    [InlineData(10, 1)]
    public void An_interval_of_0_is_a_150th_of_an_epoch_and_never_nothing(int microStepsPerEpoch, int every) =>
        Assert.Equal(every, UpdateSchedule.Of(new SearchRecipe { Every = 0 }, microStepsPerEpoch).Every);

    [Theory]
    [InlineData(1, 603, 603)]
    [InlineData(0.25, 603, 151)] // 150.75
    [InlineData(1 / 3.0, 7, 3)]  // 2.33
    [InlineData(0.29, 100, 29)]  // 28.999… in floating point
    [InlineData(2.3, 10, 23)]
    [InlineData(0, 5, 0)]
    public void The_first_update_is_at_or_after_a_warm_up_of_fractions_of_epochs(double epochs, int microStepsPerEpoch, long first) =>
        Assert.Equal(first, UpdateSchedule.Of(new SearchRecipe { WarmupEpochs = epochs, Every = 1 }, microStepsPerEpoch).First);

    [Fact]
    public void A_curriculum_reaches_all_layers_halfway_through_the_warm_up()
    {
        UpdateSchedule schedule = UpdateSchedule.Of(new SearchRecipe { WarmupSteps = 19, Curriculum = true, Every = 3 }, 1000);
        Assert.Equal([1, 1, 2, 2, 3, 3, 3, 4, 4, 4], Enumerable.Range(0, 10).Select(step => schedule.Skipped(step, 4)));
        Assert.Equal(19, schedule.First);
        Assert.Equal(4, new UpdateSchedule(3, 19).Skipped(0, 4));
    }

    [Fact]
    public void An_update_is_a_comparison_and_a_reward_against_the_average()
    {
        SkipPolicy whole = new(6, 2, 3), halves = new(6, 2, 3);
        static double Loss(SkipMask skipped) => skipped.Sum() * 0.1;
        whole.Update(Draw(), Loss);
        IReadOnlyList<Candidate> candidates = halves.Compare(Draw(), Loss);
        Assert.All(halves.Preferences, preference => Assert.Equal(0, preference));
        halves.Reward(candidates, candidates.Average(c => c.Reward));
        Assert.Equal(whole.Preferences, halves.Preferences);

        static WeightedDraw Draw() => Seeds.Random(5, "test", 0).DrawWithoutReplacement;
    }

    /// <summary>Layers that multiply by a number each, recomputed in the backward pass; a skipped one has no weight.</summary>
    private sealed class Chain(int layers) : ISkippable
    {
        public Parameter[] Weights { get; } = [.. Enumerable.Range(0, layers).Select(i => new Parameter(full(1, 1.1f + i)))];

        public int CandidateCount => layers;

        public SkipMask Skipped { get; set; } = SkipMask.Empty;

        public Tensor Forward(Tensor x)
        {
            for (int i = 0; i < layers; i++)
            {
                int layer = i;
                x = Recomputed.Run(stream => Skipped.Contains(layer) ? stream.mul(2) : stream.mul(Weights[layer]), x);
            }
            return x.sum();
        }
    }
}
