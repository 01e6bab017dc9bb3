namespace Das.Tests.Models;

public sealed class LlamaCostTests
{
    private static readonly LlamaConfig Published = new();

    [Theory]
    [InlineData(0, 2.23)]
    [InlineData(2, 2.62)]
    [InlineData(4, 3.02)]
    [InlineData(6, 3.41)]
    public void What_learns_of_the_published_sizes_is_what_the_specification_says(int skipped, double millions)
    {
        long updated = LlamaCost.Parameters(Published, SkipMask.Of(Enumerable.Range(20, skipped))).Updated;
        Assert.Equal(((32L - skipped) * 69_640) + (skipped * 266_272L), updated);
        Assert.Equal(millions, updated / 1e6, 2);
    }

    [Fact]
    public void The_published_decoder_has_6_738_billion_weights() =>
        Assert.Equal(6_738_415_616, LlamaCost.Parameters(Published, SkipMask.Empty).Total - LlamaCost.Adapters(Published, SkipMask.Empty));

    [Theory]
    [InlineData("[]")]
    [InlineData("[1, 3]")]
    [InlineData("[0, 1, 2, 3]")]
    public void Counted_parameters_are_those_that_exist(string layers)
    {
        foreach (string places in (string[])["attn", "block"])
            foreach (string form in (string[])["bottleneck", "router"])
            {
                SkipMask mask = SkipMask.Parse(layers);
                LlamaConfig config = TinyLlama.Config with { AdapterPlaces = places, AdapterForm = form };
                using Llama model = new(config, mask);
                model.AssertCounted(LlamaCost.Parameters(config, mask));
            }
    }

    [Fact]
    public void Work_is_the_sum_of_its_products()
    {
        // D = 16 in 4 heads of 4, 2 of keys; inner width 48; T = 5; vocabulary 40.
        LlamaConfig config = TinyLlama.Config with { Layers = 2, AdapterPlaces = "attn" };
        long attention = (2 * 5 * 16 * 16) + (2 * 5 * 16 * 8) + (2 * 5 * 5 * 16), forward = 3 * 5 * 16 * 48, adapter = 2 * 5 * 16 * 4, head = 5 * 16 * 40;
        Assert.Equal((2 * (attention + forward + adapter)) + head, LlamaCost.Macs(config, SkipMask.Empty, 5));
        Assert.Equal(attention + forward + adapter + (2 * 5 * 16 * 6) + head, LlamaCost.Macs(config, SkipMask.Of(0), 5));
        ModelCost cost = LlamaCost.Of(config, SkipMask.Of(0), 5);
        Assert.Equal((2 * (attention + forward)) + head, cost.MacsBackbone);
        Assert.Equal((2 * (attention + forward + adapter)) + head, cost.MacsFull);
    }
}
