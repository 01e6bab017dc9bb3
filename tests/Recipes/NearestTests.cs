using Das.Recipes;

namespace Das.Tests.Recipes;

public class NearestTests
{
    [Theory]
    [InlineData("vitl", "vilt")]
    [InlineData("VILT", "vilt")]
    [InlineData("easy", "easy-vqa")]
    [InlineData("lerning_rate", "learningRate")]
    public void A_slip_finds_the_name_that_was_meant(string word, string meant) =>
        Assert.Equal(meant, Nearest.To(word, ["meter", "vilt", "easy-vqa", "learningRate"]));

    [Fact]
    public void A_word_that_resembles_nothing_gets_no_suggestion() =>
        Assert.Equal("Unknown backbone 'xyz'. Known: meter, vilt.", Nearest.Unknown("backbone", "xyz", ["meter", "vilt"]));

    [Fact]
    public void An_unknown_name_is_answered_with_the_nearest_and_all_known_ones() =>
        Assert.Equal("Unknown backbone 'vitl'. Did you mean 'vilt'? Known: meter, vilt.", Nearest.Unknown("backbone", "vitl", ["meter", "vilt"]));
}
