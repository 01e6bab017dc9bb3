using System.IO.Compression;

namespace Das.Benchmarks.Raw;

/// <summary>Raw files in a folder or in a zip, named by paths with forward slashes. Reading is safe from many threads.</summary>
public abstract class RawSource : IDisposable
{
    /// <exception cref="DasException">There is no such folder or zip, or it is damaged.</exception>
    public static RawSource At(string? path, string benchmark)
    {
        if (string.IsNullOrWhiteSpace(path)) throw new DasException(ErrorKind.Data,
            $"Benchmark {benchmark} needs a source: the folder or zip of its raw files.");
        if (Directory.Exists(path)) return new RawFolder(path);
        if (!File.Exists(path)) throw new DasException(ErrorKind.Data, $"The source '{path}' of benchmark {benchmark} does not exist.");
        try
        {
            return new RawZip(path);
        }
        catch (InvalidDataException e)
        {
            throw new DasException(ErrorKind.Data, $"The source '{path}' of benchmark {benchmark} is neither a folder nor a whole zip: {e.Message}", e);
        }
    }

    /// <summary>What <paramref name="read"/> makes of the source, which it owns from then on; the source is closed if that fails.</summary>
    public static RawDataset Read(string? path, string benchmark, Func<RawSource, RawDataset> read)
    {
        RawSource raw = At(path, benchmark);
        try { return read(raw); }
        catch
        {
            raw.Dispose();
            throw;
        }
    }

    /// <summary>The folder or zip itself.</summary>
    public required string Path { get; init; }

    public abstract bool Has(string file);

    /// <summary>True where the folder holds anything, however deep.</summary>
    public abstract bool HasFolder(string folder);

    /// <summary>File names, not paths, in ordinal order; none if there is no such folder. The source itself is the folder without a name.</summary>
    public abstract IReadOnlyList<string> Names(string folder);

    /// <summary>All bytes of a file.</summary>
    public abstract byte[] Read(string file);

    /// <summary>A zip in this source as a source of its own, to be disposed of.</summary>
    /// <exception cref="DasException">It is no whole zip.</exception>
    public RawSource Archive(string file)
    {
        try
        {
            return OpenArchive(file);
        }
        catch (InvalidDataException e)
        {
            throw new DasException(ErrorKind.Data, $"{Describe(file)} is no whole zip: {e.Message}", e);
        }
    }

    /// <summary>A stream over a file that is read once, alone.</summary>
    public abstract Stream Open(string file);

    /// <summary>Stops where a file is missing without which nothing can be done.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="holds">What the source holds, for the sentence.</param>
    /// <exception cref="DasException">There is no such file.</exception>
    public void Require(string file, string holds)
    {
        if (!Has(file)) throw new DasException(ErrorKind.Data, $"{Path} lacks {file}; the source holds {holds}.");
    }

    /// <summary>Stops where a folder is missing or empty.</summary>
    /// <exception cref="DasException">There is no such folder.</exception>
    public void RequireFolder(string folder, string holds)
    {
        if (!HasFolder(folder)) throw new DasException(ErrorKind.Data, $"{Path} lacks the folder {folder}/, or it is empty; the source holds {holds}.");
    }

    /// <summary>How a person finds the file.</summary>
    public string Describe(string file) => $"{Path}/{file}";

    private protected abstract RawSource OpenArchive(string file);

    public virtual void Dispose() => GC.SuppressFinalize(this);
}

internal sealed class RawFolder : RawSource
{
    private readonly LinkedFolder root;

    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public RawFolder(string path) => (Path, root) = (path, new(path));

    public override bool Has(string file) => IsInside(file) && root.Holds(file) && File.Exists(Full(file));

    public override bool HasFolder(string folder) => Directory.Exists(Full(folder)) && Directory.EnumerateFileSystemEntries(Full(folder)).Any();

    public override IReadOnlyList<string> Names(string folder) => Directory.Exists(Full(folder))
        ? [.. Directory.EnumerateFiles(Full(folder)).Select(f => System.IO.Path.GetFileName(f)).Order(StringComparer.Ordinal)]
        : [];

    public override byte[] Read(string file) => File.ReadAllBytes(Full(file));

    public override Stream Open(string file) => File.OpenRead(Full(file));

    private protected override RawSource OpenArchive(string file) => new RawZip(Full(file));

    /// <summary>Data name files: a name may not lead out of the source, by its text or by a link.</summary>
    /// <exception cref="DasException">It does.</exception>
    private string Full(string file) => IsInside(file) && root.Holds(file) ? System.IO.Path.Combine(Path, file)
        : throw new DasException(ErrorKind.Data, $"{Describe(file)} leads out of the source {Path}: only files within it are read; copy the file into it.");

    private static bool IsInside(string file) => !System.IO.Path.IsPathRooted(file) && !file.Contains('\0') && !file.Split('/', '\\').Contains("..");
}

internal sealed class RawZip : RawSource
{
    private readonly ZipArchive archive;
    private readonly Dictionary<string, ZipArchiveEntry> entries;

    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public RawZip(string path) : this(path, File.OpenRead(path))
    {
    }

    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    private RawZip(string path, Stream content)
    {
        Path = path;
        archive = new(content); // disposes of the content
        entries = archive.Entries.GroupBy(e => e.FullName).ToDictionary(g => g.Key, g => g.First());
    }

    public override bool Has(string file) => entries.ContainsKey(file);

    public override bool HasFolder(string folder) => entries.Keys.Any(e => e.StartsWith(folder + "/", StringComparison.Ordinal));

    public override IReadOnlyList<string> Names(string folder) =>
        [.. entries.Keys.Where(e => e.StartsWith(Below(folder), StringComparison.Ordinal) && e.IndexOf('/', Below(folder).Length) < 0)
            .Select(e => e[Below(folder).Length..]).Where(e => e.Length > 0).Order(StringComparer.Ordinal)];

    public override byte[] Read(string file)
    {
        const int largest = 256 << 20; // No picture is; an entry may claim to unpack to anything.
        const int mostExpansion = 1100; // Deflate's own limit is 1032 to 1.
        if (!entries.TryGetValue(file, out ZipArchiveEntry? entry)) throw new DasException(ErrorKind.Data, $"{Path} lacks {file}.");
        if (entry.Length > largest || entry.Length > mostExpansion * (1 + entry.CompressedLength)) throw new DasException(ErrorKind.Data,
            $"{Describe(file)} claims {entry.Length} bytes, packed into {entry.CompressedLength}; more than {largest}, or than can be packed, are refused.");
        byte[] bytes = new byte[entry.Length];
        try
        {
            lock (archive)
            {
                using Stream stream = entry.Open();
                stream.ReadExactly(bytes);
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            throw new DasException(ErrorKind.Data, $"{Describe(file)} is damaged: {e.Message} Make the zip again.", e);
        }
        return bytes;
    }

    public override Stream Open(string file) => new MemoryStream(Read(file), writable: false);

    private protected override RawSource OpenArchive(string file) => new RawZip(Describe(file), Open(file));

    private static string Below(string folder) => folder.Length == 0 ? "" : folder + "/";

    public override void Dispose()
    {
        archive.Dispose();
        base.Dispose();
    }
}
