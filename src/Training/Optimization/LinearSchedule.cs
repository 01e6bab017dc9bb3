namespace Das.Training.Optimization;

/// <summary>
/// The learning rate over a run as a multiple of the base rate (spec §2.6): a rise from 0 over the warm-up, then a fall.
/// The multiplier of optimizer step 0 is 0 where there is a warm-up; the schedule advances once per optimizer step.
/// </summary>
public static class LinearSchedule
{
    /// <summary>Warm-up steps: a fraction of all steps, cut to a whole number.</summary>
    public static int WarmupSteps(double warmup, int maxSteps) => (int)(warmup * maxSteps);

    /// <summary>Straight up to 1 over the warm-up, straight down to 0 at the last step, 0 after it.</summary>
    /// <param name="step">Optimizer step, from 0.</param>
    /// <param name="warmupSteps">See <see cref="WarmupSteps"/>.</param>
    /// <param name="maxSteps">Optimizer steps of the whole run.</param>
    public static double Multiplier(int step, int warmupSteps, int maxSteps) => PolynomialSchedule.Multiplier(step, warmupSteps, maxSteps, power: 1, floor: 0);
}

/// <summary>As <see cref="LinearSchedule"/>, but falling along a power to a floor: the published <c>decay_power</c> and <c>end_lr</c>.</summary>
public static class PolynomialSchedule
{
    /// <param name="step">Optimizer step, from 0.</param>
    /// <param name="warmupSteps">Steps of the rise.</param>
    /// <param name="maxSteps">Optimizer steps of the whole run.</param>
    /// <param name="power">1 is a straight line.</param>
    /// <param name="floor">The last multiplier: final over base learning rate.</param>
    public static double Multiplier(int step, int warmupSteps, int maxSteps, double power, double floor)
    {
        if (step < warmupSteps) return (double)step / Math.Max(1, warmupSteps);
        if (step > maxSteps) return floor;
        double remaining = 1 - ((double)(step - warmupSteps) / Math.Max(1, maxSteps - warmupSteps));
        return ((1 - floor) * Math.Pow(remaining, power)) + floor;
    }
}

/// <summary>As <see cref="LinearSchedule"/>, but falling along half a cosine: the published <c>decay_power="cosine"</c>.</summary>
public static class CosineSchedule
{
    /// <inheritdoc cref="LinearSchedule.Multiplier"/>
    public static double Multiplier(int step, int warmupSteps, int maxSteps)
    {
        if (step < warmupSteps) return (double)step / Math.Max(1, warmupSteps);
        double progress = (double)(step - warmupSteps) / Math.Max(1, maxSteps - warmupSteps);
        return Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * progress)));
    }
}
