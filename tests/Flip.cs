namespace Das.Tests;

/// <summary>What a bad disk, cable or hand does to a file.</summary>
internal static class Flip
{
    /// <summary>Turns one bit over and puts the file's time back, as if nobody had written it.</summary>
    public static void Bit(string path, long at, int bit = 3)
    {
        DateTime written = File.GetLastWriteTimeUtc(path);
        using (FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = at;
            int value = file.ReadByte();
            file.Position = at;
            file.WriteByte((byte)(value ^ 1 << bit));
        }
        File.SetLastWriteTimeUtc(path, written);
    }
}
