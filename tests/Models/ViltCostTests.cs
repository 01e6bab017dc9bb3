namespace Das.Tests.Models;

public sealed class ViltCostTests
{
    private static readonly ViltConfig Published = new();

    [Fact]
    public void Parameters_of_the_published_sizes_are_those_of_the_specification()
    {
        Assert.Equal(149_856, Adapter.ParameterCount(768, 96));
        Assert.Equal(297_408, Adapter.ParameterCount(768, 192));
        Assert.Equal(5_993_529, Classifier.ParameterCount(768, 1536, 3129));
        Assert.Equal(590_592, Pooler.ParameterCount(768));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(6)]
    public void Every_skipped_block_saves_2304_adapter_parameters(int skipped) =>
        Assert.Equal(3_596_544 - (2_304 * skipped), ViltCost.Adapters(Published, SkipMask.Of(Enumerable.Range(0, skipped))));

    [Theory]
    [InlineData("[]")]
    [InlineData("[1, 3]")]
    public void Counted_parameters_are_those_that_exist(string layers)
    {
        foreach (TaskHeads heads in (TaskHeads[])[new(), new(VqaAnswers: 5), new(Mlm: true, Itm: true)])
        {
            SkipMask mask = SkipMask.Parse(layers);
            using Vilt model = new(TinyVilt.Config, heads, mask);
            model.AssertCounted(ViltCost.Parameters(TinyVilt.Config, heads, mask));
        }
    }

    [Fact]
    public void Work_is_the_sum_of_its_products()
    {
        // T = 2 words and N = 1 + 3 patches make S = 6 tokens of D = 16; two heads change nothing.
        ViltConfig config = TinyVilt.Config with { NumLayers = 2 };
        long patches = 3 * (3 * 8 * 8) * 16;
        long block = (6 * 16 * 48) + (2 * 6 * 6 * 16) + (6 * 16 * 16) + (2 * 6 * 16 * 64) + (2 * 2 * 6 * 16 * 4);
        long replacement = 2 * 6 * 16 * 6, pooler = 16 * 16, head = (16 * 32) + (32 * 7);
        Assert.Equal(patches + (2 * block) + pooler + head, ViltCost.Macs(config, TinyVilt.Vqa, SkipMask.Empty, 2, 4));
        Assert.Equal(patches + block + replacement + pooler + head, ViltCost.Macs(config, TinyVilt.Vqa, SkipMask.Of(1), 2, 4));

        long one = (16 * 16) + (6 * 16 * 32) + (2 * 6 * 16) + (16 * 16) + (2 * 16 * 64) + (2 * 2 * 16 * 4);
        Assert.Equal(patches + block + one + pooler + head, ViltCost.Macs(config, TinyVilt.Vqa, SkipMask.Empty, 2, 4, clsOnly: true));
        Assert.Equal(patches + one + (replacement / 6) + pooler + head, ViltCost.Macs(config, TinyVilt.Vqa, SkipMask.Of(1), 2, 4, clsOnly: true));
    }
}
