using System.Diagnostics;

namespace Das.Evaluate;

/// <summary>Parameters and multiply-accumulates from the architecture; milliseconds of the finished and of the unskipped model, timed in turn.</summary>
internal static class CostReport
{
    /// <param name="report">What was scored.</param>
    /// <param name="evaluation">The finished model and its data.</param>
    /// <param name="unskipped">Makes the same model with nothing skipped; called only to be timed.</param>
    /// <returns>The report with its cost.</returns>
    public static EvaluationReport Add(EvaluationReport report, Evaluation evaluation, Func<BackboneModel> unskipped)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        using ITaskSplit split = evaluation.OpenPixels(evaluation.Recipe.Evaluate.Split);
        TaskBatch Load(int count) => split.Load([.. Enumerable.Range(0, Math.Min(count, split.Count))], 0);

        // A batch is asked for in samples; where a sample takes several passes it is made that much smaller.
        BatchShape one = Load(1).Shape;
        TaskBatch batch = Load(Math.Max(1, evaluation.Recipe.Evaluate.Batch / one.Passes));
        BatchShape shape = batch.Shape;
        ModelCost cost = evaluation.Model.Cost(shape.TextTokens, shape.Image.Height, shape.Image.Width);
        string per = (shape.Image.Height > 0 ? "one text with one image" : "one text")
            + ", every token through every layer, as published; the model leaves out what no head reads of the last layers";
        report = report with
        {
            Parameters = new(cost.Parameters.Updated, cost.Parameters.Total),
            Macs = new(per, shape.TextTokens, shape.Image.Height, shape.Image.Width, cost.MacsBackbone, cost.MacsFull, cost.Macs),
        };
        if (evaluation.Recipe.Evaluate.TimingRounds == 0) return report;

        using BackboneModel full = unskipped();
        full.eval();
        (double Full, double Skipped)[] times = new (double, double)[evaluation.Recipe.Evaluate.TimingRounds + 1];
        for (int round = 0; round < times.Length; round++)
        {
            evaluation.Cancellation.ThrowIfCancellationRequested();
            times[round] = (Milliseconds(full, batch, evaluation) / shape.Samples, Milliseconds(evaluation.Model, batch, evaluation) / shape.Samples);
        }
        return report with
        {
            Timing = new(shape.Samples, Median(times.Skip(1).Select(t => t.Full)), Median(times.Skip(1).Select(t => t.Skipped))),
        };
    }

    private static double Milliseconds(BackboneModel model, TaskBatch batch, Evaluation evaluation)
    {
        using DisposeScope scope = NewDisposeScope();
        Stopwatch watch = Stopwatch.StartNew();
        batch.Outputs(model);
        if (evaluation.Device.type == DeviceType.CUDA) cuda.synchronize();
        return watch.Elapsed.TotalMilliseconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
