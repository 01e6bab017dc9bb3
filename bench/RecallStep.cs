
namespace Das.Bench;

/// <summary>Pairs that recall scores in a second: METER and ViLT in the sizes of this repository's small models, all images against all texts.</summary>
internal static class RecallStep
{
    private const int Images = 2, MostTexts = 512, LargeGroup = 256, Group = 64, Width = 128, ImageTokens = 17;
    private static readonly TaskHeads heads = new(Rank: true);
    private static readonly MeterConfig meter = new()
    {
        VocabSize = 662, HiddenSize = Width, NumHeads = 4, NumLayers = 4, MaxTextLength = 40, TextEncoder = "bert", TextLayers = 2, TextIntermediate = 512,
            TextPositions = 40,
        ImageSize = 64, ClipWidth = Width, ClipHeads = 4, ClipLayers = 4, InLayerBottleneck = 16, ReplacementBottleneck = 48,
    };
    private static readonly ViltConfig vilt = new()
    {
        VocabSize = 662, HiddenSize = Width, NumHeads = 4, NumLayers = 8, ImageSize = 64, PatchSize = 16, InLayerBottleneck = 16, ReplacementBottleneck = 32,
    };

    public static Measured Measure(MeasurementOptions options)
    {
        using var frozen = no_grad();
        manual_seed(0);
        string[] texts = Captions(options.Captions
            ?? throw new FileNotFoundException("recall needs --captions FILE: lines of 'image,caption' below a header, as Flickr8k's captions.txt."));
        Tokenizer tokenizer = WordPiece.Load(Path.Combine(AppContext.BaseDirectory, "vocab.txt"));
        int[] tokens = [.. texts.Select(text => TextBatch.Of(tokenizer, [text], vilt.MaxTextLength).Length)];
        Subject[] subjects =
        [
            new("METER", new Meter(meter, heads), texts, tokens, tokenizer, tokens.Average(T => (double)MeterPair(T)),
                tokens.Average(T => (double)(MeterPair(T) - MeterAlone(T) - MeterAlone(ImageTokens)))),
            new("ViLT", new Vilt(vilt, heads), texts, tokens, tokenizer, tokens.Average(T => (double)ViltPair(T)), null),
        ];
        const string products = "products alone";
        Interleaved timed = Interleaved.Time([new(products, Products), .. subjects.SelectMany(s => s.Contenders())], options);

        long pairs = Images * (long)texts.Length;
        double Speed(IReadOnlyDictionary<string, double> s) => ProductMacs / s[products];
        return new(timed,
        [
            Figure.Rate($"products of {Group * 23}x{Width} by {Width}x{4 * Width}, one thread each", timed.Over(s => Speed(s) / 1e9), "GMAC/s"),
            .. subjects.SelectMany(subject => (Figure[])
            [
                Figure.Rate($"{subject.Name}: what the products would allow of its {subject.Macs / 1e6:0.0} MMAC a pair",
                    timed.Over(s => Speed(s) / subject.Macs), "pairs/s"),
                .. subject.MacsAhead is { } ahead
                    ? [Figure.Rate($"{subject.Name}: what they would allow of the {ahead / 1e6:0.0} MMAC that are left of a pair",
                        timed.Over(s => Speed(s) / ahead), "pairs/s")] : (Figure[])[],
                .. subject.Names.Select(name => Figure.Rate($"{subject.Name}: {name}", timed.Over(s => pairs / s[$"{subject.Name} {name}"]), "pairs/s")),
                new($"{subject.Name}: {subject.Names[^1]} ÷ {subject.Names[0]}",
                    timed.Over(s => s[$"{subject.Name} {subject.Names[0]}"] / s[$"{subject.Name} {subject.Names[^1]}"]), "×", null, null),
            ]),
        ]);
    }

    /// <summary>One model with the ways to score that are compared, from the first to the present one.</summary>
    private sealed class Subject
    {
        private readonly VisionLanguageModel model;
        private readonly Embedded[] images;
        private readonly (string Name, Embedded[] Groups, Action<Subject, Embedded[]> Score)[] ways;

