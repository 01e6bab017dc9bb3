namespace Das.Tests.Models;

public sealed class LavinCostTests
{
    private static readonly LavinConfig Published = new();

    [Theory]
    [InlineData(0, 3.78)]
    [InlineData(2, 4.17)]
    [InlineData(4, 4.57)]
    [InlineData(6, 4.96)]
    public void What_learns_of_the_published_sizes_is_what_the_specification_says(int skipped, double millions)
    {
        long updated = LavinCost.Parameters(Published, SkipMask.Of(Enumerable.Range(10, skipped))).Updated;
        Assert.Equal(((32L - skipped) * 81_930) + (skipped * 278_562) + 491_760 + 659_584 + 8_192, updated);
        Assert.Equal(millions, updated / 1e6, 2);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[1]")]
    [InlineData("[0, 1, 2]")]
    public void Counted_parameters_are_those_that_exist(string layers)
    {
        foreach (string places in (string[])["attn", "block"])
            foreach (string visual in (string[])["router", "router_block", "normal"])
            {
                SkipMask mask = SkipMask.Parse(layers);
                LavinConfig config = TinyLavin.Config with { AdapterPlaces = places, VisualAdapterType = visual };
                using Lavin model = new(config, mask);
                model.AssertCounted(LavinCost.Parameters(config, mask));
            }
    }

    [Fact]
    public void An_image_costs_its_tower_its_projection_and_the_positions_it_takes()
    {
        ModelCost with = LavinCost.Of(Published, SkipMask.Empty, 100, image: true), without = LavinCost.Of(Published, SkipMask.Empty, 100, image: false);
        long tower = VisionCost.Macs(Published.Clip with { Adapters = null }, 257), projection = 6 * 128 * (1024 + 4096);
        Assert.Equal(81.0, tower / 1e9, 1);
        LlamaConfig bare = Published with { InLayerBottleneck = 0 };
        Assert.Equal(with.MacsBackbone - without.MacsBackbone - tower - projection,
            LlamaCost.Macs(bare, SkipMask.Empty, 110) - LlamaCost.Macs(bare, SkipMask.Empty, 106));
    }

    [Fact]
    public void Adapters_of_a_tower_cost_their_products_and_one_decision_each()
    {
        VisionSizes sizes = Published.Clip;
        Assert.Equal(24L * ((2 * 257 * 1024 * 8) + (2 * 1024)), VisionCost.Macs(sizes, 257) - VisionCost.Macs(sizes with { Adapters = null }, 257));
        Assert.Equal(24L * 20_490, VisionCost.AdapterParameters(sizes));
    }

    [Fact]
    public void Skipping_saves_and_a_text_beyond_the_longest_sequence_costs_no_more()
    {
        ModelCost whole = LavinCost.Of(Published, SkipMask.Empty, 512, image: true), less = LavinCost.Of(Published, SkipMask.Of(3, 7), 512, image: true);
        Assert.Equal(whole.Macs, less.MacsFull);
        Assert.True(less.Macs < whole.Macs);
        Assert.Equal(LavinCost.Of(Published, SkipMask.Empty, 600, image: true).Macs, whole.Macs);
    }
}
