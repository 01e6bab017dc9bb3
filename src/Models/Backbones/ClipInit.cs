using Das.Models.Checkpoints;
using Das.Models.Layers;

namespace Das.Models.Backbones;

/// <summary>The start of an image tower: OpenAI's own file, or a METER, whose tower has the same form.</summary>
public static class ClipInit
{
    private const string Tower = "visual", InMeter = "vit_model";

    /// <summary>Blocks that are not built are passed over, half floats converted; adapters keep their values.</summary>
    /// <param name="tower">Its width and patches are those of the file; the position table is resized to its images.</param>
    /// <param name="clip">OpenAI's <c>ViT-B-16.pt</c>, <c>ViT-L-14.pt</c>; or a METER's checkpoint.</param>
    /// <exception cref="CheckpointException">The file does not fit.</exception>
    public static void From(ClipVisionTower tower, Checkpoint clip)
    {
        bool meter = clip.Contains($"{InMeter}.{Tower}.class_embedding");
        string place = meter ? $"{InMeter}.{Tower}" : Tower, positions = $"{place}.positional_embedding";
        Named whole = new((Tower, tower));
        LoadRules rules = new(
            ["*.adapter_attn", "*.adapter_mlp"],
            [$"{place}.proj", .. LaterBlocks(clip, place, tower.Sizes.Layers), .. clip.Names.Where(name => !name.StartsWith(place + ".", StringComparison.Ordinal))],
            [new(positions, positions, stored => ClipVisionTower.Resized(stored, tower.Sizes.Grid))]);
        CheckpointLoader.LoadInto(meter ? new Named((InMeter, whole)) : whole, clip, rules);
    }

    private static IEnumerable<string> LaterBlocks(Checkpoint clip, string place, int built)
    {
        for (int i = built; clip.Contains($"{place}.transformer.resblocks.{i}.ln_1.weight"); i++) yield return $"{place}.transformer.resblocks.{i}";
    }
}
