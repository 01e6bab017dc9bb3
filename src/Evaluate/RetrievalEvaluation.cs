using Das.Benchmarks.Images;

namespace Das.Evaluate;

/// <summary>
/// Pictures and captions look for each other: recall at 1, 5 and 10 over the whole split, every picture against every
/// caption (method §2.8; on the test split, fixing §8 B3).
/// </summary>
internal static class RetrievalEvaluation
{
    public static EvaluationResult Run(Evaluation evaluation)
    {
        using CaptionTable table = evaluation.Dataset.OpenCaptions(evaluation.Recipe.Evaluate.Split);
        Preparation preparation = ((FusedData)evaluation.Data).Prepare("evaluate");
        // Texts of as many tokens share a group, so that hardly any of it is padding.
        int[] order = [.. Enumerable.Range(0, table.Count).OrderBy(i => preparation.Texts([table[i].Caption]).Length)];
        float[] scores = Scores(evaluation, preparation, table, order);
        Recall recall = Recall.Of(scores, [.. Enumerable.Range(0, table.Rows).Select(r => (long)r)], [.. order.Select(i => (long)table.RowOf(i))]);

        evaluation.WritePredictions([.. order.Select((caption, at) => (caption, at)).OrderBy(t => t.caption)
            .Select(t => CaptionLine(table[t.caption], recall.ImageRanks[t.at])),
            .. Enumerable.Range(0, table.Rows).Select(row => PictureLine(table.ImageId(row), recall.TextRanks[row]))]);
        Dictionary<string, MeanScore> metrics = [];
        foreach (int k in Recall.Ranks) metrics[$"irRecall{k}"] = recall.Image(k);
        foreach (int k in Recall.Ranks) metrics[$"trRecall{k}"] = recall.Text(k);
        return new([Evaluation.PredictionsFile], table.Count + table.Rows, metrics, Chance(table));
    }

    /// <summary>(pictures, captions in the given order).</summary>
    private static float[] Scores(Evaluation evaluation, Preparation preparation, CaptionTable table, int[] order)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        VisionLanguageModel model = (VisionLanguageModel)evaluation.Model;
        List<Embedded> texts = [];
        foreach (int[] group in order.Chunk(evaluation.Recipe.Evaluate.Batch))
        {
            using DisposeScope pass = NewDisposeScope();
            (Tensor ids, Tensor mask) = preparation.Texts(group.Select(i => table[i].Caption)).ToTensors(preparation.Device);
            texts.Add(model.EmbedText(ids, mask).MoveToOuterDisposeScope());
        }
        Embedded Image(int row) => model.EmbedImage(preparation.ToTensor(Collation.Pad(preparation.Pictures([table.Image(row)], row))));
        return RetrievalScores.Matrix(model, table.Rows, Image, texts, (done, total) => evaluation.Workspace.Report(done, total, "pairs scored"),
            evaluation.Cancellation);
    }

    /// <summary>What a random ranking would reach.</summary>
    private static Dictionary<string, double> Chance(CaptionTable table)
    {
        int[] captions = [.. Enumerable.Range(0, table.Count).GroupBy(table.RowOf).Select(g => g.Count())];
        Dictionary<string, double> chance = [];
        foreach (int k in Recall.Ranks) chance[$"irRecall{k}Chance"] = RecallChance.Image(table.Rows, k);
        foreach (int k in Recall.Ranks) chance[$"trRecall{k}Chance"] = RecallChance.Text(captions, k);
        return chance;
    }

    private static object CaptionLine(CaptionSample sample, int rank) => new { query = "caption", caption = sample.Caption, image_id = sample.ImageId, rank };

    private static object PictureLine(string imageId, int rank) => new { query = "image", image_id = imageId, rank };
}
