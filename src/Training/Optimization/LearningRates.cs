namespace Das.Training.Optimization;

/// <summary>The schedule that a recipe asks for.</summary>
public static class LearningRates
{
    /// <summary>Optimizer step (from 0) → factor on every group's learning rate.</summary>
    /// <param name="recipe">The stage's.</param>
    /// <param name="epochs">The stage's length.</param>
    /// <param name="steps">Its optimizer steps.</param>
    /// <param name="stepsPerEpoch">Optimizer steps per epoch, fractions included.</param>
    /// <exception cref="ArgumentException">The warm-up is as long as the run, so that the learning rate would never reach its peak (method §8 B23).</exception>
    public static Func<long, double> Of(OptimizationRecipe recipe, double epochs, long steps, double stepsPerEpoch)
    {
        double floor = recipe.MinLearningRate / recipe.LearningRate;
        Func<double, double, double, double> shape = recipe.Schedule == "cosine"
            ? (step, warmup, end) => CosineSchedule.Multiplier(step, warmup, end, floor)
            : (step, warmup, end) => PolynomialSchedule.Multiplier(step, warmup, end, power: 1, floor);
        if (recipe.WarmupEpochs is { } warmupEpochs)
            return Within(warmupEpochs, epochs, "warmupEpochs", "epochs", step => shape(step / stepsPerEpoch, warmupEpochs, epochs));
        double warmup = recipe.WarmupSteps ?? LinearSchedule.WarmupSteps(recipe.Warmup, (int)steps);
        return Within(warmup, steps, "warmupSteps", "optimizer steps", step => shape(step, warmup, steps));
    }

    private static Func<long, double> Within(double warmup, double length, string key, string unit, Func<long, double> schedule) => warmup < length ? schedule
        : throw new DasException(ErrorKind.Recipe,
            $"optimization.{key} is {warmup}, but the stage has {length} {unit}, so the learning rate would never reach its peak. "
            + "Lower it, or raise epochs.");
}
