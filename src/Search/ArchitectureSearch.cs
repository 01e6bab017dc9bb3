using Das.Models.Skipping;
using Das.Training;
using static TorchSharp.torch;

namespace Das.Search;

/// <summary>When preferences are updated: every <paramref name="Every"/> micro-steps, the first time at the end of the warm-up (spec §1.4, §2.7).</summary>
/// <param name="Every">T.</param>
/// <param name="Warmup">Micro-steps without updates; they count towards the first T.</param>
public sealed record UpdateSchedule(int Every, long Warmup)
{
    /// <summary>Whether micro-step <paramref name="step"/> (from 0) ends with an update.</summary>
    public bool IsDue(long step)
    {
        long first = Math.Max(Warmup, Every - 1);
        return step >= first && (step - first) % Every == 0;
    }
}

/// <summary>
/// The search phase (spec §1.3-1.5): adapters learn in sampled subnetworks while preferences are updated from rewards on
/// a held-out stream that advances with every update (fixing spec §8 B2-B4), in eval mode and without gradients.
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
        model.Skipped = policy.Sample(Seeds.Random(seed, "search/train", step).DrawWithoutReplacement);
        Tensor loss = trainLoss(step);
        if (updates.IsDue(step)) Update();
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
        history.AddRange(saved.data<float>().ToArray().Chunk(policy.Preferences.Length));
        history.LastOrDefault()?.CopyTo(policy.Preferences, 0);
    }
}
