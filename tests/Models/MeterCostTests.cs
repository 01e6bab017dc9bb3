namespace Das.Tests.Models;

public sealed class MeterCostTests
{
    /// <summary>A text of 40 tokens and 24 x 24 patches with their class token.</summary>
    private const int TextTokens = 40, ImageTokens = 577;

    private static readonly MeterConfig Published = new();
    private static readonly MeterConfig Backbone = Published with { InLayerBottleneck = 0 };

    [Fact]
    public void Parameters_of_the_published_sizes_are_those_of_the_specification()
    {
        Assert.Equal(444_960, Adapter.ParameterCount(768, 288));
        Assert.Equal(7_173_177, new TaskHeads(VqaAnswers: 3129).UpdatedParameters(768, 1536));
        Assert.Equal(4_726_274, new TaskHeads(Nlvr2: true).UpdatedParameters(768, 1536));
        Assert.Equal(1_181_184, 2 * Pooler.ParameterCount(768));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(8)]
    public void Every_skipped_layer_saves_4608_adapter_parameters(int skipped) =>
        Assert.Equal(5_394_816 - (4_608 * skipped), MeterCost.Adapters(Published, SkipMask.Of(Enumerable.Range(0, skipped))));

    [Theory]
    [InlineData("[]")]
    [InlineData("[1, 3]")]
    [InlineData("[0, 1, 2]")]
    public void Counted_parameters_are_those_that_exist(string layers)
    {
        foreach (string encoder in (string[])["roberta", "bert"])
            foreach (TaskHeads heads in (TaskHeads[])[new(), new(VqaAnswers: 5), new(Nlvr2: true), new(Mlm: true, Itm: true, Snli: true), new(Rank: true)])
            {
                SkipMask mask = SkipMask.Parse(layers);
                MeterConfig config = TinyMeter.Config with { TextEncoder = encoder };
                using Meter model = new(config, heads, mask);
                model.AssertCounted(MeterCost.Parameters(config, heads, mask));
            }
    }

    [Fact]
    public void An_image_layer_is_5_36_and_a_text_layer_1_05_billion_multiply_accumulates()
    {
        Assert.Equal(5.36, Billions(MeterCost.CrossLayer(Backbone, ImageTokens, TextTokens, ImageTokens)), 2);
        Assert.Equal(1.05, Billions(MeterCost.CrossLayer(Backbone, TextTokens, ImageTokens, TextTokens)), 2);
    }

    [Fact]
    public void Two_layers_less_on_either_side_save_11_2_billion_of_the_backbone_net_of_all_adapters()
    {
        ModelCost cost = MeterCost.Of(Published, new(VqaAnswers: 3129), SkipMask.Of(1, 3, 7, 9), TextTokens, ImageTokens);
        Assert.Equal(11.2, Billions(cost.MacsBackbone - cost.Macs), 1);
        Assert.Equal(12.8, Billions(2 * (MeterCost.CrossLayer(Backbone, ImageTokens, TextTokens, ImageTokens)
            + MeterCost.CrossLayer(Backbone, TextTokens, ImageTokens, TextTokens))), 1);
    }

    [Fact]
    public void The_whole_backbone_is_97_7_billion_with_all_twelve_blocks_of_CLIP_and_93_1_with_the_eleven_that_run()
    {
        Assert.Equal(97.7, Billions(MeterCost.Macs(Backbone with { ClipLayers = 12 }, new(VqaAnswers: 3129), SkipMask.Empty, TextTokens, ImageTokens)), 1);
        Assert.Equal(93.1, Billions(MeterCost.Macs(Backbone, new(VqaAnswers: 3129), SkipMask.Empty, TextTokens, ImageTokens)), 1);
    }

    [Fact]
    public void Work_is_the_sum_of_its_products()
    {
        // One layer a side; T = 2 words, N = 1 + 4 patches of 8 x 8, D = 16, W = 12.
        MeterConfig config = TinyMeter.Config with { NumLayers = 1, TextLayers = 1, ClipLayers = 1, ImageSize = 16 };
        long towers = (4 * 3 * 64 * 12) + (5 * 12 * 48) + (2 * 5 * 5 * 12) + (2 * 5 * 12 * 48) + (2 * 16 * 64) + (2 * 2 * 2 * 16) + (2 * 2 * 16 * 24);
        long transforms = (2 * 16 * 16) + (5 * 12 * 16), poolers = 2 * 16 * 16, head = (32 * 32) + (32 * 7);
        long text = (2 * 16 * 64) + (2 * 2 * 2 * 16) + (2 * 16 * 32) + (5 * 16 * 32) + (2 * 2 * 5 * 16) + (2 * 2 * 16 * 32) + (3 * 2 * 2 * 16 * 4);
        long image = (5 * 16 * 64) + (2 * 5 * 5 * 16) + (5 * 16 * 32) + (2 * 16 * 32) + (2 * 2 * 5 * 16) + (2 * 5 * 16 * 32) + (3 * 2 * 5 * 16 * 4);
        long rest = towers + transforms + poolers + head;
        Assert.Equal(rest + text + image, MeterCost.Macs(config, TinyMeter.Vqa, SkipMask.Empty, 2, 5));
        Assert.Equal(rest + text + (2 * 5 * 16 * 6), MeterCost.Macs(config, TinyMeter.Vqa, SkipMask.Of(1), 2, 5));

        long one = (16 * 32) + (2 * 16 * 32) + (2 * 2 * 16) + (16 * 32) + (5 * 16 * 32) + (2 * 5 * 16) + (2 * 16 * 32) + (3 * 2 * 16 * 4);
        Assert.Equal(rest + one + (2 * 16 * 6), MeterCost.Macs(config, TinyMeter.Vqa, SkipMask.Of(1), 2, 5, clsOnly: true));
    }

    private static double Billions(long macs) => macs / 1e9;
}
