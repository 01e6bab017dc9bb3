namespace Das.Benchmarks.Catalog;

/// <summary>Every benchmark there is. A new one is one file and one line here.</summary>
public static class BenchmarkCatalog
{
    private static readonly Dictionary<string, Benchmark> Known = new()
    {
        ["vqav2"] = new VqaV2(),
        ["easy-vqa"] = new EasyVqa(),
        ["nlvr2"] = new Nlvr2(),
        ["nlvr"] = new Nlvr(),
        ["f30k"] = new Flickr30K(),
        ["karpathy"] = new Karpathy(),
        ["shapes"] = new ShapesBenchmark(),
        ["scienceqa"] = new ScienceQa(),
        ["boolq"] = new BoolQ(),
        ["commonsenseqa"] = new CommonsenseQa(),
        ["gsm8k"] = new Gsm8k(),
        ["aid20"] = new ConversationTask(ConversationSet.Aid20),
        ["aid50"] = new ConversationTask(ConversationSet.Aid50),
        ["slake"] = new ConversationTask(ConversationSet.Slake),
        ["vqa-rad"] = new ConversationTask(ConversationSet.VqaRad),
        ["aid-answers"] = new ConversationAnswers(ConversationSet.Aid20, "aid-answers"),
        ["vqa-rad-answers"] = new ConversationAnswers(ConversationSet.VqaRad, "vqa-rad-answers"),
        ["conversations"] = new Conversations(),
        ["questions"] = new Questions(),
        ["texts"] = new Texts(),
        ["captions"] = new Captions(),
    };

    public static IReadOnlyCollection<Benchmark> All => Known.Values;

    /// <summary>The benchmark of that name; null if there is none.</summary>
    public static Benchmark? Find(string name) => Known.GetValueOrDefault(name);

    /// <exception cref="DasException">There is none; the message offers the nearest name.</exception>
    public static Benchmark Get(string name) => Known.TryGetValue(name, out Benchmark? benchmark)
        ? benchmark
        : throw new DasException(ErrorKind.Data, Nearest.Unknown("benchmark", name, Known.Keys));
}
