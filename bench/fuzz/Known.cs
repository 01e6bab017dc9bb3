namespace Das.Fuzz;

/// <summary>Files known to do harm: which reader reads each, and what comes of it.</summary>
internal static class Known
{
    private static readonly (string Reader, string Path)[] Files =
    [
        ("arrow", "arrow/stack-overflow.arrow"), ("arrow", "arrow/deep-5000.arrow"), ("arrow", "arrow/len-712.arrow"), ("arrow", "arrow/len-1344.arrow"),
        ("pickle", "checkpoints/memo-collisions.ckpt"), ("pickle", "checkpoints/claims-4-TB.ckpt"),
        ("model", "checkpoints/twenty-thousand-layers.safetensors"), ("hf-index", "checkpoints/hf-duplicate-keys"),
        ("hf-config", "checkpoints/meta-name-without-dot"), ("sentencepiece", "tokenizers/empty-unk.model"), ("picture", "images/8192x8192.png"),
        ("recipe", "json/duplicate-key-recipe.json"),
    ];

    /// <summary>Reads every file of a folder in a child of its own, and prints what came of it.</summary>
    public static void Print(string folder, Limits limits)
    {
        Console.WriteLine("| file | reader | outcome | what |\n|---|---|---|---|");
        foreach ((string name, string path) in Files)
        {
            string file = Path.Combine(folder, path);
            if (!Path.Exists(file)) continue;
            string? said = null;
            Stopwatch watch = Stopwatch.StartNew();
            Finding found = new Campaign(Reader.Get(name), 0, "", limits).Known(file, line => said = line);
            string outcome = found.Outcome == Outcome.Read ? said ?? "read |" : $"{found.Outcome} | {found.What}";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {path} | {name} | {Short(outcome)} ({watch.Elapsed.TotalSeconds:0.0} s) |"));
        }
    }

    /// <summary>The child's side of it: prints the outcome and what was said.</summary>
    public static void Child(string[] arguments)
    {
        Reader reader = Reader.Get(arguments[1]);
        string folder = Directory.CreateTempSubdirectory("das-fuzz-").FullName, input = arguments[2];
        try
        {
            if (Directory.Exists(input))
                foreach (string file in Directory.EnumerateFiles(input)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            else File.Copy(input, Path.Combine(folder, reader.File));
            string vocabulary = Path.Combine(Path.GetDirectoryName(input)!, "vocab.txt");
            if (File.Exists(vocabulary)) File.Copy(vocabulary, Path.Combine(folder, "vocab.txt"));
            Tally tally = new();
            File.WriteAllBytes(arguments[6], new byte[8]);
            Runner.One(reader, folder, 0, 0, tally);
            Finding? finding = tally.Findings.Count > 0 ? tally.Findings[^1] : null;
            Outcome outcome = finding?.Outcome ?? tally.Counts.Keys.First();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{outcome} | {finding?.What ?? tally.Sentences.FirstOrDefault()} ({tally.MostBytes >> 20} MB)"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Short(string text) => text.Length > 200 ? text[..200] + "…" : text;
}
