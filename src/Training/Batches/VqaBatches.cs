using Das.Benchmarks.Arrow;
using Das.Benchmarks.Images;
using Das.Benchmarks.Text;
using Das.Training.Objectives;
using static TorchSharp.torch;

namespace Das.Training.Batches;

/// <summary>Image-question pairs ready for a model, on its device.</summary>
/// <param name="Image">(B, 3, H, W), normalised, zero-padded right and below to the largest image.</param>
/// <param name="TextIds">(B, T), padded with 0 to the longest question.</param>
/// <param name="TextMask">(B, T), 1 where a token is.</param>
/// <param name="Targets">(B, V) soft answer scores.</param>
public sealed record VqaBatch(Tensor Image, Tensor TextIds, Tensor TextMask, Tensor Targets);

/// <summary>
/// Decodes, resizes and tokenises samples (spec §2.3). The next batch is prepared on another thread while the current one
/// is computed; what a batch holds depends on its indices alone.
/// </summary>
public sealed class VqaBatches(VqaTable table, WordPiece tokenizer, int imageSize, int patchSize, int maxText, int answers, Device device)
{
    private (int[] Indices, Task<Prepared> Task)? next;

    private sealed record Prepared(PixelImage[] Images, long[][] Ids, VqaSample[] Samples);

    /// <summary>The batch of <paramref name="indices"/>; <paramref name="following"/> is what will be asked for next.</summary>
    public VqaBatch Load(IReadOnlyList<int> indices, IReadOnlyList<int>? following = null)
    {
        Prepared prepared = next is { } ready && ready.Indices.SequenceEqual(indices) ? ready.Task.GetAwaiter().GetResult() : Prepare([.. indices]);
        next = null;
        if (following is not null)
        {
            int[] ahead = [.. following];
            next = (ahead, Task.Run(() => Prepare(ahead)));
        }
        return ToTensors(prepared);
    }

    private Prepared Prepare(int[] indices)
    {
        VqaSample[] samples = [.. indices.Select(i => table[i])];
        return new(
            [.. samples.Select(s => PixelbertTransform.Apply(s.Image.Span, imageSize, patchSize))],
            [.. samples.Select(s => tokenizer.Encode(s.Question, maxText))],
            samples);
    }

    private VqaBatch ToTensors(Prepared prepared)
    {
        int text = prepared.Ids.Max(ids => ids.Length), height = prepared.Images.Max(i => i.Height), width = prepared.Images.Max(i => i.Width);
        int batch = prepared.Samples.Length;
        long[] tokens = new long[batch * text], mask = new long[batch * text];
        float[] pixels = new float[batch * 3 * height * width];
        for (int b = 0; b < batch; b++)
        {
            prepared.Ids[b].CopyTo(tokens, b * text);
            Array.Fill(mask, 1, b * text, prepared.Ids[b].Length);
            Collation.Place(prepared.Images[b], pixels.AsSpan(b * 3 * height * width, 3 * height * width), height, width);
        }
        return new(
            tensor(pixels, batch, 3, height, width).to(device),
            tensor(tokens, batch, text).to(device),
            tensor(mask, batch, text).to(device),
            VqaObjective.Targets([.. prepared.Samples.Select(s => s.Labels)], [.. prepared.Samples.Select(s => s.Scores)], answers).to(device));
    }
}
