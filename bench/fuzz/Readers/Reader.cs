namespace Das.Fuzz.Readers;

/// <summary>One reader of the product under mutations of valid files.</summary>
internal abstract class Reader
{
    /// <summary>In the command line and in the report.</summary>
    public abstract string Name { get; }

    /// <summary>The name that an input has in its folder; a mutated text of a folder's file where a reader takes folders.</summary>
    public abstract string File { get; }

    /// <summary>Bytes of managed memory and of tensors that one input may take.</summary>
    public virtual long Bound => 64L << 20;

    /// <summary>Valid inputs.</summary>
    public IReadOnlyList<byte[]> Seeds => field ??= Valid();

    /// <summary>What of a refusal says that the input did not look like one of the reader's files at all.</summary>
    public abstract IReadOnlyList<string> HeaderRefusals { get; }

    /// <summary>The code that reads: assemblies, and parts of the names of methods in them.</summary>
    public abstract IReadOnlyList<(string Assembly, string Type)> Code { get; }

    /// <summary>What .NET's reader says of what is no JSON at all.</summary>
    protected static IReadOnlyList<string> NoJson { get; } =
        ["not valid JSON", "is an invalid", "is invalid", "Expected", "end of data", "end when reading", "reached end", "is no UTF-8", "is empty"];

    /// <summary>Valid inputs, made by the product's own writers or taken from the repository's fixtures.</summary>
    protected abstract IReadOnlyList<byte[]> Valid();

    /// <summary>Writes what stands beside an input.</summary>
    public virtual void Prepare(string folder) { }

    /// <summary>An input that differs from a valid one in a few places.</summary>
    public abstract byte[] Mutate(byte[] valid, SplitMix64 random);

    /// <summary>Reads all of an input.</summary>
    /// <param name="folder">Holds it as <see cref="File"/>.</param>
    /// <returns>Bytes outside the managed heap that it took.</returns>
    public abstract long Read(string folder);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Reader> All { get; } =
    [
        new ArrowReader(), new ManifestReader(), new SafetensorsReader(), new PickleReader(), new GgufReader(), new Llama2CReader(),
        new ModelReader(),
        new HuggingFaceReader("hf-config", "config.json"), new HuggingFaceReader("hf-index", "model.safetensors.index.json"), new SentencePieceReader(),
        new PieceFileReader(), new WordPieceReader(), new BytePairsReader(), new FastTokenizerReader(),
        new RecipeReader(), new JsonLinesReader(), new JsonListReader(),
        new PictureReader(), new CsvTableReader(), new ParquetTableReader(),
    ];

    /// <exception cref="DasException">There is none of that name.</exception>
    public static Reader Get(string name) => All.FirstOrDefault(reader => reader.Name == name)
        ?? throw new DasException(ErrorKind.Usage, Nearest.Unknown("reader", name, All.Select(reader => reader.Name)));

    /// <summary>Files of the repository's fixtures up to a size.</summary>
    protected static IEnumerable<byte[]> Fixtures(string pattern, int most = 1 << 16) =>
        Directory.EnumerateFiles(Path.Combine(Root, "tests", "fixtures", "parity"), pattern, SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).Where(file => new FileInfo(file).Length <= most).Select(System.IO.File.ReadAllBytes);

    /// <summary>The checkout.</summary>
    protected static string Root { get; } = FindRoot();

    /// <summary>A file that <paramref name="write"/> makes.</summary>
    protected static byte[] Made(Action<string> write)
    {
        string path = Path.Combine(Path.GetTempPath(), $"das-fuzz-{Guid.NewGuid():N}");
        try
        {
            write(path);
            return System.IO.File.ReadAllBytes(path);
        }
        finally
        {
            System.IO.File.Delete(path);
        }
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "Das.Pipeline.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException($"No Das.Pipeline.sln above {AppContext.BaseDirectory}.");
    }
}
