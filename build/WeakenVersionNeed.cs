using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>Marks one version need (<c>Elf64_Vernaux</c>) of an ELF64 little-endian library weak, in a file of its own.</summary>
public sealed class WeakenVersionNeed : Task
{
    private const uint SectionIsVersionNeed = 0x6ffffffe; // SHT_GNU_verneed
    private const byte Weak = 2;                          // VER_FLG_WEAK

    [Required] public string Library { get; set; } = "";
    [Required] public string VersionNeed { get; set; } = "";

    public override bool Execute()
    {
        if (SystemProvides(VersionNeed)) return true;
        byte[] elf = File.ReadAllBytes(Library);
        int at = FindNeed(elf, VersionNeed);
        if (at < 0 || (U16(elf, at + 4) & Weak) != 0) return true;

        elf[at + 4] |= Weak;
        string beside = Library + ".weakened";
        File.WriteAllBytes(beside, elf);
        // The same time as the original: otherwise the next build would copy the original over it.
        File.SetLastWriteTimeUtc(beside, File.GetLastWriteTimeUtc(Library));
        File.Delete(Library);
        File.Move(beside, Library);
        Log.LogMessage(MessageImportance.Normal, "Marked {0} weak in {1}", VersionNeed, Library);
        return true;
    }

    private static bool SystemProvides(string version) =>
        new[] { "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib" }
            .Select(folder => Path.Combine(folder, "libstdc++.so.6"))
            .Where(File.Exists)
            .Any(path => Encoding.GetEncoding("ISO-8859-1").GetString(File.ReadAllBytes(path)).Contains(version + "\0"));

    /// <summary>Offset of the Elf64_Vernaux entry that names <paramref name="version"/>, or -1.</summary>
    private static int FindNeed(byte[] elf, string version)
    {
        bool elf64LittleEndian = elf.Length > 64 && elf[0] == 0x7f && elf[1] == 'E' && elf[4] == 2 && elf[5] == 1;
        if (!elf64LittleEndian) return -1;
        int sections = (int)U64(elf, 40), size = U16(elf, 58), count = U16(elf, 60);
        for (int s = 0; s < count; s++)
        {
            int header = sections + s * size;
            if (U32(elf, header + 4) != SectionIsVersionNeed) continue;
            int strings = (int)U64(elf, sections + (int)U32(elf, header + 40) * size + 24);
            int need = (int)U64(elf, header + 24);
            for (uint n = U32(elf, header + 44); n > 0; n--)
            {
                int entry = need + (int)U32(elf, need + 8);
                for (int k = U16(elf, need + 2); k > 0; k--)
                {
                    if (NameAt(elf, strings + (int)U32(elf, entry + 8)) == version) return entry;
                    entry += (int)U32(elf, entry + 12);
                }
                need += (int)U32(elf, need + 12);
            }
        }
        return -1;
    }

    private static string NameAt(byte[] elf, int at) => Encoding.ASCII.GetString(elf, at, Array.IndexOf(elf, (byte)0, at) - at);
    private static ushort U16(byte[] b, int at) => BitConverter.ToUInt16(b, at);
    private static uint U32(byte[] b, int at) => BitConverter.ToUInt32(b, at);
    private static ulong U64(byte[] b, int at) => BitConverter.ToUInt64(b, at);
}
