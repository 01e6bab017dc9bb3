namespace Das.Training.Optimization;

/// <summary>Linear warm-up from 0, then linear decay to 0 (spec §2.6).</summary>
public static class LinearSchedule
{
    /// <summary>Factor on the learning rate at optimizer step <paramref name="step"/>, counted from 0.</summary>
    /// <param name="step">The step.</param>
    /// <param name="steps">Optimizer steps in all; 0 beyond them.</param>
    /// <param name="warmup">Share of the steps, truncated to whole ones, over which the factor rises.</param>
    public static double Multiplier(long step, long steps, double warmup)
    {
        long rising = (long)(steps * warmup);
        if (step < rising) return (double)step / Math.Max(1, rising);
        return Math.Max(0, (double)(steps - step) / Math.Max(1, steps - rising));
    }
}
