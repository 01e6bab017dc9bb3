namespace Das.Training.Tasks;

/// <summary>Captions with their pictures, each beside texts drawn from the whole split (method §2.4).</summary>
internal sealed class TrainableRetrieval() : FusedTask<CaptionTable, RetrievalPrediction>(TaskKinds.Retrieval)
{
    public override TaskHeads Heads(DatasetManifest dataset, Backbone backbone) => new(Rank: true, Itm: backbone.MatchesInRetrieval);

    public override IReadOnlyList<TaskPrediction> Predict(TaskInputs inputs, string split)
    {
        using CaptionTable table = TaskKinds.Retrieval.Open(inputs.Dataset, split);
        using FusedSplit made = new(inputs, split, table, "evaluate", augment: false, keep: false);
        inputs.Context.LeftOut.Add(made.Cut(Enumerable.Range(0, table.Count), i => TextOf(table, i)));
        // Texts of as many tokens share a group, so that hardly any of it is padding.
        int[] order = [.. Enumerable.Range(0, table.Count).OrderBy(i => made.Texts([table[i].Caption]).Length)];
        Recall recall = Recall.Of(Scores(inputs, split, made, table, order), [.. Enumerable.Range(0, table.Rows).Select(r => (long)r)],
            [.. order.Select(i => (long)table.RowOf(i))]);
        return
        [
            .. order.Select((caption, at) => new RetrievalPrediction(RetrievalTask.CaptionQuery, table[caption].Caption, table[caption].ImageId,
                recall.ImageRanks[at], caption)),
            .. recall.TextRanks.Select((rank, row) => new RetrievalPrediction(RetrievalTask.ImageQuery, null, table.ImageId(row), rank, row)),
        ];
    }

    private protected override string TextOf(CaptionTable table, int index) => table[index].Caption;

    private protected override Func<int[], long, Func<TaskBatch>> Batches(TaskInputs inputs, CaptionTable table, FusedSplit made)
    {
        int negatives = (inputs.Optimization ?? inputs.Recipe.Finetune.Optimization).Negatives; // drawn texts per sample; they may happen to be right
        bool matching = inputs.Optimization is not null && made.Model.Heads.Itm; // trained as well, with half of the pictures exchanged (method §3.4)
        return (indices, position) =>
        {
            CaptionSample[] samples = [.. indices.Select(i => table[i])];
            SeededRandom random = made.Random("negatives", position);
            TextBatch texts = made.Texts(samples.SelectMany(s =>
                (string[])[s.Caption, .. Enumerable.Range(0, negatives).Select(_ => table[random.Next(table.Count)].Caption)]));
            int[] rows = [.. indices.Select(table.RowOf)];
            if (!matching)
            {
                ImageBatch alone = made.Images.Batch(rows, position);
                return () => Batch(alone, null);
            }

            SeededRandom exchange = made.Random("exchange", position);
            HashSet<int> kept = [.. exchange.Permutation(samples.Length).Take(samples.Length / 2)];
            int[] drawn = [.. samples.Select(_ => exchange.Next(table.Rows))];
            ImageBatch[] images = made.Images.Batch([rows, [.. rows.Select((row, i) => kept.Contains(i) ? row : drawn[i])]], () =>
            {
                Lazy<Raster>?[] own = made.Images.Pictures(rows, position), strangers = made.Images.Pictures(drawn, position, "exchange");
                return [own, [.. own.Select((image, i) => kept.Contains(i) ? image : strangers[i])]];
            });
            return () => Batch(images[0], (made.Images.ToTensor(images[1]), made.ToTensor([.. samples.Select((_, i) => kept.Contains(i) ? 1L : 0L)])));

            RetrievalBatch Batch(ImageBatch own, (Tensor, Tensor)? exchanged)
            {
                (Tensor ids, Tensor mask) = made.ToTensors(texts);
                return new(made.Images.ToTensor(own), ids, mask, exchanged);
            }
        };
    }

    /// <summary>(pictures, captions in the given order).</summary>
    private static float[] Scores(TaskInputs inputs, string split, FusedSplit made, CaptionTable table, int[] order)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        List<Embedded> texts = [];
        foreach (int[] group in order.Chunk(inputs.Recipe.Evaluate.Batch))
        {
            using DisposeScope pass = NewDisposeScope();
            (Tensor ids, Tensor mask) = made.ToTensors(made.Texts(group.Select(i => table[i].Caption)));
            texts.Add(made.Model.EmbedText(ids, mask).MoveToOuterDisposeScope());
        }
        return RetrievalScores.Matrix(made.Model, table.Rows, row => made.Model.EmbedImage(made.Images.ToTensor(made.Images.Batch([row], row))), texts,
            (done, total) => inputs.Context.Progress(done, total, "pairs scored"), inputs.Context.Cancellation, take => inputs.Context.Resume(split, take));
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
        Tensor loss = RankingLoss(Scores(model, texts));
        if (matching is not { } exchanged) return loss.MoveToOuterDisposeScope();

        Tensor own = tensor([.. Enumerable.Range(0, Shape.Samples).Select(i => (long)i * Shape.Passes)], device: ids.device);
        Tensor features = model.Fuse(texts.Rows(own), Embed(model, exchanged.Image));
        return loss.Plus(ItmObjective.Loss(model.ItmLogits(features), exchanged.Matches)).MoveToOuterDisposeScope();
    }

    /// <summary>Mean cross-entropy of the first text of each row (method §2.4).</summary>
    /// <param name="scores">(B, 1+n): the right text, then the drawn ones.</param>
    public static Tensor RankingLoss(Tensor scores)
    {
        using DisposeScope scope = NewDisposeScope();
        return F.cross_entropy(scores, zeros(scores.shape[0], dtype: ScalarType.Int64, device: scores.device)).MoveToOuterDisposeScope();
    }

    private Tensor Scores(VisionLanguageModel model, Embedded texts)
    {
        Tensor features = model.Fuse(texts, Embed(model, image).Repeat(Shape.Passes));
        return model.RankScores(features).view(Shape.Samples, Shape.Passes);
    }
}
