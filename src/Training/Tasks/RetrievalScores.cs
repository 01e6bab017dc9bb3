using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Das.Training.Tasks;

/// <summary>
/// How well every text belongs to every image (method §2.8). Each image and each text is embedded once, and what the shared
/// layers compute of the texts alone is computed once; a pair costs the rest. Images are scored side by side.
/// </summary>
public static class RetrievalScores
{
    /// <param name="model">In eval mode.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="embedImage">Image i alone, unpadded: (1, S, D). Called from several threads, but by one at a time.</param>
    /// <param name="texts">Embedded texts in groups, such as fit one forward pass; every text in one group.</param>
    /// <param name="progress">Called with (pairs done, pairs in all), by one thread at a time.</param>
    /// <param name="cancellation">Takes effect within one forward pass.</param>
    /// <param name="resume">Opens what is kept of the rows while they are computed, giving what an earlier attempt kept to its argument; null: nothing
    /// is kept.</param>
    /// <returns>One row an image, one column a text in the order of the groups.</returns>
    public static float[] Matrix(VisionLanguageModel model, int images, Func<int, Embedded> embedImage, IReadOnlyList<Embedded> texts,
        Action<long, long> progress, CancellationToken cancellation, Func<Action<byte[]>, SealedRecords>? resume = null)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        long columns = texts.Sum(group => group.Count), done = 0;
        float[] scores = new float[checked(images * columns)];
        Span<float> Row(int image) => scores.AsSpan(checked((int)(image * columns)), (int)columns);
        HashSet<int> open = [.. Enumerable.Range(0, images)];
        using SealedRecords? kept = resume?.Invoke(record =>
        {
            int image = BinaryPrimitives.ReadInt32LittleEndian(record);
            MemoryMarshal.Cast<byte, float>(record.AsSpan(sizeof(int))).CopyTo(Row(image));
            open.Remove(image);
            done += columns;
        });
        int[] left = [.. open.Order()];
        Func<Embedded, Tensor>[] fuse = [.. texts.Select(model.FuseWith)];
        Lock turn = new();
        SideBySide.ForEach(left.Length, texts[0].Tokens.device, n =>
        {
            using DisposeScope row = NewDisposeScope();
            int i = left[n], at = 0;
            Embedded image;
            lock (turn) image = embedImage(i);
            for (int group = 0; group < fuse.Length; group++)
            {
                cancellation.ThrowIfCancellationRequested();
                using DisposeScope pass = NewDisposeScope();
                Tensor ranked = model.RankScores(fuse[group](image));
                ranked.to_type(ScalarType.Float32).cpu().data<float>().CopyTo(Row(i).Slice(at, (int)texts[group].Count));
                at += (int)texts[group].Count;
                lock (turn) progress(done += texts[group].Count, scores.LongLength);
            }
            lock (turn) kept?.Add([.. BitConverter.GetBytes(i), .. MemoryMarshal.AsBytes(Row(i))]);
        });
        return scores;
    }
}
