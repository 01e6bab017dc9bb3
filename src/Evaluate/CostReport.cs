using System.Diagnostics;

namespace Das.Evaluate;

/// <summary>Parameters and multiply-accumulates from the architecture; milliseconds of the finished and of the unskipped model, timed in turn.</summary>
internal static class CostReport
{
    /// <param name="report">What was scored.</param>
    /// <param name="task">What the model was trained for.</param>
    /// <param name="inputs">The finished model and its data.</param>
    /// <param name="unskipped">Makes the same model with nothing skipped; called only to be timed.</param>
    /// <returns>The report with its cost.</returns>
    public static EvaluationReport Add(EvaluationReport report, TrainableTask task, TaskInputs inputs, Func<BackboneModel> unskipped)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        using TaskSplit split = task.Open(inputs, inputs.Recipe.Evaluate.Split, "evaluate", keep: false);
        TaskBatch Load(int count) => split.Load([.. Enumerable.Range(0, Math.Min(count, split.Count))], 0);

        // A batch is asked for in samples; where a sample takes several passes it is made that much smaller.
        BatchShape one = Load(1).Shape;
        TaskBatch batch = Load(Math.Max(1, inputs.Recipe.Evaluate.Batch / one.Passes));
        BatchShape shape = batch.Shape;
        ModelCost cost = inputs.Model.Cost(shape.TextTokens, shape.Image.Height, shape.Image.Width);
        string per = (shape.Image.Height > 0 ? "one text with one image" : "one text")
            + ", every token through every layer, as published; the model leaves out what no head reads of the last layers";
        report = report with
        {
            Parameters = new(cost.Parameters.Updated, cost.Parameters.Total),
            Macs = new(per, shape.TextTokens, shape.Image.Height, shape.Image.Width, cost.MacsBackbone, cost.MacsFull, cost.Macs),
        };
        if (inputs.Recipe.Evaluate.TimingRounds == 0) return report;

        using BackboneModel full = unskipped();
        full.eval();
        (double Full, double Skipped)[] times = new (double, double)[inputs.Recipe.Evaluate.TimingRounds + 1];
        for (int round = 0; round < times.Length; round++)
        {
            inputs.Context.Cancellation.ThrowIfCancellationRequested();
            times[round] = (Milliseconds(full, batch, inputs) / shape.Samples, Milliseconds(inputs.Model, batch, inputs) / shape.Samples);
        }
        return report with
        {
            Timing = new(shape.Samples, Median(times.Skip(1).Select(t => t.Full)), Median(times.Skip(1).Select(t => t.Skipped))),
        };
    }

    private static double Milliseconds(BackboneModel model, TaskBatch batch, TaskInputs inputs)
    {
        using DisposeScope scope = NewDisposeScope();
        Stopwatch watch = Stopwatch.StartNew();
        batch.Outputs(model);
        if (inputs.Device.type == DeviceType.CUDA) cuda.synchronize();
        return watch.Elapsed.TotalMilliseconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
