using Das.Models.Backbones;
using TorchSharp;
using static TorchSharp.torch;

namespace Das.Training;

/// <summary>
/// How well every text belongs to every image (spec §2.8). Each image and each text is embedded once; a pair costs the
/// shared layers alone.
/// </summary>
public static class RetrievalScores
{
    /// <param name="model">In eval mode.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="embedImage">Image i alone, unpadded: (1, S, D).</param>
    /// <param name="texts">Embedded texts in groups, such as fit one forward pass; every text in one group.</param>
    /// <param name="progress">Called with (pairs done, pairs in all).</param>
    /// <param name="cancellation">Takes effect within one forward pass.</param>
    /// <returns>One row an image, one column a text in the order of the groups.</returns>
    public static float[] Matrix(VisionLanguageModel model, int images, Func<int, Embedded> embedImage, IReadOnlyList<Embedded> texts,
        Action<long, long> progress, CancellationToken cancellation)
    {
        using IDisposable frozen = no_grad();
        long columns = texts.Sum(group => group.Count), done = 0;
        float[] scores = new float[checked(images * columns)];
        for (int i = 0; i < images; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            Embedded image = embedImage(i);
            long at = i * columns;
            foreach (Embedded group in texts)
            {
                cancellation.ThrowIfCancellationRequested();
                using DisposeScope pass = NewDisposeScope();
                Tensor ranked = model.RankScores(model.Fuse(group, image.Repeat(group.Count)));
                ranked.to_type(ScalarType.Float32).cpu().data<float>().CopyTo(scores.AsSpan((int)at, (int)group.Count));
                at += group.Count;
                progress(done += group.Count, scores.LongLength);
            }
        }
        return scores;
    }
}
