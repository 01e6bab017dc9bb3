namespace Das.Search;

/// <summary>
/// When preferences are updated, and how many layers training skips until then (method §1.4, §2.7, §5.6). Every family's rule
/// is one of these: the first update on the micro-step after the warm-up, then one every <paramref name="Every"/> micro-steps.
/// </summary>
/// <param name="Every">T.</param>
/// <param name="Warmup">Micro-steps without updates; they count towards the first T.</param>
/// <param name="Curriculum">Whether the number of skipped layers grows to m in the first half of the warm-up.</param>
public sealed record UpdateSchedule(int Every, long Warmup, bool Curriculum = false)
{
    /// <summary>LaVIN's updates per epoch (method §1.6).</summary>
    private const int UpdatesPerEpoch = 150;

    /// <summary>What a recipe asks for. A warm-up of epochs ends with the last micro-step that begins before it is over (method §4.5).</summary>
    /// <param name="recipe">Its <c>every</c> of 0 is a 150th of an epoch, at least one micro-step (fixing method §8 B9).</param>
    /// <param name="microStepsPerEpoch">An epoch of the training split.</param>
    public static UpdateSchedule Of(SearchRecipe recipe, int microStepsPerEpoch) => new(
        recipe.Every > 0 ? recipe.Every : Math.Max(1, microStepsPerEpoch / UpdatesPerEpoch),
        recipe.WarmupSteps ?? FirstAt(recipe.WarmupEpochs, microStepsPerEpoch),
        recipe.Curriculum);

    /// <summary>The micro-step (from 0) that ends with the first update.</summary>
    public long First => Math.Max(Warmup, Every - 1);

    /// <summary>Why no preference would ever be learnt, as a sentence; null if one is.</summary>
    public string? TooLate(TrainingPlan plan) => First < plan.End ? null
        : $"The search would end before its first preference update: {plan.End} micro-steps with a warm-up of {Warmup} and an update every {Every}. "
            + "Raise search.epochs, or lower search.warmupEpochs, search.warmupSteps or search.every.";

    /// <summary>Whether micro-step <paramref name="step"/> (from 0) ends with an update.</summary>
    public bool IsDue(long step) => step >= First && (step - First) % Every == 0;

    /// <summary>How many layers training skips at micro-step <paramref name="step"/> (from 0), of at most <paramref name="skip"/>.</summary>
    public int Skipped(long step, int skip) => Curriculum ? (int)Math.Min(skip, (skip * (step + 1) * 2 / (Warmup + 1)) + 1) : skip;

    /// <summary>The first micro-step at or after so many epochs.</summary>
    private static long FirstAt(double epochs, int microStepsPerEpoch)
    {
        long before = (long)(epochs * microStepsPerEpoch);
        return before / (double)microStepsPerEpoch < epochs ? before + 1 : before;
    }
}
