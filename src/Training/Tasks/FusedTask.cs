using System.Runtime.InteropServices;

namespace Das.Training.Tasks;

/// <summary>A task of models that fuse a text with images.</summary>
/// <param name="kind">The same without tensors.</param>
internal abstract class FusedTask<TTable, TPrediction>(TaskKind<TTable, TPrediction> kind) : TrainableTask
    where TTable : SampleTable, IShownSamples where TPrediction : TaskPrediction
{
    public sealed override TaskKind Kind => kind;

    public sealed override ModelFamily Family => ModelFamily.Fusing;

    public sealed override TaskSplit Open(TaskInputs inputs, string split, string purpose, bool augment = false, bool keep = true)
    {
        TTable table = kind.Open(inputs.Dataset, split);
        try
        {
            FusedSplit made = new(inputs, split, table, purpose, augment, keep);
            return new(table.Count, Batches(inputs, table, made), table, made) { LeftOut = made.Cut(Enumerable.Range(0, table.Count), i => TextOf(table, i)) };
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    /// <summary>What <see cref="TaskSplit"/> prepares.</summary>
    private protected abstract Func<int[], long, Func<TaskBatch>> Batches(TaskInputs inputs, TTable table, FusedSplit made);

    /// <summary>The text of a sample.</summary>
    private protected abstract string TextOf(TTable table, int index);

    /// <summary>The arg-max class of every sample of a split; what was kept of an earlier attempt is not computed again.</summary>
    /// <param name="inputs">The model and its data.</param>
    /// <param name="split">The split.</param>
    /// <param name="unit">What is counted as progress.</param>
    private protected int[] Classify(TaskInputs inputs, string split, string unit)
    {
        using TaskSplit samples = Open(inputs, split, "evaluate");
        inputs.Context.LeftOut.Add(samples.LeftOut);
        using IDisposable frozen = no_grad();
        int count = samples.Count, batch = inputs.Recipe.Evaluate.Batch;
        List<int> predicted = [];
        using SealedRecords kept = inputs.Context.Resume(split, record => predicted.AddRange(MemoryMarshal.Cast<byte, int>(record)));
        int first = predicted.Count / batch;
        int[][] batches = [.. Enumerable.Range(predicted.Count, count - predicted.Count).Chunk(batch)];
        for (int i = 0; i < batches.Length; i++)
        {
            inputs.Context.Cancellation.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            Tensor outputs = samples.Load(batches[i], first + i, next => batches.ElementAtOrDefault(i + 1 + next)).Outputs(inputs.Model);
            int[] best = [.. outputs.argmax(1).cpu().data<long>().Select(label => (int)label)];
            kept.Add(MemoryMarshal.AsBytes<int>(best));
            predicted.AddRange(best);
            inputs.Context.Progress(predicted.Count, count, unit);
        }
        return [.. predicted];
    }
}

/// <summary>How the texts and pictures of one split become tensors for a model that fuses them (method §2.3, §3.3).</summary>
/// <param name="inputs">The model and its data.</param>
/// <param name="split">The split.</param>
/// <param name="table">Its table.</param>
/// <param name="purpose">Tells the draws of one run apart.</param>
/// <param name="augment">Whether pictures go through RandAugment.</param>
/// <param name="keep">Whether kept output of the frozen image tower may stand in for pixels.</param>
internal sealed class FusedSplit(TaskInputs inputs, string split, SampleTable table, string purpose, bool augment, bool keep) : IDisposable
{
    private readonly Tokenizer tokenizer = BackboneFiles.Tokenizer(inputs.Vocabulary);

    public VisionLanguageModel Model { get; } = inputs.ModelThat<VisionLanguageModel>(ModelFamily.Fusing);

    public SplitImages Images { get; } = new(inputs, split, PictureList.Of(table), inputs.Recipe.Backbone.ImageSize,
        augment ? (what, position) => Draws(inputs, purpose, what, position) : null, keep);

    /// <summary>Draws for <paramref name="what"/> at a position of this split's stream.</summary>
    public SeededRandom Random(string what, long position) => Draws(inputs, purpose, what, position);

    public TextBatch Texts(IEnumerable<string> texts) => TextBatch.Of(tokenizer, texts, Model.MaxTextLength);

    /// <summary>How many texts are longer than the model reads, and so lose their end.</summary>
    public LeftOutRows Cut(IEnumerable<int> indices, Func<int, string> text)
    {
        LeftOutRows cut = [];
        int longest = Model.MaxTextLength;
        cut.Add(split, $"texts cut at maxTextLength ({longest} tokens)", indices.AsParallel().Count(i => tokenizer.IsLonger(text(i), longest)));
        return cut;
    }

    /// <summary>(B, T) ids and mask, on the device.</summary>
    public (Tensor Ids, Tensor Mask) ToTensors(TextBatch texts) => texts.ToTensors(inputs.Device);

    /// <summary>(B) integers, on the device.</summary>
    public Tensor ToTensor(long[] labels) => tensor(labels).to(inputs.Device);

    public void Dispose() => Images.Dispose();

    private static SeededRandom Draws(TaskInputs inputs, string purpose, string what, long position) =>
        Seeds.Random(inputs.Recipe.Seed, $"{purpose}/{what}", position);
}
