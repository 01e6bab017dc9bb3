namespace Das.Tests.Foundation;

public class NearestTests
{
    [Theory]
    [InlineData("vitl", "vilt")]
    [InlineData("VILT", "vilt")]
    [InlineData("easy", "easy-vqa")]
    [InlineData("lerning_rate", "learningRate")]
    public void A_slip_finds_the_name_that_was_meant(string word, string meant) =>
        Assert.Equal(meant, Nearest.To(word, ["meter", "vilt", "easy-vqa", "learningRate"]));

    [Theory]
    [InlineData("train", "train")]
    [InlineData("TRAIN", "train")]
    [InlineData("restval", "restval")]
    public void The_same_word_in_another_case_comes_before_longer_ones(string word, string meant) =>
        Assert.Equal(meant, Nearest.To(word, ["train2", "restvals", "train", "restval"]));

    [Fact]
    public void Names_from_a_hostile_file_cost_a_bounded_amount_of_work()
    {
        string[] endless = [.. Enumerable.Repeat(new string('x', 100_000), 50), "vilt"];
        Assert.Equal("vilt", Nearest.To("vitl", endless));
        Assert.Null(Nearest.To(new string('x', 100_000), endless));
        Assert.Null(Nearest.To("vitl", Enumerable.Repeat("meter", 5000).Append("vilt")));
    }

    [Fact]
    public void A_word_that_resembles_nothing_gets_no_suggestion() =>
        Assert.Equal("Unknown backbone 'xyz'. Known: meter, vilt.", Nearest.Unknown("backbone", "xyz", ["meter", "vilt"]));

    [Fact]
    public void An_unknown_name_is_answered_with_the_nearest_and_all_known_ones() =>
        Assert.Equal("Unknown backbone 'vitl'. Did you mean 'vilt'? Known: meter, vilt.", Nearest.Unknown("backbone", "vitl", ["meter", "vilt"]));
}
