namespace Das.Benchmarks.Images;

/// <summary>Pillow's RGBa: colour times alpha / 255 in 8 bits, and back; both in place, on 4 bytes a pixel.</summary>
internal static class Premultiplied
{
    public static void From(Span<byte> rgba)
    {
        for (int at = 0; at < rgba.Length; at += 4)
        {
            int alpha = rgba[at + 3];
            if (alpha == byte.MaxValue) continue;
            for (int c = at; c < at + 3; c++)
            {
                int product = rgba[c] * alpha + 128; // Rounded division by 255 without dividing.
                rgba[c] = (byte)(((product >> 8) + product) >> 8);
            }
        }
    }

    /// <summary>Truncates; opaque and fully transparent pixels stay as they are.</summary>
    public static void Undo(Span<byte> rgba)
    {
        for (int at = 0; at < rgba.Length; at += 4)
        {
            int alpha = rgba[at + 3];
            if (alpha is 0 or byte.MaxValue) continue;
            for (int c = at; c < at + 3; c++) rgba[c] = (byte)Math.Min(255 * rgba[c] / alpha, 255);
        }
    }
}
