namespace Das.Benchmarks.Images.Formats;

/// <summary>
/// The run-length encodings of BMP (https://learn.microsoft.com/windows/win32/gdi/bitmap-compression) as Pillow reads them: the pixels follow each
/// other from the lowest row on, a run ends with its row, and what is jumped over has index 0.
/// </summary>
internal static class BmpRuns
{
    /// <param name="file">The whole file: literal pixels are padded to even places in it.</param>
    /// <param name="at">Where the codes begin.</param>
    /// <param name="width">Columns.</param>
    /// <param name="nibbles">4 bits a pixel instead of 8.</param>
    /// <param name="pixels">Filled with indexes, in the order in which the file has them.</param>
    /// <returns>Whether the codes hold all pixels.</returns>
    public static bool Decode(ReadOnlySpan<byte> file, int at, int width, bool nibbles, Span<byte> pixels)
    {
        int done = 0, x = 0;
        while (done < pixels.Length && at + 2 <= file.Length)
        {
            int count = file[at++], value = file[at++];
            if (count > 0)
            {
                count = Math.Min(Math.Min(count, Math.Max(0, width - x)), pixels.Length - done);
                for (int i = 0; i < count; i++) pixels[done + i] = (byte)(!nibbles ? value : i % 2 == 0 ? value >> 4 : value & 15);
                (done, x) = (done + count, x + count);
                continue;
            }
            switch (value)
            {
                case 0:
                    done = (int)Math.Min(((long)done + width - 1) / width * width, pixels.Length);
                    x = 0;
                    break;
                case 1:
                    return false;
                case 2:
                    if (at + 2 > file.Length) return false;
                    done = (int)Math.Min(done + file[at] + (long)file[at + 1] * width, pixels.Length);
                    x = done % width;
                    at += 2;
                    break;
                default:
                    int bytes = nibbles ? value / 2 : value;
                    if (at + bytes > file.Length) return false;
                    for (int i = 0; i < (nibbles ? bytes * 2 : bytes) && done < pixels.Length; i++)
                        pixels[done++] = (byte)(!nibbles ? file[at + i] : i % 2 == 0 ? file[at + i / 2] >> 4 : file[at + i / 2] & 15);
                    at += bytes;
                    x += value;
                    at += at % 2;
                    break;
            }
        }
        return done == pixels.Length;
    }
}
