namespace Das.Artifacts;

/// <summary>
/// Digests of the files of one folder, remembered in it (<see cref="FileName"/>) so that no other process reads them again. What is remembered is believed
/// only where it is the digest that is expected, of a file with the identity it was read with: damaged, it costs a reading and nothing else.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="digests">What this process knows.</param>
public sealed class FolderDigests(string folder, FileDigests digests)
{
    /// <summary>The file of what is remembered: no result, and never necessary.</summary>
    public const string FileName = ".digests";

    private const int Largest = 1 << 22;
    private Dictionary<string, Entry>? remembered;
    private bool learnt;

    /// <summary>The file's digest.</summary>
    /// <param name="name">Relative to the folder.</param>
    /// <param name="expected">What it should be; null where it is not known: the file is read unless this process knows it.</param>
    /// <param name="reading">Told the name before the file is read.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <inheritdoc cref="FileDigests.Of" path="/exception"/>
    public string Of(string name, string? expected, Action<string>? reading = null, CancellationToken cancellation = default)
    {
        string path = Path.Combine(folder, name);
        if (digests.Known(path) is { } known) return known;
        remembered ??= Remembered();
        if (expected is not null && remembered.TryGetValue(name, out Entry entry) && entry.Sha256 == expected && FileIdentity.Of(path) == entry.Identity)
        {
            digests.Learn(path, entry.Identity, expected);
            return expected;
        }
        reading?.Invoke(name);
        string sha256 = digests.Of(path, cancellation);
        if (FileIdentity.Of(path) is { } identity && digests.Known(path) == sha256)
        {
            remembered[name] = new(sha256, identity);
            learnt = true;
        }
        return sha256;
    }

    /// <summary>What is wrong with a file that should be as it was sealed; null where it is.</summary>
    /// <inheritdoc cref="Of" path="/param"/>
    public ArtifactDamage? DamageOfSealed(string name, Action<string>? reading = null, CancellationToken cancellation = default)
    {
        string path = Path.Combine(folder, name), place = Path.GetFileName(folder);
        string? seal = null;
        try
        {
            seal = FileSeal.Read(path);
            if (!File.Exists(path)) return ArtifactDamage.Missing(place, "", name, seal);
            if (seal is null) return ArtifactDamage.Unsealed(place, "", name);
            string found = Of(name, seal, reading, cancellation);
            Keep();
            return found == seal ? null : ArtifactDamage.Changed(place, "", name, seal, found);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            return ArtifactDamage.Unreadable(place, "", name, seal, broken);
        }
    }

    /// <summary>Remembers what was read.</summary>
    public void Keep()
    {
        if (!learnt) return;
        try { AtomicFile.Write(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(remembered)); }
        catch (Exception courtesy) when (courtesy is IOException or UnauthorizedAccessException) { /* The next process reads the files again. */ }
        learnt = false;
    }

    private Dictionary<string, Entry> Remembered()
    {
        try
        {
            FileInfo file = new(Path.Combine(folder, FileName));
            if (file is { Exists: true, Length: <= Largest }
                && JsonSerializer.Deserialize<Dictionary<string, Entry>>(File.ReadAllBytes(file.FullName)) is { } read)
                return new(read.Where(entry => !entry.Key.Contains('\0') && Path.Exists(Path.Combine(folder, entry.Key))), StringComparer.Ordinal);
        }
        catch (Exception unusable) when (unusable is JsonException or IOException or UnauthorizedAccessException) { /* As if there were none. */ }
        return new(StringComparer.Ordinal);
    }

    private readonly record struct Entry(string Sha256, FileIdentity Identity);
}
