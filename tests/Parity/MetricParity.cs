namespace Das.Tests.Parity;

/// <summary>Metrics from given logits and score matrices; what an item is shows in the tensors that it has.</summary>
internal static class MetricParity
{
    public static void Check(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        RawTensors inputs = recorded.Raw("inputs"), expected = recorded.Raw("expected");
        float tolerance = json.GetProperty("tolerance").GetProperty("atol").GetSingle();

        foreach (JsonElement item in json.Items("items"))
        {
            string prefix = item.String("prefix");
            if (inputs.Has($"{prefix}/values"))
                Close(expected.Floats($"{prefix}/epoch"), [inputs.Floats($"{prefix}/values").Average()], prefix, tolerance);
            else if (inputs.Has($"{prefix}/scores"))
                Close(expected.Floats($"{prefix}/ir1_ir5_ir10_tr1_tr5_tr10"),
                    Recall.Of(inputs.Floats($"{prefix}/scores"), inputs.Longs($"{prefix}/image_ids"), inputs.Longs($"{prefix}/text_image_ids")).Shares()
                        .Select(r => (float)r), prefix, tolerance);
            else
            {
                (double Sum, int Count)[] batches = [.. Enumerable.Range(0, item.Int("batches")).Select(b => Batch(inputs, prefix, b))];
                Close(expected.Floats($"{prefix}/per_batch"), batches.Select(b => (float)(b.Sum / b.Count)), prefix, tolerance);
                Close(expected.Floats($"{prefix}/epoch"), [(float)(batches.Sum(b => b.Sum) / batches.Sum(b => b.Count))], prefix, tolerance);
            }
        }
    }

    private static (double, int) Batch(RawTensors inputs, string prefix, int batch)
    {
        float[] logits = inputs.Floats($"{prefix}/logits_{batch}");
        if (inputs.Has($"{prefix}/labels_{batch}")) return Accuracy.Count(logits, inputs.Longs($"{prefix}/labels_{batch}"));
        float[] scores = VqaScore.OfLogits(logits, inputs.Floats($"{prefix}/targets_{batch}"), inputs.Shape($"{prefix}/targets_{batch}")[^1]);
        return (scores.Sum(), scores.Length);
    }

    private static void Close(float[] expected, IEnumerable<float> actual, string prefix, float tolerance)
    {
        float[] ours = [.. actual];
        Assert.Equal(expected.Length, ours.Length);
        Assert.All(expected.Zip(ours), p => Assert.True(Math.Abs(p.First - p.Second) <= tolerance, $"{prefix}: {p.Second} instead of {p.First}."));
    }
}
