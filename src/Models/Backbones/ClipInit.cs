using Das.Models.Checkpoints;
using Das.Models.Layers;

namespace Das.Models.Backbones;

/// <summary>The start of an image tower.</summary>
public static class ClipInit
{
    /// <summary>The name of a tower's blocks within it.</summary>
    internal const string Blocks = "transformer.resblocks";

    private const string Positions = "positional_embedding", Adapter = ".adapter_";

    /// <summary>A tower's own file or folder. Blocks that are not built are passed over, half floats converted; adapters keep their values.</summary>
    /// <param name="tower">Its width and patches are those of the file; the position table is resized to its images.</param>
    /// <param name="clip">OpenAI's <c>ViT-B-16.pt</c>, <c>ViT-L-14.pt</c>, or a folder of Hugging Face's.</param>
    /// <exception cref="CheckpointException">The file does not fit.</exception>
    public static void From(ClipVisionTower tower, Checkpoint clip)
    {
        LoadRules rules = new(
            [$"*{Adapter}attn", $"*{Adapter}mlp"],
            ["visual.proj", "visual.embeddings.position_ids", .. LaterBlocks(clip, tower.Sizes.Layers), "transformer", "token_embedding", Positions, "ln_final", "text_projection", "logit_scale",
                "input_resolution", "context_length", "vocab_size", "text_model", "visual_projection"],
            [PositionTable(tower.Sizes, "visual")]);
        CheckpointLoader.LoadInto(new Named(("visual", tower)), clip, rules);
    }

    /// <summary>For a decoder's tower, once the decoder's checkpoint has been loaded: from its own file, or it came with the decoder's.</summary>
    /// <param name="tower">The tower.</param>
    /// <param name="name">Under which the decoder has it.</param>
    /// <param name="loaded">What of the decoder's checkpoint and of the model did not meet.</param>
    /// <param name="vision">The tower's own file; null where there is none.</param>
    /// <param name="published">What the own file is, for a person who gave none.</param>
    /// <exception cref="CheckpointException">The file does not fit, or there is no tower.</exception>
    internal static void FromOwnOr(ClipVisionTower tower, string name, LoadResult loaded, Checkpoint? vision, string published)
    {
        if (vision is not null) From(tower, vision);
        else if (loaded.Missing.Any(missing => missing.StartsWith(name + ".", StringComparison.Ordinal) && !missing.Contains(Adapter, StringComparison.Ordinal)))
            throw new CheckpointException($"The checkpoint holds no image tower: set backbone.visionCheckpoint to {published}.");
    }

    /// <summary>The position table, which is resized to the images that the tower is built for.</summary>
    /// <param name="sizes">Of the tower.</param>
    /// <param name="name">Under which a model has the tower.</param>
    internal static DerivedParameter PositionTable(ClipSizes sizes, string name) => new($"{name}.{Positions}", $"{name}.{Positions}", stored => ClipVisionTower.Resized(stored, sizes.Grid));

    private static IEnumerable<string> LaterBlocks(Checkpoint clip, int built)
    {
        for (int i = built; clip.Contains($"visual.{Blocks}.{i}.ln_1.weight"); i++) yield return $"visual.{Blocks}.{i}";
    }
}
