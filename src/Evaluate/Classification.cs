namespace Das.Evaluate;

/// <summary>The arg-max class of every sample of a split.</summary>
internal static class Classification
{
    public static int[] Predict(Evaluation evaluation, ITaskSplit split, string unit)
    {
        int count = split.Count, batch = evaluation.Recipe.Evaluate.Batch;
        int[] predicted = new int[count];
        int[] Range(int start) => [.. Enumerable.Range(start, Math.Min(batch, count - start))];
        using IDisposable frozen = no_grad();
        for (int start = 0; start < count; start += batch)
        {
            evaluation.Cancellation.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            int following = start + batch;
            Tensor outputs = split.Load(Range(start), start / batch, following < count ? Range(following) : null).Outputs(evaluation.Model);
            long[] best = [.. outputs.argmax(1).cpu().data<long>()];
            for (int i = 0; i < best.Length; i++) predicted[start + i] = (int)best[i];
            evaluation.Workspace.Report(start + best.Length, count, unit);
        }
        return predicted;
    }
}
