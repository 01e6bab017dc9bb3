using System.Security.Cryptography;

namespace Das.Training.Data;

/// <summary>
/// The training pictures of benchmarks of captions, each once an epoch in an order drawn from the seed; a wrong caption is another picture's. What a
/// frozen image tower makes of a picture may be kept (<see cref="KeptTowers"/>).
/// </summary>
public sealed class CaptionFiles : CaptionedPairs
{
    /// <summary>How often another picture's caption is drawn where pictures share theirs, as aerial ones do.</summary>
    private const int Draws = 20;

    private readonly int seed;
    private readonly List<RawDataset> open = [];
    private readonly (IReadOnlyList<string> Captions, RawImage Image)[] pictures;
    private readonly Func<ReadOnlyMemory<byte>, Raster> transform;
    private readonly PixelNormalization normalization;
    private readonly KeptTowers? kept;
    private (long Epoch, int[] Order) current = (-1, []);

    /// <param name="recipe">Names the benchmarks and says whether output is kept.</param>
    /// <param name="transform">From a picture's file to one of the model's size.</param>
    /// <param name="normalization">The model's.</param>
    /// <param name="tower">The frozen image tower and all that its output depends on beside the picture; null where pixels are wanted.</param>
    /// <param name="folder">Where kept output lies.</param>
    /// <param name="progress">Called with (pictures done, pictures in all) while output is computed.</param>
    /// <param name="cancellation">Takes effect within one picture.</param>
    /// <exception cref="DasException">A benchmark is unknown, has no captions, or its files are missing or damaged.</exception>
    public CaptionFiles(PretrainRecipe recipe, Func<ReadOnlyMemory<byte>, Raster> transform, PixelNormalization normalization,
        (Func<Tensor, Tensor> Tower, string[] Inputs)? tower, string folder, Action<long, long> progress, CancellationToken cancellation)
    {
        (seed, this.transform, this.normalization) = (recipe.Seed, transform, normalization);
        try
        {
            pictures = [.. recipe.Captions!.SelectMany((source, i) => Read(source, $"captions[{i}]", cancellation))];
            if (pictures.Length < 2)
                throw new DasException(ErrorKind.Data, $"The captions of '{recipe.Name}' belong to {pictures.Length} pictures; two or more are needed, as "
                    + "wrong captions are other pictures'.");
            string digest = DigestOf(cancellation);
            Facts = new Dictionary<string, string> { ["das.captions_sha256"] = digest };
            if (tower is var (compute, inputs))
                kept = KeptTowers.Open(folder, [digest, .. inputs], pictures.Length, Prepare, compute, half: recipe.KeepTowers == "float16",
                    progress, Console.Error.WriteLine, cancellation);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override IReadOnlyDictionary<string, string> Facts { get; }

    public override IReadOnlyList<string> Captions(long pair) => pictures[At(pair)].Captions;

    public override string Wrong(long pair, int caption)
    {
        SeededRandom random = Seeds.Random(seed, "pretrain/contradiction", pair);
        int own = At(pair);
        string drawn = "";
        for (int draw = 0; draw < Draws && (drawn.Length == 0 || pictures[own].Captions.Contains(drawn)); draw++)
        {
            int other = (own + 1 + random.Next(pictures.Length - 1)) % pictures.Length;
            drawn = pictures[other].Captions[random.Next(pictures[other].Captions.Count)];
        }
        return drawn;
    }

    public override Func<Tensor> Pictures(long first, int count)
    {
        int[] numbers = [.. Enumerable.Range(0, count).Select(i => At(first + i))];
        return kept is { } held ? () => held.Rows(numbers) : Pixels(numbers.Select(Picture), normalization);
    }

    public override void Dispose()
    {
        kept?.Dispose();
        foreach (RawDataset dataset in open) dataset.Dispose();
        base.Dispose();
    }

    /// <summary>Reads a picture's file; what it gives decodes it, on whatever thread.</summary>
    private Lazy<Raster> Picture(int number)
    {
        ReadOnlyMemory<byte> encoded = pictures[number].Image.Read();
        return new(() => transform(encoded));
    }

    private Func<Tensor> Prepare(int number)
    {
        Lazy<Raster> picture = Picture(number);
        return () => PictureBatch.Of([picture], normalization);
    }

    private IEnumerable<(IReadOnlyList<string>, RawImage)> Read(BenchmarkRecipe source, string key, CancellationToken cancellation)
    {
        Benchmark benchmark = BenchmarkCatalog.Get(source.Name);
        if (benchmark.Task != TaskKinds.Retrieval)
            throw new DasException(ErrorKind.Recipe, $"{key}.name is {source.Name}, a benchmark of {benchmark.Task.Name}: name one of captions, karpathy say.");
        RawDataset dataset = benchmark.Open(source.Source, source.Options, new(source.OnBadInput), cancellation);
        open.Add(dataset);
        HashSet<string> tables = [.. (dataset.Splits ?? benchmark.Splits)["train"]];
        return dataset.Tables.Where(table => tables.Contains(table.Name)).SelectMany(table => table.Rows)
            .Select(row => ((IReadOnlyList<string>)[.. ((CaptionRow)row.Content).Captions.Distinct()], row.Images[0]));
    }

    /// <summary>SHA-256 of all captions and all pictures.</summary>
    private string DigestOf(CancellationToken cancellation)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((IReadOnlyList<string> captions, RawImage image) in pictures)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(captions));
            hash.AppendData(SHA256.HashData(image.Read()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Which picture a pair shows.</summary>
    private int At(long pair)
    {
        lock (open)
        {
            long epoch = pair / pictures.Length;
            if (current.Epoch != epoch) current = (epoch, Seeds.Random(seed, "pretrain/order", epoch).Permutation(pictures.Length));
            return current.Order[pair % pictures.Length];
        }
    }
}
