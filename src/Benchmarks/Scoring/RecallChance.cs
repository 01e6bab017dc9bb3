namespace Das.Benchmarks.Scoring;

/// <summary>The recall to be expected of a ranking at random.</summary>
public static class RecallChance
{
    /// <summary>IR@k: one of <paramref name="images"/> is right, so <c>k / images</c>.</summary>
    public static double Image(int images, int k) => images == 0 ? 0 : Math.Min(1.0, k / (double)images);

    /// <summary>
    /// TR@k: an image with m of the N texts misses with all of k draws without replacement with probability <c>C(N - m, k) / C(N, k)</c>; the
    /// mean over images.
    /// </summary>
    /// <param name="textsPerImage">m of each image; N is their sum.</param>
    /// <param name="k">How many of the best count.</param>
    public static double Text(IReadOnlyCollection<int> textsPerImage, int k)
    {
        long texts = textsPerImage.Sum(m => (long)m);
        return textsPerImage.Count == 0 ? 0 : textsPerImage.Average(m => 1 - Miss(texts, m, k));
    }

    private static double Miss(long texts, int right, int k)
    {
        double miss = 1;
        for (int drawn = 0; drawn < Math.Min(k, texts); drawn++) miss *= Math.Max(0, texts - right - drawn) / (double)(texts - drawn);
        return miss;
    }
}
