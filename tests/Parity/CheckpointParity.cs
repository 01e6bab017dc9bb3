namespace Das.Tests.Parity;

/// <summary>Every tensor of every recorded weight file, bit for bit; files of the old format are refused by name.</summary>
public static class CheckpointParity
{
    /// <summary>How a file of the format before PyTorch 1.6 starts: a pickle, not a zip archive.</summary>
    private const byte Pickle = 0x80;

    public static void Check(ParityCase recorded)
    {
        using Checkpoint expected = Checkpoint.Open(Path.Combine(recorded.Folder, "expected.safetensors"));
        JsonElement types = recorded.Read().GetProperty("dtypes");
        string[] files = [.. Directory.EnumerateFiles(recorded.Folder).Where(f => Path.GetExtension(f) is ".ckpt" or ".bin" or ".pth")
            .Order(StringComparer.Ordinal)];
        Assert.NotEmpty(files);
        foreach (string file in files)
            if (File.ReadAllBytes(file)[0] == Pickle)
                Refuses.Checkpoint("resave it with torch.save", () => Checkpoint.Open(file));
            else
                CheckOne(file, expected, types);
    }

    private static void CheckOne(string file, Checkpoint expected, JsonElement types)
    {
        using Checkpoint found = Checkpoint.Open(file);
        Assert.Equal(expected.Names.Order(StringComparer.Ordinal), found.Names.Order(StringComparer.Ordinal));
        foreach (string name in expected.Names)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor want = expected.Read(name), got = found.Read(name);
            Assert.Equal(Enum.Parse<ScalarType>(types.String(name) is "uint8" ? "byte" : types.String(name), ignoreCase: true), got.dtype);
            Assert.Equal(want.shape, got.shape);
            Assert.Equal(want.shape, found.Shape(name));
            if (want.numel() > 0) Assert.True(want.bytes.SequenceEqual(got.to(want.dtype).bytes), $"{file}: '{name}' differs from expected.safetensors.");
        }
    }
}
