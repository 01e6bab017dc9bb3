namespace Das.Benchmarks.Catalog;

/// <summary>The pictures that items of raw files name.</summary>
internal static class Pictures
{
    private static readonly string[] Endings = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"];

    /// <summary>Whether a file is one by its name.</summary>
    public static bool Is(string file) => Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);

    /// <summary>A file below the picture folder; a name that begins with that folder is meant so.</summary>
    /// <exception cref="BadItemException">There is none, or the name leaves the folder.</exception>
    public static RawImage Named(RawSource raw, string name, string folder)
    {
        string below = folder.Length == 0 ? name : $"{folder}/{name}";
        bool inside = !Path.IsPathRooted(name) && !name.Split('/', '\\').Contains("..");
        string[] files = name.StartsWith(folder + "/", StringComparison.Ordinal) ? [below, name] : [below];
        return inside && Array.Find(files, raw.Has) is { } file ? RawImage.In(raw, file) : throw new BadItemException($"There is no picture {below}.");
    }

    /// <summary>The picture that a row has in a column: a file's name, a list of one, or in Parquet its bytes.</summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="BadItemException">There is no such picture, or there are several.</exception>
    public static (RawImage Image, string Name)? Of(RawSource raw, RawItem item, string column, string folder)
    {
        RawField field = item[column];
        if (field.IsAbsent) return null;
        if (item.Binary.TryGetValue(column, out Func<byte[]>? bytes))
        {
            if (!field["bytes"].IsAbsent) return (new RawImage($"{item.Where} column {column}", bytes), field["path"].TextOrNull() ?? item.Where);
            field = field["path"]; // Hugging Face's libraries store the one or the other.
        }
        if (field.IsList)
            switch (field.Items())
            {
                case []: return null;
                case [var one]: field = one; break;
                case var many: throw field.Bad($"names {many.Count} pictures; a row is about one at most");
            }
        return (Named(raw, field.Words(), folder), field.Words());
    }
}
