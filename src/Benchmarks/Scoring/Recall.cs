namespace Das.Benchmarks.Scoring;

/// <summary>Image-text retrieval (<c>V/modules/objectives.py:444-566</c>): the share of queries with a right result among the k best.</summary>
public static class Recall
{
    public static IReadOnlyList<int> Ranks { get; } = [1, 5, 10];

    /// <param name="scores">One row an image, one column a text.</param>
    /// <param name="images">The image id of each row.</param>
    /// <param name="texts">The id of the image that each text describes.</param>
    /// <returns>Image retrieval at 1, 5, 10 (a text looks for its image), then text retrieval at 1, 5, 10 (an image looks for any of its texts).</returns>
    public static double[] Of(ReadOnlySpan<float> scores, long[] images, long[] texts)
    {
        if (scores.Length != images.Length * texts.Length)
            throw new ArgumentException($"{scores.Length} scores for {images.Length} images and {texts.Length} texts.", nameof(scores));
        int[] imageRanks = new int[texts.Length], textRanks = new int[images.Length];
        for (int t = 0; t < texts.Length; t++) imageRanks[t] = BestRank(scores[t..], texts.Length, images, texts[t]);
        for (int i = 0; i < images.Length; i++) textRanks[i] = BestRank(scores[(i * texts.Length)..], 1, texts, images[i]);
        return [.. Ranks.Select(k => Share(imageRanks, k)), .. Ranks.Select(k => Share(textRanks, k))];
    }

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

    private static double Share(int[] ranks, int k) => ranks.Length == 0 ? 0 : ranks.Count(r => r < k) / (double)ranks.Length;
}
