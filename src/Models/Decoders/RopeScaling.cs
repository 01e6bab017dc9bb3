namespace Das.Models.Decoders;

/// <summary>Rotary frequencies divided, so that a decoder reads longer texts than it was first trained with.</summary>
public sealed record RopeScaling
{
    /// <summary>
    /// <c>linear</c>: all are divided by <see cref="Factor"/>. <c>llama3</c>: the low ones are, the high ones are not, and those between change from
    /// one to the other. <c>factors</c>: each is divided by its own of <see cref="Factors"/>.
    /// </summary>
    public required string Type { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Factor { get; init; }

    /// <summary>Below so many turns within <see cref="OriginalLength"/> a frequency is a low one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LowFrequencyFactor { get; init; }

    /// <summary>Above so many turns within <see cref="OriginalLength"/> a frequency is a high one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? HighFrequencyFactor { get; init; }

    /// <summary>Positions that the decoder was first trained with.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? OriginalLength { get; init; }

    /// <summary>One for each plane of a head, in the planes' order.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double[]? Factors { get; init; }

    /// <param name="frequency">Of that plane, in radians per position.</param>
    /// <param name="plane">Its number.</param>
    internal float Scaled(float frequency, int plane) => Type switch
    {
        "linear" => (float)(frequency / Factor!.Value),
        "llama3" => (float)(frequency * Llama3(OriginalLength!.Value * frequency / (2 * Math.PI))),
        _ => (float)(frequency / Factors![plane]),
    };

    /// <param name="planes">Half the width of a head.</param>
    /// <exception cref="DasException">The type is unknown, or its numbers are missing or impossible.</exception>
    internal void ThrowIfImpossible(int planes)
    {
        bool possible = Type switch
        {
            "linear" => Factor > 0,
            "llama3" => Factor > 0 && LowFrequencyFactor > 0 && HighFrequencyFactor > LowFrequencyFactor && OriginalLength > 0,
            "factors" => Factors?.Length == planes && Array.TrueForAll(Factors, factor => factor > 0),
            _ => throw new DasException(ErrorKind.Recipe, Nearest.Unknown("ropeScaling.type", Type, ["linear", "llama3", "factors"])),
        };
        if (!possible)
            throw new DasException(ErrorKind.Recipe, $"ropeScaling of type {Type} lacks a number or has an impossible one: linear needs factor, llama3 factor, "
                + $"lowFrequencyFactor, highFrequencyFactor above it and originalLength, factors {planes} factors; all above 0.");
    }

    /// <param name="turns">Within the original length.</param>
    private double Llama3(double turns)
    {
        double high = Math.Clamp((turns - LowFrequencyFactor!.Value) / (HighFrequencyFactor!.Value - LowFrequencyFactor.Value), 0, 1);
        return ((1 - high) / Factor!.Value) + high;
    }
}
