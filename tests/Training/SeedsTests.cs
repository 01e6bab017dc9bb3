
namespace Das.Tests.Training;

public sealed class SeedsTests
{
    [Fact]
    public void A_choice_depends_on_seed_purpose_and_position_only()
    {
        Assert.Equal(Seeds.Of(3, "train/order", 5), Seeds.Of(3, "train/order", 5));
        ulong[] others = [Seeds.Of(4, "train/order", 5), Seeds.Of(3, "reward/order", 5), Seeds.Of(3, "train/order", 6)];
        Assert.DoesNotContain(Seeds.Of(3, "train/order", 5), others);
    }

    [Fact]
    public void Draws_without_replacement_follow_the_weights()
    {
        float[] weights = [0.1f, 0.2f, 0.7f];
        int[] first = new int[3];
        for (int t = 0; t < 20_000; t++) first[Seeds.Random(0, "test", t).DrawWithoutReplacement(weights, 2)[0]]++;
        for (int i = 0; i < 3; i++) Assert.Equal(weights[i], first[i] / 20_000.0, 0.015);
    }

    [Fact]
    public void Too_few_positive_weights_are_an_error() =>
        Assert.Throws<ArgumentException>(() => Seeds.Random(0, "test", 0).DrawWithoutReplacement([1f, 0f, 0f], 2));

    [Fact]
    public void Every_epoch_visits_every_sample_once_in_another_order()
    {
        EpochStream stream = new(count: 10, batch: 4, seed: 0, purpose: "train");
        Assert.Equal(3, stream.PerEpoch);
        int[] first = [.. Enumerable.Range(0, 3).SelectMany(b => stream[b])], second = [.. Enumerable.Range(3, 3).SelectMany(b => stream[b])];
        Assert.Equal(Enumerable.Range(0, 10), first.Order());
        Assert.Equal(Enumerable.Range(0, 10), second.Order());
        Assert.NotEqual(first, second);
    }
}
