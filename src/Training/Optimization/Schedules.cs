namespace Das.Training.Optimization;

/// <summary>
/// The learning rate over a run as a multiple of the base rate (method §2.6): a rise from 0 over the warm-up, then a fall.
/// The multiplier of optimizer step 0 is 0 where there is a warm-up; the schedule advances once per optimizer step. Steps may
/// be counted in any unit, epochs say, as long as all three numbers are.
/// </summary>
public static class LinearSchedule
{
    /// <summary>Warm-up steps: a fraction of all steps, cut to a whole number.</summary>
    public static int WarmupSteps(double warmup, int maxSteps) => (int)(warmup * maxSteps);

    /// <summary>Straight up to 1 over the warm-up, straight down to 0 at the last step, 0 after it.</summary>
    /// <param name="step">Optimizer step, from 0.</param>
    /// <param name="warmupSteps">See <see cref="WarmupSteps"/>.</param>
    /// <param name="maxSteps">Optimizer steps of the whole run.</param>
    public static double Multiplier(double step, double warmupSteps, double maxSteps) =>
        PolynomialSchedule.Multiplier(step, warmupSteps, maxSteps, power: 1, floor: 0);
}

/// <summary>As <see cref="LinearSchedule"/>, but falling along a power to a floor: the published <c>decay_power</c> and <c>end_lr</c>.</summary>
public static class PolynomialSchedule
{
    /// <param name="step">Optimizer step, from 0.</param>
    /// <param name="warmupSteps">Steps of the rise.</param>
    /// <param name="maxSteps">Optimizer steps of the whole run.</param>
    /// <param name="power">1 is a straight line.</param>
    /// <param name="floor">The last multiplier: final over base learning rate.</param>
    public static double Multiplier(double step, double warmupSteps, double maxSteps, double power, double floor)
    {
        if (step < warmupSteps) return step / warmupSteps;
        if (step > maxSteps) return floor;
        double remaining = 1 - Fall.Progress(step, warmupSteps, maxSteps);
        return ((1 - floor) * Math.Pow(remaining, power)) + floor;
    }
}

/// <summary>
/// As <see cref="LinearSchedule"/>, but falling along half a cosine to a floor: the published <c>decay_power="cosine"</c>,
/// LaVIN's schedule counted in epochs (method §4.6), LLaVA's counted in steps.
/// </summary>
public static class CosineSchedule
{
    /// <param name="step">Optimizer step, from 0.</param>
    /// <param name="warmupSteps">Steps of the rise.</param>
    /// <param name="maxSteps">Optimizer steps of the whole run.</param>
    /// <param name="floor">The last multiplier: final over base learning rate.</param>
    public static double Multiplier(double step, double warmupSteps, double maxSteps, double floor = 0) => step < warmupSteps
        ? step / warmupSteps
        : floor + ((1 - floor) * 0.5 * (1 + Math.Cos(Math.PI * Fall.Progress(step, warmupSteps, maxSteps))));
}

/// <summary>The part of a schedule after its warm-up.</summary>
file static class Fall
{
    /// <summary>0 at the end of the warm-up, 1 at the end of the run.</summary>
    public static double Progress(double step, double warmupSteps, double maxSteps) =>
        maxSteps > warmupSteps ? (step - warmupSteps) / (maxSteps - warmupSteps) : 0;
}
