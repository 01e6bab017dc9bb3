namespace Das.Tests.Benchmarks;

public sealed class PairedTestTests
{
    [Theory]
    [InlineData(8, 2, 0.109375)] // 2 · (1 + 10 + 45) / 1024
    [InlineData(2, 8, 0.109375)]
    [InlineData(5, 0, 0.0625)] // 2 / 32
    [InlineData(28, 12, 0.01658900337497471)] // by whole numbers
    [InlineData(500, 400, 0.0009564441369189461)]
    public void Questions_that_one_alone_has_right_are_a_fair_coins_throws(int gained, int lost, double expected) =>
        Assert.Equal(1, PairedTest.McNemarP(gained, lost) / expected, 1e-11);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 3)]
    [InlineData(100_001, 100_000)]
    public void As_many_gained_as_lost_says_nothing(int gained, int lost) => Assert.InRange(PairedTest.McNemarP(gained, lost), .99, 1);

    [Fact]
    public void A_large_split_neither_overflows_nor_vanishes()
    {
        // The normal approximation with continuity correction: z = 999 / √119,000 = 2.896, p = 0.003779.
        Assert.Equal(0.003779, PairedTest.McNemarP(60_000, 59_000), 5e-6);
        Assert.InRange(PairedTest.McNemarP(60_000, 50_000), double.Epsilon, 1e-190);
    }

    [Fact]
    public void Right_and_wrong_answers_give_means_a_paired_interval_and_McNemars_p()
    {
        PairedTest test = PairedTest.Of([1, 0, 0, 0], [1, 1, 1, 0]);
        Assert.Equal((PairedTest.McNemar, 4, 0.25, 0.75, 0.5), (test.Method, test.Questions, test.Before, test.After, test.Difference));
        double half = 1.959963984540054 * Math.Sqrt(1.0 / 3 / 4); // differences 0, 1, 1, 0: s² = 1/3
        Assert.Equal((0.5 - half, 1, 0.5), (test.Low, test.High, test.PValue)); // two of two gained: 2 / 4; the upper end is cut at 1
    }

    [Theory]
    [InlineData(0.25, .3, .6, .9)] // only all plus and all minus reach 1.8: 2 of 8
    [InlineData(1, .3, .3, -.6)] // nothing is less than 0
    [InlineData(0.75, .6, .3, -.3)] // |sum| ≥ 0.6 in 6 of 8
    public void Few_graded_differences_are_tried_with_every_sign(double expected, params double[] differences)
    {
        double[] before = [.. differences.Select(d => d < 0 ? -d : 0), 0.9], after = [.. differences.Select(d => d > 0 ? d : 0), 0.9];
        PairedTest test = PairedTest.Of(before, after);
        Assert.Equal((PairedTest.SignFlips, expected), (test.Method, test.PValue));
    }

    [Fact]
    public void Many_graded_differences_of_one_size_are_a_coins_throws_again()
    {
        double[] before = [.. Enumerable.Repeat(0.0, 28), .. Enumerable.Repeat(0.5, 12)],
            after = [.. Enumerable.Repeat(0.5, 28), .. Enumerable.Repeat(0.0, 12)];
        PairedTest test = PairedTest.Of(before, after);
        double exact = PairedTest.McNemarP(28, 12);
        Assert.Equal(exact, test.PValue, 4 * Math.Sqrt(exact * (1 - exact) / PairedTest.Draws)); // four standard errors of the draws
        Assert.Equal(test, PairedTest.Of(before, after));
    }

    [Fact]
    public void Exchanging_the_two_turns_the_difference_and_keeps_the_p_value()
    {
        SplitMix64 random = SplitMix64.For(7, 0);
        double[] a = [.. Enumerable.Range(0, 300).Select(_ => random.Below(11) / 10.0)], b = [.. Enumerable.Range(0, 300).Select(_ => random.Below(11) / 10.0)];
        PairedTest there = PairedTest.Of(a, b), back = PairedTest.Of(b, a);
        Assert.Equal((there.PValue, there.Difference, there.Low), (back.PValue, -back.Difference, -back.High));
        Assert.InRange(there.PValue, 1e-3, 1);
    }

    [Fact]
    public void The_same_answers_twice_do_not_differ()
    {
        Assert.Equal((1, 0, 0), (PairedTest.Of([.3, 1], [.3, 1]).PValue, PairedTest.Of([.3, 1], [.3, 1]).Low, PairedTest.Of([1], [1]).Difference));
        Assert.Throws<ArgumentException>(() => PairedTest.Of([1, 0], [1]));
        Assert.Throws<ArgumentException>(() => PairedTest.Of([], []));
    }
}