        public Subject(string name, VisionLanguageModel model, string[] texts, int[] tokens, Tokenizer tokenizer, double macs, double? macsAhead)
        {
            model.eval();
            (Name, this.model, Macs, MacsAhead) = (name, model, macs, macsAhead);
            images = [.. Enumerable.Range(0, Images).Select(_ => Kept(model.EmbedImage(randn(1, 3, 64, 64))))];
            string[] byCharacters = [.. texts.OrderBy(t => t.Length)], byTokens = [.. texts.Zip(tokens).OrderBy(t => t.Second).Select(t => t.First)];
            Embedded[] Grouped(string[] order, int size) => [.. order.Chunk(size).Select(group =>
            {
                (Tensor ids, Tensor mask) = TextBatch.Of(tokenizer, group, model.MaxTextLength).ToTensors(CPU);
                return Kept(model.EmbedText(ids, mask));
            })];
            Embedded[] groups = Grouped(byTokens, Group);
            ways =
            [
                ($"groups of {LargeGroup} by characters, the image repeated", Grouped(byCharacters, LargeGroup), Repeated),
                ($"groups of {LargeGroup} by tokens", Grouped(byTokens, LargeGroup), Repeated),
                ($"groups of {Group} by tokens", groups, Repeated),
                ("and what is of one side computed once", groups, Met),
                ("and images side by side", groups, (s, g) =>
                    RetrievalScores.Matrix(s.model, Images, i => s.images[i], g, (_, _) => { }, CancellationToken.None)),
            ];
        }

        public string Name { get; }
        public double Macs { get; }
        public double? MacsAhead { get; }
        public IReadOnlyList<string> Names => [.. ways.Select(w => w.Name)];

        public IEnumerable<Contender> Contenders() => ways.Select(way => new Contender($"{Name} {way.Name}", () =>
        {
            using var scope = NewDisposeScope();
            way.Score(this, way.Groups);
        }));

        private static void Repeated(Subject s, Embedded[] groups)
        {
            foreach (Embedded image in s.images)
                foreach (Embedded group in groups)
                {
                    using var pass = NewDisposeScope();
                    s.model.RankScores(s.model.Fuse(group, image.Repeat(group.Count)));
                }
        }

        private static void Met(Subject s, Embedded[] groups)
        {
            Func<Embedded, Tensor>[] fuse = [.. groups.Select(s.model.FuseWith)];
            foreach (Embedded image in s.images)
                foreach (Func<Embedded, Tensor> meeting in fuse)
                {
                    using var pass = NewDisposeScope();
                    s.model.RankScores(meeting(image));
                }
        }

        private static Embedded Kept(Embedded made) => new(made.Tokens.DetachFromDisposeScope(), made.Valid?.DetachFromDisposeScope());
    }

    /// <summary>Of the cross layers as far as the poolers need them, the poolers and the head.</summary>
    private static long MeterPair(int T) => MeterCost.Macs(meter, heads, SkipMask.Empty, T, ImageTokens, clsOnly: true)
        - MeterCost.ImageTower(meter, ImageTokens) - MeterCost.TextTower(meter, T) - ((T + ImageTokens) * Width * Width);

    /// <summary>Of the first layer: a stream's self-attention with its adapter, its cross queries, and the keys and values of its tokens for the
    /// other.</summary>
    private static long MeterAlone(long S) =>
        (4 * S * Width * Width) + (2 * S * S * Width) + Adapter.Macs(S, Width, meter.InLayerBottleneck) + (3 * S * Width * Width);

    private static long ViltPair(int T) =>
        ViltCost.Macs(vilt, heads, SkipMask.Empty, T, ImageTokens, clsOnly: true) - ((ImageTokens - 1) * 3L * vilt.PatchSize * vilt.PatchSize * Width);

    private const int ProductRepeats = 400;

    private static double ProductMacs => (double)get_num_threads() * ProductRepeats * Group * 23 * Width * 4 * Width;

    private static void Products()
    {
        int width = get_num_threads();
        Tensor[] x = [.. Enumerable.Range(0, width).Select(_ => randn(Group * 23, Width).DetachFromDisposeScope())];
        using Tensor w = randn(4 * Width, Width);
        Thread[] threads = [.. x.Select(own => new Thread(() =>
        {
            set_num_threads(1);
            for (int i = 0; i < ProductRepeats; i++) F.linear(own, w).Dispose();
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        set_num_threads(width);
    }

    private static string[] Captions(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"--captions is '{path}', but there is no such file.");
        string[] lines = [.. File.ReadLines(path).Skip(1).Where(l => l.Contains(',', StringComparison.Ordinal))];
        int every = Math.Max(1, lines.Length / MostTexts);
        return [.. lines.Where((_, i) => i % every == 0).Take(MostTexts).Select(l => l[(l.IndexOf(',', StringComparison.Ordinal) + 1)..])];
    }
}
