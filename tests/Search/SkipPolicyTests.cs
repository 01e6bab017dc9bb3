namespace Das.Tests.Search;

public sealed class SkipPolicyTests
{
    [Theory]
    [InlineData(8, 0, 3)]
    [InlineData(8, 8, 1)]
    [InlineData(8, 9, 3)]
    [InlineData(3, 1, 4)]
    [InlineData(12, 11, 13)]
    public void More_subnetworks_than_exist_are_refused_instead_of_searched_for_ever(int layers, int skip, int subnetworks)
    {
        DasException refused = Refuses.Recipe(() => new SkipPolicy(layers, skip, subnetworks));
        Assert.Contains("search.", refused.Message);
    }

    [Fact]
    public void Exactly_as_many_subnetworks_as_exist_are_all_compared_even_when_the_preferences_have_settled()
    {
        SkipPolicy policy = new(4, 1, 4);
        policy.Preferences[2] = 90;
        IReadOnlyList<Candidate> candidates = policy.Update(Seeds.Random(1, "test", 0).DrawWithoutReplacement, _ => 1);
        Assert.Equal(4, candidates.Select(c => c.Skipped).Distinct().Count());
    }

    [Fact]
    public void A_layer_whose_removal_costs_nothing_is_found()
    {
        SkipPolicy policy = new(8, 2, 3);
        for (int update = 0; update < 400; update++)
            policy.Update(Seeds.Random(7, "test", update).DrawWithoutReplacement, skipped => skipped.Sum(i => i is 3 or 6 ? 0.0 : 0.5));
        Assert.Equal(SkipMask.Of([3, 6]), policy.Choice());
    }

    [Fact]
    public void Only_skipped_layers_change_and_their_changes_cancel_when_each_is_skipped_once()
    {
        SkipPolicy policy = new(3, 1, 3);
        policy.Update(Seeds.Random(0, "test", 0).DrawWithoutReplacement, skipped => skipped.Contains(0) ? 0.1 : 1.0);
        Assert.True(policy.Preferences[0] > 0);
        Assert.Equal(0, policy.Preferences.Sum(), 6);
    }

    [Fact]
    public void An_update_is_its_formula_at_any_step_size_and_reward_scale()
    {
        const double stepSize = 0.3, rewardScale = 0.2;
        float[] before = [0.5f, -1, 2, 0, 1.5f];
        int[][] drawn = [[0, 3], [3, 1], [4, 2]];
        double[] losses = [3, 0.5, 7];
        SkipPolicy policy = new(5, 2, 3, stepSize, rewardScale);
        before.CopyTo(policy.Preferences, 0);
        Queue<int[]> draws = new(drawn);
        policy.Update((_, _) => draws.Dequeue(), skipped => losses[Array.FindIndex(drawn, d => skipped.Equals(SkipMask.Of(d)))]);

        double[] rewards = [.. losses.Select(loss => Math.Exp(-loss * rewardScale))];
        for (int i = 0; i < 5; i++)
        {
            double p = 1 / (1 + Math.Exp(-before[i])), gained = drawn.Zip(rewards, (d, reward) => d.Contains(i) ? reward - rewards.Average() : 0).Sum();
            Assert.Equal(before[i] + (stepSize * gained * p * (1 - p)), policy.Preferences[i], 1e-6);
        }
    }

    [Fact]
    public void A_loss_that_is_not_a_number_ends_the_search_with_a_sentence() =>
        Assert.Contains("skips [", Refuses.Of(ErrorKind.Training, () =>
            new SkipPolicy(4, 1, 2).Update(Seeds.Random(0, "test", 0).DrawWithoutReplacement, _ => double.NaN)).Message);

    [Fact]
    public void The_first_update_comes_at_the_end_of_the_warm_up_and_then_every_T_steps()
    {
        UpdateSchedule schedule = new(Every: 10, Warmup: 25);
        Assert.Equal([25, 35, 45], Enumerable.Range(0, 50).Where(step => schedule.IsDue(step)));
        Assert.Equal([9, 19], Enumerable.Range(0, 20).Where(step => new UpdateSchedule(10, 0).IsDue(step)));
    }
}
