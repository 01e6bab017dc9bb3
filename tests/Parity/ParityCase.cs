namespace Das.Tests.Parity;

/// <summary>
/// One thing recorded from the published code or from the libraries that models are run with: a case file, or one of its runs. Everything a check
/// needs (dimensions, tolerances, names of tensor files) is read from the file or from the shapes of the recorded tensors, so a folder with other
/// dimensions works unchanged. Every <c>case.json</c> at any depth is a case; paths in it are relative to it.
/// </summary>
/// <param name="Kind">What a checker is looked up by: the file's own <c>kind</c>, <c>model_task</c> of a run, or the case's name.</param>
/// <param name="Id">Where it stands: <c>vilt_meter/vilt_vqa#skip_1</c>.</param>
/// <param name="File">The JSON file.</param>
/// <param name="Run">Index into the file's <c>runs</c>, or -1.</param>
public sealed record ParityCase(string Kind, string Id, string File, int Run)
{
    public const string RootVariable = "DAS_PARITY";

    public string Folder => Path.GetDirectoryName(File)!;

    public JsonElement Read() => JsonDocument.Parse(System.IO.File.ReadAllBytes(File)).RootElement;

    /// <summary>The tensors of a role: inputs, expected.</summary>
    public Dictionary<string, Tensor> Tensors(string role) => TensorFile.Read(Path.Combine(Folder, role + ".safetensors"));

    /// <inheritdoc cref="Tensors"/>
    public RawTensors Raw(string role) => new(Path.Combine(Folder, role + ".safetensors"));

    public override string ToString() => Id;

    /// <summary><c>DAS_PARITY</c> alone, else the recordings beside the repository, else the part of them that is committed.</summary>
    public static IReadOnlyList<string> Roots { get; } =
        Environment.GetEnvironmentVariable(RootVariable) is { Length: > 0 } given ? [given]
        : Beside() is { Length: > 0 } beside ? beside
        : [Repository.PathOf("tests/fixtures/parity")];

    public static IReadOnlyList<ParityCase> All { get; } = [.. Roots.SelectMany(Find)];

    private static string[] Beside() =>
        [.. ((string[])["../shared/parity", "../shared/recordings"]).Select(folder => Path.GetFullPath(Repository.PathOf(folder))).Where(Directory.Exists)];

    private static IEnumerable<ParityCase> Find(string root)
    {
        if (!Directory.Exists(root)) throw new DirectoryNotFoundException($"{RootVariable} names '{root}', which does not exist.");
        foreach (string file in Directory.EnumerateFiles(root, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            JsonElement json = JsonDocument.Parse(System.IO.File.ReadAllBytes(file)).RootElement;
            bool isCase = Path.GetFileName(file) == "case.json" || (json.ValueKind == JsonValueKind.Object
                && (json.TryGetProperty("what", out _) || json.TryGetProperty("kind", out _) || json.TryGetProperty("runs", out _)));
            if (!isCase) continue;

            string id = Path.GetRelativePath(root, Path.GetFileName(file) == "case.json" ? Path.GetDirectoryName(file)! : file).Replace('\\', '/');
            if (Text(json, "kind") is { } kind) yield return new(kind, id, file, -1);
            else if (json.TryGetProperty("runs", out JsonElement runs))
                for (int r = 0; r < runs.GetArrayLength(); r++)
                    yield return new($"{Text(json, "model")}_{Text(runs[r], "task")}", $"{id}#{Text(runs[r], "name")}", file, r);
            else if (json.TryGetProperty("training", out JsonElement training))
                yield return new($"{Text(json, "model")}_train_{Text(training, "task")}", id, file, -1);
            else yield return new(ParityTests.KindOf(Text(json, "name") ?? Path.GetFileNameWithoutExtension(file)), id, file, -1);
        }
    }

    private static string? Text(JsonElement json, string key) => json.TryGetProperty(key, out JsonElement value) ? value.GetString() : null;
}
