namespace Das.Models.Checkpoints;

/// <summary>Opens files as weight files; whatever is wrong with one becomes a <see cref="DasException"/>.</summary>
internal static class WeightFile
{
    /// <summary>Opens the file and makes of it what <paramref name="open"/> does; it is closed if that fails.</summary>
    /// <exception cref="DasException">The file cannot be opened, is empty or is damaged.</exception>
    public static T Open<T>(string path, Func<BoundedFile, T> open) where T : Checkpoint
    {
        BoundedFile file = Opened(path);
        try
        {
            if (file.Length == 0) throw new DasException(ErrorKind.Checkpoint, $"'{path}' is empty: a weight file was expected; copy or download it again.");
            return Read(() => open(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads from a file.</summary>
    /// <exception cref="DasException">The file points beyond its end.</exception>
    public static T Read<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DasException e) when (e.Kind == ErrorKind.Data)
        {
            throw new DasException(ErrorKind.Checkpoint, e.Message, e);
        }
    }

    private static BoundedFile Opened(string path)
    {
        try
        {
            return BoundedFile.Open(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new DasException(ErrorKind.Checkpoint,
                $"'{path}' cannot be opened as a weight file ({e.Message}): give the path of a readable .safetensors, .gguf, .ckpt, "
                + ".pth or .bin file.", e);
        }
    }
}
