using Das.Models.Generation;

namespace Das.Training.Tasks;

/// <summary>Texts to be continued, some of them about a picture. A text whose target lies beyond the longest sequence teaches nothing and is left
/// out.</summary>
internal sealed class LanguageSplit : ITaskSplit
{
    private readonly LanguageTable table;
    private readonly LanguagePreparation preparation;
    private readonly (int Number, LearntText Text)[] texts;
    private readonly Lookahead<ShownPictures> pictures;

    /// <param name="table">Owned.</param>
    /// <param name="preparation">How samples become tensors; owned.</param>
    /// <exception cref="ArgumentException">No text's target fits.</exception>
    public LanguageSplit(LanguageTable table, LanguagePreparation preparation)
    {
        (this.table, this.preparation) = (table, preparation);
        texts = [.. Enumerable.Range(0, table.Count).AsParallel().AsOrdered().Select(i => (i, preparation.Training(table[i]))).Where(t => t.Item2.Targets > 0)];
        if (texts.Length == 0)
            throw new ArgumentException($"No text of {table.Count} leaves room for its answer within {preparation.MaxLength} tokens. Raise maxLength in "
                + "backbone.config.");
        pictures = new((indices, _) => preparation.Pictures(table, [.. indices.Select(i => texts[i].Number)]));
    }

    public int Count => texts.Length;

    public TaskBatch Load(IReadOnlyList<int> indices, long position, IReadOnlyList<int>? following = null) =>
        new LanguageBatch(preparation.Batch([.. indices.Select(i => texts[i].Text)], pictures.Take(indices, position, following)));

    public void Dispose()
    {
        table.Dispose();
        preparation.Dispose();
    }
}

/// <summary>Texts with their answers.</summary>
/// <param name="tokens">With labels; owned.</param>
public sealed class LanguageBatch(TokenBatch tokens)
    : TaskBatch(new((int)tokens.Ids.shape[0], (int)tokens.Ids.shape[1], tokens.Image is { } image && image.dim() == 4
        ? ((int)image.shape[2], (int)image.shape[3]) : (0, 0), 1),
        [tokens.Ids, .. tokens.Labels is null ? [] : new[] { tokens.Labels }, .. tokens.Image is null ? [] : new[] { tokens.Image }])
{
    /// <returns>(B, V): what follows each row's last token.</returns>
    public override Tensor Outputs(SkippableModel model)
    {
        using DisposeScope scope = NewDisposeScope();
        LanguageModel decoder = (LanguageModel)model;
        return LastPosition.Logits(decoder, decoder.Assemble(tokens)).MoveToOuterDisposeScope();
    }

    public override Tensor Loss(SkippableModel model) => LanguageObjective.Loss((LanguageModel)model, tokens);
}
