namespace Das.Tests.Training;

/// <summary>Every image against every text, computed fast and computed pair by pair.</summary>
public sealed class RetrievalScoresTests() : TensorTest(learns: false)
{
    private const double Tolerance = 1e-5;
    private static readonly int[] lengths = [3, 4, 4, 5, 6, 8, 8];

    public static TheoryData<string, string> Masks =>
        [("meter", "[]"), ("meter", "[0]"), ("meter", "[3]"), ("meter", "[0, 3]"), ("meter", "[0, 1, 3]"), ("meter", "[0, 1, 3, 4]"),
        ("meter", "[3, 4, 5]"), ("meter", "[1, 2, 4, 5]"), ("meter", "[0, 1, 2, 3, 4, 5]"), ("vilt", "[]"), ("vilt", "[0, 3]"), ("vilt", "[0, 1, 2, 3]")];

    [Theory]
    [MemberData(nameof(Masks))]
    public void A_pair_scored_among_others_scores_as_it_does_alone(string backbone, string layers)
    {
        using VisionLanguageModel model = Model(backbone);
        model.Skipped = SkipMask.Parse(layers);
        Tensor pictures = TinyMeter.Images(11, 3);
        var (ids, mask) = backbone == "meter" ? TinyMeter.Texts(lengths) : TinyVilt.Texts(lengths);
        Embedded[] groups = [.. new[] { (0, 3), (3, 2), (5, 2) }.Select(g => model.EmbedText(Shortest(ids, g), Shortest(mask, g)))];
        float[] scores = RetrievalScores.Matrix(model, 3, i => model.EmbedImage(pictures.narrow(0, i, 1)), groups, (_, _) => { }, Token);

        for (int image = 0; image < 3; image++)
            for (int text = 0; text < lengths.Length; text++)
            {
                using Tensor alone = model.RankScores(model.Features(ids.narrow(0, text, 1).narrow(1, 0, lengths[text]),
                    mask.narrow(0, text, 1).narrow(1, 0, lengths[text]), pictures.narrow(0, image, 1)));
                Assert.Equal(alone.item<float>(), scores[(image * lengths.Length) + text], Tolerance * Math.Max(1, Math.Abs(alone.item<float>())));
            }
        if (model.Skipped.Count < model.CandidateCount) Assert.True(scores.Distinct().Count() > lengths.Length, "The scores do not depend on the pair.");
    }

    [Fact]
    public void Scores_and_progress_are_the_same_however_many_images_are_scored_side_by_side()
    {
        using VisionLanguageModel model = Model("meter");
        Tensor pictures = TinyMeter.Images(12, 9);
        var (ids, mask) = TinyMeter.Texts(lengths);
        Embedded[] groups = [model.EmbedText(ids, mask)];
        int threads = get_num_threads();
        try
        {
            List<long> done = [];
            float[][] scores = [.. new[] { 1, 3 }.Select(width =>
            {
                set_num_threads(width);
                return RetrievalScores.Matrix(model, 9, i => model.EmbedImage(pictures.narrow(0, i, 1)), groups, (so_far, _) => done.Add(so_far),
                    Token);
            })];
            Assert.Equal(scores[0], scores[1]);
            Assert.Equal(3, get_num_threads());
            Assert.Equal([.. Enumerable.Range(1, 9).Select(i => (long)i * lengths.Length)], done.Skip(9));
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void Cancelling_ends_all_threads_and_says_so()
    {
        using VisionLanguageModel model = Model("vilt");
        Tensor pictures = TinyMeter.Images(13, 4);
        var (ids, mask) = TinyVilt.Texts(lengths);
        using CancellationTokenSource source = new();
        Assert.Throws<OperationCanceledException>(() =>
            RetrievalScores.Matrix(model, 4, i => model.EmbedImage(pictures.narrow(0, i, 1)), [model.EmbedText(ids, mask)], (_, _) => source.Cancel(),
                source.Token));
    }

    private static VisionLanguageModel Model(string backbone) =>
        backbone == "meter" ? TinyMeter.New(heads: new(Rank: true)) : TinyVilt.New(heads: new(Rank: true));

    private static Tensor Shortest(Tensor all, (int From, int Count) group) =>
        all.narrow(0, group.From, group.Count).narrow(1, 0, lengths[group.From + group.Count - 1]);
}
