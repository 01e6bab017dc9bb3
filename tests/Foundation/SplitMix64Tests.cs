namespace Das.Tests.Foundation;

/// <summary>Datasets, pretrained models and recorded runs are functions of these numbers. The expected ones come from the generator's definition,
/// computed outside this code.</summary>
public sealed class SplitMix64Tests
{
    [Fact]
    public void The_stream_of_a_seed_is_the_published_one()
    {
        SplitMix64 stream = new(0);
        Assert.Equal([0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454FUL], Enumerable.Range(0, 3).Select(_ => stream.Next()));
        Assert.Equal(0xE220A8397B1DCDAF, SplitMix64.Mix(0));
    }

    [Fact]
    public void The_numbers_that_datasets_are_drawn_from_stay_the_same()
    {
        SplitMix64 stream = SplitMix64.For(7, 3);
        Assert.Equal([799, 176, 375, 550, 118], Enumerable.Range(0, 5).Select(_ => stream.Below(1000)));
        int[] order = [.. Enumerable.Range(0, 8)];
        SplitMix64.For(7, 3).Shuffle<int>(order);
        Assert.Equal([4, 7, 3, 0, 5, 2, 1, 6], order);
    }

    [Fact]
    public void The_numbers_that_training_draws_stay_the_same()
    {
        Assert.Equal(0xD47872AD61FE0154, Seeds.Of(3, "train/order", 5));
        SeededRandom random = Seeds.Random(3, "train/order", 5);
        Assert.Equal([334, 740, 921, 443, 698], Enumerable.Range(0, 5).Select(_ => random.Next(1000)));
        Assert.Equal(0.26272613249736787, random.NextDouble());
        Assert.Equal([1, 3, 0, 4, 7, 6, 5, 2], Seeds.Random(3, "train/order", 5).Permutation(8));
    }

    [Fact]
    public void A_bounded_number_takes_half_of_the_bits_for_datasets_and_all_of_them_in_training()
    {
        Assert.Equal(243632753, new SplitMix64(3).Below(int.MaxValue));
        Assert.Equal(243632754, new SeededRandom(3).Next(int.MaxValue));
    }
}
