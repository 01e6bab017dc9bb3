namespace Das.Tests.Models;

public sealed class LlavaCostTests
{
    private static readonly LlavaConfig Published = new();

    [Fact]
    public void What_learns_of_the_published_sizes_is_what_the_specification_says()
    {
        Assert.Equal(20_979_712, LlavaCost.Projector(Published));
        Assert.Equal((28L * 2 * 528_448) + (4 * 2_101_504) + 20_979_712, LlavaCost.Parameters(Published, SkipMask.Of(21, 24, 25, 26)).Updated);
        Assert.Equal(59.0, LlavaCost.Parameters(Published, SkipMask.Of(21, 24, 25, 26)).Updated / 1e6, 1);
        Assert.Equal(101_068_800, LlamaCost.Adapters(Published, SkipMask.Empty) + LlamaCost.Adapters(Published, SkipMask.Of(Enumerable.Range(0, 32))));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[1]")]
    [InlineData("[0, 1, 2]")]
    public void Counted_parameters_are_those_that_exist(string layers)
    {
        foreach (LlavaConfig config in (LlavaConfig[])[TinyLlava.Config,
            TinyLlava.Config with { AdapterPlaces = "attn", Projector = "linear", SelectFeature = "cls_patch", SelectLayer = -1, ClipHidden = 20 }])
        {
            SkipMask mask = SkipMask.Parse(layers);
            using Llava model = new(config, mask);
            model.AssertCounted(LlavaCost.Parameters(config, mask));
        }
    }

    [Fact]
    public void While_searching_both_forms_of_every_layer_and_the_projector_learn()
    {
        using Llava model = new(TinyLlava.Config);
        model.FreezeForAdapters();
        long both = LlamaCost.Adapters(TinyLlava.Config, SkipMask.Empty) + LlamaCost.Adapters(TinyLlava.Config, SkipMask.Of(0, 1, 2));
        Assert.Equal(both + LlavaCost.Projector(TinyLlava.Config), model.Learning());
    }

    [Fact]
    public void An_image_costs_its_tower_its_projection_and_the_576_positions_it_takes()
    {
        Assert.Equal(576, Published.ImagePositions);
        ModelCost with = LlavaCost.Of(Published, SkipMask.Empty, 100, image: true), without = LlavaCost.Of(Published, SkipMask.Empty, 100, image: false);
        long tower = VisionCost.Macs(Published.Clip, 577), projection = 576L * ((1024 * 4096) + (4096 * 4096));
        Assert.Equal((23L * ((12 * 577L * 1024 * 1024) + (2 * 577L * 577 * 1024))) + (576L * 3 * 14 * 14 * 1024), tower); // 23 of 24 blocks
        Assert.Equal(with.Macs - without.Macs - tower - projection,
            LlamaCost.Macs(Published, SkipMask.Empty, 675) - LlamaCost.Macs(Published, SkipMask.Empty, 100));
        Assert.Equal(LlavaCost.Of(Published, SkipMask.Empty, 2048, image: true).Macs, LlavaCost.Of(Published, SkipMask.Empty, 1473, image: true).Macs);
        Assert.True(LlavaCost.Of(Published, SkipMask.Of(21, 24, 25, 26), 100, image: true).Macs < with.Macs);
    }
}
