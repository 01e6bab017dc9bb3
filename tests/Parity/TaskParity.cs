namespace Das.Tests.Parity;

/// <summary>What the tasks of both vision-language families were recorded to compute, computed by the batches that training and evaluation use.</summary>
internal static class TaskParity
{
    /// <summary>A sentence about two images.</summary>
    public static Dictionary<string, Tensor> Nlvr2(VisionLanguageModel model, JsonElement run, Dictionary<string, Tensor> inputs)
    {
        PairBatch batch = Pairs(run.GetProperty("answers"), inputs);
        Tensor logits = batch.Outputs(model);
        return new()
        {
            ["call0/cls_feats"] = model.Features(inputs["text_ids"], inputs["text_masks"], inputs["image_0"], imageType: 1),
            ["call1/cls_feats"] = model.Features(inputs["text_ids"], inputs["text_masks"], inputs["image_1"], imageType: 2),
            ["nlvr2_logits"] = logits,
            ["nlvr2_labels"] = Labels(run.GetProperty("answers")),
            ["nlvr2_loss"] = batch.Loss(model),
        };
    }

    /// <summary>An image, its text and drawn ones.</summary>
    public static Dictionary<string, Tensor> Irtr(VisionLanguageModel model, JsonElement run, Dictionary<string, Tensor> inputs)
    {
        Tensor scores = Ranking(inputs, run.Int("draw_false_text")).Outputs(model);
        (Tensor ids, Tensor mask) = Texts(inputs, run.Int("draw_false_text"));
        return new()
        {
            ["cls_feats"] = model.Features(ids, mask, inputs["image"].repeat_interleave(scores.shape[1], 0)),
            ["irtr_scores"] = scores,
            ["irtr_loss"] = RetrievalBatch.RankingLoss(scores),
        };
    }

    /// <summary>Every image, alone and unpadded, against every text.</summary>
    public static Dictionary<string, Tensor> RecallOf(VisionLanguageModel model, JsonElement run, Dictionary<string, Tensor> inputs)
    {
        int images = run.Int("num_images");
        long[] texts = [.. inputs["text_img_index"].data<long>()];
        Embedded[] groups = [.. Enumerable.Range(0, (texts.Length + 3) / 4).Select(g =>
        {
            int from = g * 4, count = Math.Min(4, texts.Length - from);
            return model.EmbedText(inputs["text_ids"].narrow(0, from, count), inputs["text_masks"].narrow(0, from, count));
        })];
        float[] scores = RetrievalScores.Matrix(model, images, i => model.EmbedImage(inputs[$"image_{i:00}"].unsqueeze(0)), groups, (_, _) => { },
            Token);
        Recall recall = Recall.Of(scores, [.. Enumerable.Range(0, images).Select(i => (long)i)], texts);
        return new()
        {
            ["score_matrix"] = tensor(scores, images, texts.Length),
            ["recalls_ir1_ir5_ir10_tr1_tr5_tr10"] = tensor([.. recall.Shares().Select(r => (float)r)]),
        };
    }

    public static PairBatch Pairs(JsonElement answers, Dictionary<string, Tensor> inputs) =>
        new(inputs["image_0"], inputs["image_1"], inputs["text_ids"], inputs["text_masks"], Labels(answers));

    public static RetrievalBatch Ranking(Dictionary<string, Tensor> inputs, int negatives, (Tensor Image, Tensor Matches)? matching = null)
    {
        (Tensor ids, Tensor mask) = Texts(inputs, negatives);
        return new(inputs["image"], ids, mask, matching);
    }

    /// <summary>The images of image-text matching: those that the permutation puts into its first half stay, the others are exchanged.</summary>
    public static (Tensor Image, Tensor Matches) Exchanged(Dictionary<string, Tensor> inputs, JsonElement permutation)
    {
        int batch = permutation.GetArrayLength();
        Tensor matches = tensor([.. permutation.EnumerateArray().Select(p => p.GetInt32() < batch / 2 ? 1L : 0L)]);
        return (where(matches.view(-1, 1, 1, 1).eq(1), inputs["image"], inputs["false_image_0"]), matches);
    }

    /// <summary>(B (1+n), T): the texts of an image one after the other.</summary>
    private static (Tensor Ids, Tensor Mask) Texts(Dictionary<string, Tensor> inputs, int negatives)
    {
        Tensor Stack(string own, string drawn) =>
            stack([inputs[own], .. Enumerable.Range(0, negatives).Select(n => inputs[$"false_text_{n}_{drawn}"])], 1).flatten(0, 1);
        return (Stack("text_ids", "ids"), Stack("text_masks", "masks"));
    }

    private static Tensor Labels(JsonElement answers) => tensor([.. answers.EnumerateArray().Select(a => a.GetBoolean() ? 1L : 0L)]);
}
