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
public sealed class VqaBatches(VqaTable table, WordPiece tokenizer, int imageSize, int maxText, int answers, Device device)
{
    private readonly PixelbertTransform transform = new(imageSize);
    private (int[] Indices, Task<Prepared> Task)? next;

    private sealed record Prepared(PixelBatch Images, TextBatch Questions, VqaSample[] Samples);

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
        (Tensor ids, Tensor mask) = prepared.Questions.ToTensors(device);
        PixelBatch images = prepared.Images;
        return new(tensor(images.Data, images.Count, 3, images.Height, images.Width).to(device), ids, mask,
            VqaObjective.Targets([.. prepared.Samples.Select(s => s.Labels)], [.. prepared.Samples.Select(s => s.Scores)], answers, device));
    }

    private Prepared Prepare(int[] indices)
    {
        VqaSample[] samples = [.. indices.Select(i => table[i])];
        return new(
            Collation.Pad([.. samples.Select(s => transform.Apply(s.Image.Span))]),
            TextBatch.Of(tokenizer, samples.Select(s => s.Question), maxText),
            samples);
    }
}
