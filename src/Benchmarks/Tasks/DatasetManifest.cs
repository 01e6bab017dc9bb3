using System.Text.Encodings.Web;
using System.Text.Json.Serialization;

namespace Das.Benchmarks.Tasks;

/// <summary>An ingested file.</summary>
/// <param name="Name">Beside the manifest.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
/// <param name="Bytes">Length.</param>
/// <param name="Rows">Pictures, pairs of them, or texts; of <c>answers.json</c>, answers.</param>
/// <param name="Questions">Samples: questions, sentences, captions or texts.</param>
public sealed record DatasetFile(string Name, string Sha256, long Bytes, long Rows, long Questions);

/// <summary>What an ingested folder holds; written last, so a folder with a manifest is whole. No times: the same input gives the same bytes.</summary>
public sealed record DatasetManifest
{
    public const string FileName = "manifest.json";
    public const string AnswersName = "answers.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true, NewLine = "\n", PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, Converters = { new KindConverter() },
    };

    public required string Benchmark { get; init; }

    /// <summary>The benchmark's version: raised when its rows change.</summary>
    public required int Version { get; init; }

    /// <summary>What its samples ask, and so how its tables are laid out.</summary>
    public required TaskKind Task { get; init; }

    /// <summary>Split → the tables that make it up, in order: train, val, test and what else is published.</summary>
    public required SortedDictionary<string, string[]> Splits { get; init; }

    public required IReadOnlyList<DatasetFile> Files { get; init; }

    /// <summary>The vocabulary's file: a JSON list, label → answer.</summary>
    public required DatasetFile AnswersFile { get; init; }

    /// <summary>How many raw inputs were skipped.</summary>
    public required long BadInputs { get; init; }

    /// <summary>The first of them.</summary>
    public required IReadOnlyList<BadInput> FirstBadInputs { get; init; }

    /// <summary>Rows of the raw files that the benchmark leaves out though nothing is wrong with them; null where there are none, or where the dataset
    /// is from before they were counted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LeftOutRows? LeftOut { get; init; }

    [JsonIgnore]
    public string Folder { get; private init; } = "";

    /// <summary>Label → answer.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Answers { get; private init; } = [];

    /// <summary>Reads a folder's manifest and vocabulary; the tables' lengths are compared, their digests only if <paramref name="verify"/>.</summary>
    /// <exception cref="DasException">The folder is not a whole dataset, or a file is not the one that was ingested.</exception>
    public static DatasetManifest Load(string folder, bool verify = false)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new DasException(ErrorKind.Data, $"{folder} holds no {FileName}: the dataset was not ingested, or not to its end.");
        DatasetManifest manifest = Parse<DatasetManifest>(path);
        if (manifest.Files.Contains(null!) || manifest.Files.CountBy(file => file.Name).Any(names => names.Value > 1))
            throw new DasException(ErrorKind.Data, $"{path} is damaged: it lists a file twice, or none in its place; ingest the dataset again.");
        string[] known = [.. manifest.Files.Select(file => file.Name)];
        if (manifest.Splits.FirstOrDefault(split => split.Value is null || split.Value.Except(known).Any()).Key is { } broken)
            throw new DasException(ErrorKind.Data, $"{path} is damaged: its split '{broken}' names a table that is not among its files "
                + $"({string.Join(", ", known)}); ingest the dataset again.");
        foreach (DatasetFile file in manifest.Files.Append(manifest.AnswersFile))
            Check(Path.Combine(folder, file.Name), file, verify || file == manifest.AnswersFile);
        return manifest with { Folder = folder, Answers = ReadAnswers(Path.Combine(folder, manifest.AnswersFile.Name)) };
    }

    /// <summary>Writes <c>answers.json</c> into <paramref name="folder"/> and says what it is.</summary>
    public static DatasetFile WriteAnswers(string folder, IReadOnlyList<string> answers)
    {
        AtomicFile.Write(Path.Combine(folder, AnswersName), Line(answers));
        return Describe(folder, AnswersName, answers.Count, 0);
    }

    /// <summary>Writes the manifest into <paramref name="folder"/>, which makes the folder a dataset.</summary>
    public void Write(string folder) => AtomicFile.Write(Path.Combine(folder, FileName), Line(this));

    public static DatasetFile Describe(string folder, string name, long rows, long questions)
    {
        string path = Path.Combine(folder, name);
        return new(name, Digest.OfFile(path), new FileInfo(path).Length, rows, questions);
    }

    /// <summary>The tables of a split, in order.</summary>
    /// <param name="split">Its name.</param>
    /// <param name="read">The task as which they are read.</param>
    /// <exception cref="DasException">The task is another, or there is no such split.</exception>
    internal IReadOnlyList<string> Tables(string split, TaskKind read)
    {
        if (Task != read) throw new DasException(ErrorKind.Data,
            $"{Benchmark} as ingested in {Folder} is a {Task.Name} dataset; it cannot be read as {read.Name}.");
        return Splits.TryGetValue(split, out string[]? tables)
            ? [.. tables.Select(t => Path.Combine(Folder, t))]
            : throw new DasException(ErrorKind.Data, $"{Benchmark} as ingested in {Folder} has no split '{split}'. It has {string.Join(", ", Splits.Keys)}.");
    }

    private static void Check(string path, DatasetFile file, bool digest)
    {
        if (Path.GetFileName(file.Name) != file.Name) throw new DasException(ErrorKind.Data, $"The manifest names '{file.Name}', which is not beside it.");
        if (!File.Exists(path)) throw new DasException(ErrorKind.Data, $"{path} is missing; ingest the dataset again.");
        if (new FileInfo(path).Length != file.Bytes)
            throw new DasException(ErrorKind.Data, $"{path} has {new FileInfo(path).Length} bytes, not {file.Bytes} as ingested; ingest the dataset again.");
        if (digest && Digest.OfFile(path) != file.Sha256)
            throw new DasException(ErrorKind.Data, $"{path} is not the file that was ingested: its SHA-256 differs. Ingest the dataset again.");
    }

    private static string[] ReadAnswers(string path)
    {
        string[] answers = Parse<string[]>(path);
        return Array.IndexOf(answers, null) is >= 0 and var empty
            ? throw new DasException(ErrorKind.Data, $"{path} is damaged: answer {empty} is null.") : answers;
    }

    private static byte[] Line<T>(T value) => [.. JsonSerializer.SerializeToUtf8Bytes(value, Json), (byte)'\n'];

    private static T Parse<T>(string path) where T : class
    {
        try
        {
            return JsonText.OfFile<T>(path, Json, ErrorKind.Data);
        }
        catch (DasException e) when (!e.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new DasException(ErrorKind.Data, $"{path}: {e.Message}", e);
        }
    }

    /// <summary>A kind of task by its name.</summary>
    private sealed class KindConverter : JsonConverter<TaskKind>
    {
        public override TaskKind Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => TaskKinds.Get(reader.GetString() ?? "");

        public override void Write(Utf8JsonWriter writer, TaskKind kind, JsonSerializerOptions options) => writer.WriteStringValue(kind.Name);
    }
}
