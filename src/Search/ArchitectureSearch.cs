namespace Das.Search;

/// <summary>
/// The search phase (method §1.3-1.5): adapters learn in sampled subnetworks while preferences are updated from rewards on
/// a held-out stream that advances with every update (fixing method §8 B2-B4), in eval mode and without gradients. What
/// <see cref="Loss"/> returns is the loss of the subnetwork that the model is left with.
/// </summary>
/// <param name="model">The backbone with all candidate layers and all replacement adapters.</param>
/// <param name="policy">The DAS rule.</param>
/// <param name="updates">When preferences change.</param>
/// <param name="seed">The recipe's seed.</param>
/// <param name="trainLoss">Loss (scalar) of training micro-step t under the model's current mask.</param>
/// <param name="rewardLoss">Loss of held-out batch u under the model's current mask.</param>
public sealed class ArchitectureSearch(ISkippable model, SkipPolicy policy, UpdateSchedule updates, int seed,
    Func<long, Tensor> trainLoss, Func<long, double> rewardLoss) : ITrainingTask
{
    private readonly List<float[]> history = [];

    /// <summary>Preferences (N) after each update, oldest first.</summary>
    public IReadOnlyList<float[]> History => history;

    public Tensor Loss(long step)
    {
        SkipMask trained = policy.Sample(Seeds.Random(seed, "search/train", step).DrawWithoutReplacement, updates.Skipped(step, policy.Skip));
        model.Skipped = trained;
        Tensor loss = trainLoss(step);
        if (!updates.IsDue(step)) return loss;
        Update();
        model.Skipped = trained; // a backward pass that recomputes layers must recompute the trained ones (method §8 B11)
        return loss;
    }

    private void Update()
    {
        long update = history.Count;
        policy.Update(Seeds.Random(seed, "search/candidates", update).DrawWithoutReplacement, skipped =>
        {
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            model.Skipped = skipped;
            return rewardLoss(update);
        });
        history.Add([.. policy.Preferences]);
    }

    public IEnumerable<(string Name, Tensor Value)> State() =>
        [("preferences.history", tensor(history.SelectMany(h => h).ToArray()).reshape(history.Count, policy.Preferences.Length))];

    public void Restore(Func<string, Tensor> read)
    {
        Tensor saved = read("preferences.history");
        if (saved.numel() == 0) return;
        if (saved.dim() != 2 || saved.shape[1] != policy.Preferences.Length || saved.dtype != ScalarType.Float32)
            throw new DasException(ErrorKind.Checkpoint, $"The saved search has preferences ({string.Join(", ", saved.shape)}), not of "
                + $"{policy.Preferences.Length} layers.");
        history.AddRange(saved.data<float>().ToArray().Chunk(policy.Preferences.Length));
        history.LastOrDefault()?.CopyTo(policy.Preferences, 0);
    }
}
