namespace Das.Tests.Models;

public sealed class SkipMaskTests
{
    [Theory]
    [InlineData("[]")]
    [InlineData("[0]")]
    [InlineData("[3, 7]")]
    [InlineData("[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]")]
    public void What_was_printed_is_read_back(string text) => Assert.Equal(text, SkipMask.Parse(text).ToString());

    [Theory]
    [InlineData("[7,3]")]
    [InlineData(" [ 3 , 7 ] ")]
    public void Order_and_spacing_do_not_matter(string text) => Assert.Equal(SkipMask.Of(3, 7), SkipMask.Parse(text));

    [Theory]
    [InlineData("3, 7", "brackets", "'3, 7' is not a list of layers. Write it as [3, 7], or [] to skip none.")]
    [InlineData("[3, x]", "a word", "'x' in '[3, x]' is not a layer. Write layers as whole numbers from 0: [3, 7].")]
    [InlineData("[3,]", "a trailing comma", "'' in '[3,]' is not a layer. Write layers as whole numbers from 0: [3, 7].")]
    [InlineData("[-1]", "a negative layer", "'-1' in '[-1]' is not a layer. Write layers as whole numbers from 0: [3, 7].")]
    [InlineData("[3, 3]", "a repeated layer", "'[3, 3]' names layer 3 twice.")]
    public void A_text_that_is_no_mask_is_refused(string text, string because, string message)
    {
        FormatException error = Assert.Throws<FormatException>(() => SkipMask.Parse(text));
        Assert.True(error.Message == message, $"{because}: {error.Message}");
    }

    [Fact]
    public void Masks_of_the_same_layers_are_equal()
    {
        Assert.Equal(SkipMask.Of(7, 3, 3), SkipMask.Of(3, 7));
        Assert.Equal(SkipMask.Of(7, 3).GetHashCode(), SkipMask.Of(3, 7).GetHashCode());
        Assert.NotEqual(SkipMask.Of(3), SkipMask.Of(3, 7));
        Assert.Same(SkipMask.Empty, SkipMask.Of());
        Assert.Equal([3, 7], SkipMask.Of(7, 3).ToArray());
        Assert.True(SkipMask.Of(3, 7).Contains(7) && !SkipMask.Of(3, 7).Contains(4));
    }
}
