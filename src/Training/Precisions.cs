namespace Das.Training;

/// <summary>What a decoder's frozen matrices are multiplied in (<c>precision</c> of <c>backbone.config</c>).</summary>
public static class Precisions
{
    /// <summary>The environment variable that says what the machines multiply fastest that compute for runs begun here.</summary>
    public const string Variable = "DAS_PRECISION";

    private const string Float = "float32", Half = "bfloat16", Key = "precision";

    /// <summary>A product of half so many rows, of which a processor does some within a tenth of a second in any type.</summary>
    private const int Width = 1024, Rounds = 5;

    /// <summary>bfloat16 rounds to eight bits: where it is not faster by so much, it has no use.</summary>
    private const double Worth = 1.25;

    private static readonly Lazy<string> Measured = new(Measure);

    /// <summary>
    /// What <c>auto</c> stands for in the recipes of runs begun here, by their device: what <see cref="Variable"/> says, else bfloat16 on a GPU and what this
    /// machine's processor multiplies faster, measured once for the process.
    /// </summary>
    /// <exception cref="DasException">The variable names no precision.</exception>
    public static Func<string, string> Auto() => Auto(Environment.GetEnvironmentVariable(Variable));

    /// <inheritdoc cref="Auto()"/>
    /// <param name="said">The variable's value.</param>
    public static Func<string, string> Auto(string? said) => said switch
    {
        null or "" => device => device == "cpu" ? Measured.Value : Half,
        Float or Half => _ => said,
        _ => throw new DasException(ErrorKind.Usage, $"{Variable} is '{said}', which is no precision: set it to {Float} or {Half}, or unset it."),
    };

    /// <summary>A recipe with <c>auto</c> decided.</summary>
    /// <param name="recipe">Whose device is decided.</param>
    public static Recipe Decided(Recipe recipe)
    {
        if (recipe.Backbone.Config is not { } config || config[Key]?.ToString() != Recipe.Auto) return recipe;
        JsonObject decided = config.DeepClone().AsObject();
        decided[Key] = Auto()(recipe.Device);
        return recipe with { Backbone = recipe.Backbone with { Config = decided } };
    }

    /// <summary>The best of several products in either type, taken in turn; what comes first is not counted.</summary>
    private static string Measure()
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor[] floats = Factors(ScalarType.Float32), halves = Factors(ScalarType.BFloat16);
        (double Float, double Half) best = (double.MaxValue, double.MaxValue);
        for (int round = 0; round <= Rounds; round++)
        {
            (double Float, double Half) seconds = (Seconds(floats), Seconds(halves));
            if (round > 0) best = (Math.Min(best.Float, seconds.Float), Math.Min(best.Half, seconds.Half));
        }
        return best.Float > Worth * best.Half ? Half : Float;

        static Tensor[] Factors(ScalarType type) => [ones(Width / 2, Width, dtype: type), ones(Width, Width, dtype: type)];
    }

    private static double Seconds(Tensor[] factors)
    {
        Stopwatch watch = Stopwatch.StartNew();
        nn.functional.linear(factors[0], factors[1]).Dispose();
        return watch.Elapsed.TotalSeconds;
    }
}
