namespace Das.Tests.Training;

/// <summary>When losses are looked at changes nothing of what is computed, and one that is not finite is refused whenever that is.</summary>
public sealed class TrainerTests : TensorTest
{
    private const int Steps = 12;

    [Fact]
    public void Losses_read_at_once_or_at_the_end_are_the_same_and_so_are_the_weights()
    {
        (float[] Losses, byte[] Weights, long[] Reported) at = Train(TimeSpan.Zero, "at-once"), late = Train(TimeSpan.FromDays(1), "late");
        Assert.Equal(at.Losses, late.Losses);
        Assert.Equal(at.Weights, late.Weights);
        Assert.Equal(Enumerable.Range(1, Steps).Select(done => (long)done), late.Reported);
        Assert.True(at.Losses[^1] < at.Losses[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_loss_that_is_not_finite_is_named_by_its_micro_step_and_never_saved(int days)
    {
        using CancellationTokenSource cut = new();
        DasException refused = Assert.Throws<DasException>(() => Train(TimeSpan.FromDays(days), "broken", breaksAt: 5, cut));
        Assert.Contains("became NaN at micro-step 5.", refused.Message);
        Assert.False(File.Exists(folder["broken"]));
    }

    private (float[] Losses, byte[] Weights, long[] Reported) Train(TimeSpan readEvery, string state, int breaksAt = -1, CancellationTokenSource? cut = null)
    {
        manual_seed(1);
        using Parameter weight = nn.Parameter(ones(3));
        using DecoupledAdam optimizer = new([new(0.1, 0, [("weight", weight)])]);
        TrainingPlan plan = new(Steps, 2, 0, TimeSpan.FromDays(1)) { ReadEvery = readEvery };
        List<long> reported = [];
        IReadOnlyList<float> losses = new Trainer([("weight", weight)], optimizer, _ => 1, plan, folder[state])
            .Run(new Squares(weight, breaksAt, cut), (done, _, _) => reported.Add(done), _ => { }, cut?.Token ?? Token);
        return ([.. losses], weight.bytes.ToArray(), [.. reported]);
    }

    private sealed class Squares(Parameter weight, int breaksAt, CancellationTokenSource? cut) : ITrainingTask
    {
        public Tensor Loss(long step)
        {
            if (step == breaksAt) cut?.Cancel(); // Asked to stop, it would save; the loss comes first.
            return weight.mul(weight).sum().Times(step == breaksAt ? double.NaN : 1);
        }
    }
}
