namespace Das.Models.Vision;

/// <summary>Reads how pictures are prepared from a Hugging Face <c>preprocessor_config.json</c>. What asks for another preparation is refused by its
/// key.</summary>
internal static class HuggingFacePictures
{
    public const string FileName = "preprocessor_config.json";

    private const string Size = "size", Crop = "crop_size", Shortest = "shortest_edge";

    private const string Otherwise = ": pictures are not prepared in any other way here. Give another model, or remove the file and say pictures in "
        + "backbone.config (docs/towers.md).";

    /// <summary>Pillow's number of its bicubic filter.</summary>
    private const int Bicubic = 3;

    private const double OneStep = 1.0 / 255;

    /// <summary>Keys with the one value that they may have; a missing one has it.</summary>
    private static readonly (string Key, JsonNode Ours)[] Fixed =
    [
        ("do_resize", true), ("do_center_crop", true), ("do_rescale", true), ("do_normalize", true), ("do_convert_rgb", true), ("do_pad", false),
        ("resample", Bicubic),
    ];

    /// <summary>Null where there is no such file.</summary>
    /// <exception cref="DasException">It is no JSON, or asks for what is not done here.</exception>
    public static TowerPictures? In(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        ConfigFile file = ConfigFile.Read(path);
        foreach ((string key, JsonNode ours) in Fixed)
            file.ThrowUnless(key, ours, Otherwise);
        if (file.Value<double>("rescale_factor") is { } factor && Math.Abs(factor - OneStep) > 1e-9)
            throw Other(path, "rescale_factor", file["rescale_factor"]!, "1/255");
        TowerPictures pictures = new()
        {
            Shorter = file.Section(Size)?.Value<int>(Shortest) ?? throw Other(path, Size, file[Size], $$"""{"{{Shortest}}": pixels}"""),
            Crop = Side(file), Mean = Channels(file, "image_mean"), Deviation = Channels(file, "image_std"),
        };
        pictures.ThrowIfImpossible();
        return pictures;
    }

    /// <summary>A number, or a height and a width that are equal.</summary>
    private static int Side(ConfigFile file)
    {
        if (file.Section(Crop) is not { } sides) return file.Value<int>(Crop) ?? throw Other(file.Path, Crop, null, "a square");
        return sides.Value<int>("height") is { } height && sides.Value<int>("width") == height ? height
            : throw Other(file.Path, Crop, file[Crop], "a square");
    }

    private static float[] Channels(ConfigFile file, string key)
    {
        try
        {
            return file[key] is JsonArray { Count: 3 } three ? [.. three.Select(value => value!.GetValue<float>())]
                : throw Other(file.Path, key, file[key], "a list of three numbers");
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or NullReferenceException)
        {
            throw Other(file.Path, key, file[key], "a list of three numbers");
        }
    }

    private static DasException Other(string path, string key, JsonNode? value, string expected) => new(ErrorKind.Checkpoint,
        $"'{path}' has {key} {(value is null ? "nowhere" : ConfigFile.Shown(value))}, where {expected} is expected{Otherwise}");
}
