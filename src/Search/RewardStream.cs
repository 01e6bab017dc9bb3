using Das.Training.Tasks;

namespace Das.Search;

/// <summary>
/// The held-out batches that subnetworks are compared on: one per preference update, advancing through the validation
/// split in a seeded order, in eval mode (fixing method §8 B2-B4).
/// </summary>
internal sealed class RewardStream(TaskTraining training, int batch, int seed) : IDisposable
{
    private readonly TaskSplit split = training.Open("val", "reward");
    private EpochStream? stream;
    private (long Update, TaskBatch Batch)? current;

    /// <summary>The loss of the model's current subnetwork on the batch of <paramref name="update"/>; to be called without gradients.</summary>
    public double Loss(long update)
    {
        stream ??= new(split.Count, batch, seed, "reward");
        if (current?.Update != update)
        {
            current?.Batch.Dispose();
            current = (update, split.Load([.. stream[update]], update).Keep());
        }
        training.Model.eval();
        using Tensor loss = current.Value.Batch.Loss(training.Model);
        training.Model.train();
        return loss.item<float>();
    }

    public void Dispose()
    {
        current?.Batch.Dispose();
        split.Dispose();
    }
}
