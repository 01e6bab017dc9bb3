namespace Das.Benchmarks.Scoring;

/// <summary>Image-text retrieval (<c>V/modules/objectives.py:444-566</c>): the share of queries with a right result among the k best.</summary>
/// <param name="ImageRanks">Of each text, how many images stand before its own.</param>
/// <param name="TextRanks">Of each image, how many texts stand before the best of its own; <see cref="int.MaxValue"/> where it has none.</param>
public sealed record Recall(IReadOnlyList<int> ImageRanks, IReadOnlyList<int> TextRanks)
{
    /// <summary>The k that are published.</summary>
    public static IReadOnlyList<int> Ranks { get; } = [1, 5, 10];

    /// <param name="scores">One row an image, one column a text.</param>
    /// <param name="images">The image id of each row.</param>
    /// <param name="texts">The id of the image that each text describes.</param>
    public static Recall Of(ReadOnlySpan<float> scores, long[] images, long[] texts)
    {
        if (scores.Length != images.Length * texts.Length)
            throw new ArgumentException($"{scores.Length} scores for {images.Length} images and {texts.Length} texts.", nameof(scores));
        int[] imageRanks = new int[texts.Length], textRanks = new int[images.Length];
        for (int t = 0; t < texts.Length; t++) imageRanks[t] = BestRank(scores[t..], texts.Length, images, texts[t]);
        for (int i = 0; i < images.Length; i++) textRanks[i] = BestRank(scores[(i * texts.Length)..], 1, texts, images[i]);
        return new(imageRanks, textRanks);
    }

    /// <summary>IR@k: a text finds its image among the <paramref name="k"/> best; one hit or miss a text.</summary>
    public MeanScore Image(int k) => MeanScore.Of(ImageRanks.Select(r => r < k));

    /// <summary>TR@k: an image finds any of its texts among the <paramref name="k"/> best; one hit or miss an image.</summary>
    public MeanScore Text(int k) => MeanScore.Of(TextRanks.Select(r => r < k));

    /// <summary>Image retrieval at 1, 5, 10, then text retrieval at 1, 5, 10: the published order.</summary>
    public double[] Shares() => [.. Ranks.Select(k => Image(k).Mean), .. Ranks.Select(k => Text(k).Mean)];

    /// <summary>How many results stand before the best right one; equal scores keep their order.</summary>
    private static int BestRank(ReadOnlySpan<float> scores, int stride, long[] ids, long wanted)
    {
        int best = -1;
        for (int i = 0; i < ids.Length; i++)
            if (ids[i] == wanted && (best < 0 || scores[i * stride] > scores[best * stride])) best = i;
        if (best < 0) return int.MaxValue;
        int before = 0;
        for (int i = 0; i < ids.Length; i++)
            if (scores[i * stride] > scores[best * stride] || (i < best && scores[i * stride] == scores[best * stride])) before++;
        return before;
    }
}
