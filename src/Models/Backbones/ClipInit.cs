using Das.Models.Checkpoints;
using Das.Models.Layers;

namespace Das.Models.Backbones;

/// <summary>The start of an image tower: OpenAI's own file.</summary>
public static class ClipInit
{
    /// <summary>Blocks that are not built are passed over, half floats converted; adapters keep their values.</summary>
    /// <param name="tower">Its width and patches are those of the file; the position table is resized to its images.</param>
    /// <param name="clip">OpenAI's <c>ViT-B-16.pt</c>, <c>ViT-L-14.pt</c>.</param>
    /// <exception cref="CheckpointException">The file does not fit.</exception>
    public static void FromOpenAi(ClipVisionTower tower, Checkpoint clip)
    {
        const string positions = "visual.positional_embedding";
        LoadRules rules = new(
            ["*.adapter_attn", "*.adapter_mlp"],
            ["visual.proj", .. LaterBlocks(clip, tower.Sizes.Layers), "transformer", "token_embedding", "positional_embedding", "ln_final", "text_projection", "logit_scale",
                "input_resolution", "context_length", "vocab_size"],
            [new(positions, positions, stored => ClipVisionTower.Resized(stored, tower.Sizes.Grid))]);
        CheckpointLoader.LoadInto(new Named(("visual", tower)), clip, rules);
    }

    private static IEnumerable<string> LaterBlocks(Checkpoint clip, int built)
    {
        for (int i = built; clip.Contains($"visual.transformer.resblocks.{i}.ln_1.weight"); i++) yield return $"visual.transformer.resblocks.{i}";
    }
}
