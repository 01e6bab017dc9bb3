namespace Das.Models.Vision;

/// <summary>Pretrained weights of an image tower: OpenAI's own file, a folder of Hugging Face's, or a METER, which holds one.</summary>
public static class VisionInit
{
    /// <summary>The name of a tower's blocks within it.</summary>
    internal const string Blocks = "transformer.resblocks";

    private const string Tower = "visual", InMeter = "vit_model", Adapter = ".adapter_";

    /// <summary>Blocks that are not built are passed over, half floats converted; adapters keep their values.</summary>
    /// <param name="tower">Its width and patches are those of the file; the position table is resized to its images.</param>
    /// <param name="clip">OpenAI's <c>ViT-B-16.pt</c>, <c>ViT-L-14.pt</c>; a folder of Hugging Face's; or a METER's checkpoint.</param>
    /// <exception cref="DasException">The file does not fit.</exception>
    public static void From(VisionTower tower, Checkpoint clip)
    {
        if (clip.Names.Any(name => name.EndsWith("embeddings.cls_token", StringComparison.Ordinal)))
            throw new DasException(ErrorKind.Checkpoint, $"'{clip.Path}' is the weight file of an image tower as Hugging Face saves it: give its folder, "
                + "whose config.json says the sizes.");
        bool inMeter = clip.Contains($"{InMeter}.{Tower}.class_embedding");
        string prefix = inMeter ? $"{InMeter}.{Tower}" : Tower;
        Named whole = new((Tower, tower));
        LoadRules rules = new(
            [$"*{Adapter}attn", $"*{Adapter}mlp"],
            [$"{prefix}.proj", PositionIds(prefix), .. LaterBlocks(clip, prefix, tower.Sizes.Layers),
                .. clip.Names.Where(name => !name.StartsWith(prefix + ".", StringComparison.Ordinal))],
            [PositionTable(tower.Sizes, prefix)]);
        CheckpointLoader.LoadInto(inMeter ? new Named((InMeter, whole)) : whole, clip, rules);
    }

    /// <summary>Fills a model's tower from its own file, once the model's checkpoint has been loaded; without one the tower must have been in that
    /// checkpoint.</summary>
    /// <param name="tower">The tower.</param>
    /// <param name="name">Under which the model has it.</param>
    /// <param name="loaded">Names of the model's checkpoint and of the model that the other does not have.</param>
    /// <param name="vision">The tower's own file; null where there is none.</param>
    /// <param name="published">What the own file is, for a person who gave none.</param>
    /// <exception cref="DasException">The file does not fit, or there is no tower.</exception>
    internal static void ForModel(VisionTower tower, string name, LoadResult loaded, Checkpoint? vision, string published)
    {
        if (vision is not null) From(tower, vision);
        else if (loaded.Missing.Any(missing => missing.StartsWith(name + ".", StringComparison.Ordinal)
            && !missing.Contains(Adapter)))
            throw new DasException(ErrorKind.Checkpoint, $"The checkpoint holds no image tower: set backbone.visionCheckpoint to {published}.");
    }

    /// <summary>The position table, which is resized to the images that the tower is built for.</summary>
    /// <param name="sizes">Of the tower.</param>
    /// <param name="prefix">Its name.</param>
    internal static DerivedParameter PositionTable(VisionSizes sizes, string prefix) =>
        new($"{prefix}.positional_embedding", $"{prefix}.positional_embedding", stored => VisionTower.Resized(stored, sizes.Grid));

    /// <summary>A buffer of Hugging Face's towers that only counts.</summary>
    internal static string PositionIds(string prefix) => $"{prefix}.embeddings.position_ids";

    private static IEnumerable<string> LaterBlocks(Checkpoint clip, string prefix, int built)
    {
        for (int i = built; clip.Contains($"{prefix}.{Blocks}.{i}.ln_1.weight"); i++) yield return $"{prefix}.{Blocks}.{i}";
    }
}
