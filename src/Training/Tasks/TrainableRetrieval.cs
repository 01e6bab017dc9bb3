namespace Das.Training.Tasks;

/// <summary>Captions with their pictures, each beside texts drawn from the whole split (method §2.4).</summary>
/// <param name="table">Owned.</param>
/// <param name="negatives">n, drawn texts per sample; they may happen to be right.</param>
/// <param name="matching">Whether image-text matching is trained as well, with half of the pictures exchanged (METER, method §3.4).</param>
/// <param name="preparation">How samples become tensors.</param>
internal sealed class RetrievalSplit(CaptionTable table, int negatives, bool matching, Preparation preparation) : ITaskSplit
{
    private readonly Lookahead<Prepared> lookahead = new((indices, position) => Prepare(table, negatives, matching, preparation, indices, position));

    /// <param name="Images">B pictures.</param>
    /// <param name="Texts">B (1+n): of each sample its caption, then the drawn ones.</param>
    /// <param name="Exchanged">B pictures, some of them others; empty without matching.</param>
    /// <param name="Matches">B: 1 where the picture is still its own.</param>
    private sealed record Prepared(Images Images, TextBatch Texts, Images? Exchanged, long[] Matches);

    public int Count => table.Count;

    public TaskBatch Load(IReadOnlyList<int> indices, long position, IReadOnlyList<int>? following = null)
    {
        Prepared prepared = lookahead.Take(indices, position, following);
        (Tensor ids, Tensor mask) = prepared.Texts.ToTensors(preparation.Device);
        return new RetrievalBatch(preparation.ToTensor(prepared.Images), ids, mask,
            prepared.Exchanged is { } exchanged ? (preparation.ToTensor(exchanged), tensor(prepared.Matches).to(preparation.Device)) : null);
    }

    public void Dispose()
    {
        table.Dispose();
        preparation.Towers?.Dispose();
    }

    private static Prepared Prepare(CaptionTable table, int negatives, bool matching, Preparation preparation, int[] indices, long position)
    {
        CaptionSample[] samples = [.. indices.Select(i => table[i])];
        SeededRandom random = preparation.Random("negatives", position);
        TextBatch texts = preparation.Texts(samples.SelectMany(s =>
            (string[])[s.Caption, .. Enumerable.Range(0, negatives).Select(_ => table[random.Next(table.Count)].Caption)]));
        int[] rows = [.. indices.Select(table.RowOf)];
        if (!matching) return new(preparation.Images(() => Collation.Pad(Own()), rows), texts, null, []);

        SeededRandom exchange = preparation.Random("exchange", position);
        HashSet<int> kept = [.. exchange.Permutation(samples.Length).Take(samples.Length / 2)];
        int[] drawn = [.. samples.Select(_ => exchange.Next(table.Rows))];
        Lazy<(PixelBatch Own, PixelBatch Exchanged)> pixels = new(() =>
        {
            PixelImage[] own = Own(), strangers = preparation.Pictures(drawn.Select(table.Image), position, "exchange");
            PixelImage[] exchanged = [.. own.Select((image, i) => kept.Contains(i) ? image : strangers[i])];
            var extent = Collation.Extent(own.Concat(exchanged));
            return (Collation.Pad(own, extent), Collation.Pad(exchanged, extent));
        });
        return new(preparation.Images(() => pixels.Value.Own, rows), texts,
            preparation.Images(() => pixels.Value.Exchanged, [.. rows.Select((row, i) => kept.Contains(i) ? row : drawn[i])]),
                [.. samples.Select((_, i) => kept.Contains(i) ? 1L : 0L)]);

        PixelImage[] Own() => preparation.Pictures(samples.Select(s => s.Image), position);
    }
}

/// <summary>Each image with its text and n drawn ones.</summary>
/// <param name="image">(B, 3, H, W).</param>
/// <param name="ids">(B (1+n), T): the texts of an image one after the other, its own first.</param>
/// <param name="mask">(B (1+n), T).</param>
/// <param name="matching">(B, 3, H, W) images, some exchanged, and (B) integers that are 1 where they are not; null: matching is not trained.</param>
public sealed class RetrievalBatch(Tensor image, Tensor ids, Tensor mask, (Tensor Image, Tensor Matches)? matching)
    : FusedBatch(new((int)image.shape[0], (int)ids.shape[1], SizeOf(image), (int)(ids.shape[0] / image.shape[0])),
        matching is { } given ? [image, ids, mask, given.Image, given.Matches] : [image, ids, mask])
{
    /// <summary>The image is embedded once and meets all its texts.</summary>
    /// <returns>(B, 1+n).</returns>
    public override Tensor Outputs(VisionLanguageModel model)
    {
        using DisposeScope scope = NewDisposeScope();
        return Scores(model, model.EmbedText(ids, mask)).MoveToOuterDisposeScope();
    }

    /// <summary>Of the texts' ranking, and of the matching where it is trained: both count as they are.</summary>
    public override Tensor Loss(VisionLanguageModel model)
    {
        using DisposeScope scope = NewDisposeScope();
        Embedded texts = model.EmbedText(ids, mask);
        Tensor loss = RetrievalObjective.Loss(Scores(model, texts));
        if (matching is not { } exchanged) return loss.MoveToOuterDisposeScope();

        Tensor own = tensor([.. Enumerable.Range(0, Shape.Samples).Select(i => (long)i * Shape.Passes)], device: ids.device);
        Tensor features = model.Fuse(texts.Rows(own), Embed(model, exchanged.Image));
        return loss.Plus(ItmObjective.Loss(model.ItmLogits(features), exchanged.Matches)).MoveToOuterDisposeScope();
    }

    private Tensor Scores(VisionLanguageModel model, Embedded texts)
    {
        Tensor features = model.Fuse(texts, Embed(model, image).Repeat(Shape.Passes));
        return model.RankScores(features).view(Shape.Samples, Shape.Passes);
    }
}
