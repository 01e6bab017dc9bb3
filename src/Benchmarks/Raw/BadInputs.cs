namespace Das.Benchmarks.Raw;

/// <summary>A raw input that could not be used.</summary>
/// <param name="Input">File and id.</param>
/// <param name="Reason">A sentence.</param>
public sealed record BadInput(string Input, string Reason);

/// <summary>
/// Counts unusable inputs and names the first, or stops at the first, as the recipe's <c>onBadInput</c> says. Beside them it counts what a benchmark
/// leaves out of inputs that are as they should be.
/// </summary>
public sealed class BadInputs
{
    private const int Named = 20;

    private readonly bool stops;
    private readonly List<BadInput> first = [];

    /// <param name="onBadInput"><c>stop</c> or <c>skip</c>.</param>
    public BadInputs(string onBadInput) => stops = onBadInput switch
    {
        "stop" => true,
        "skip" => false,
        _ => throw new DasException(ErrorKind.Data, Nearest.Unknown("onBadInput", onBadInput, ["stop", "skip"])),
    };

    /// <summary>Unusable inputs.</summary>
    public long Count { get; private set; }

    /// <summary>Rows that a benchmark does not use though nothing is wrong with them.</summary>
    public LeftOutRows LeftOut { get; } = [];

    public IReadOnlyList<BadInput> First => first;

    /// <summary>What is not in the dataset and why, behind a semicolon; nothing where all of it is.</summary>
    public string Missing => (LeftOut.Count > 0 ? $"; left out of {LeftOut}" : "")
        + (Count > 0 ? $"; {Count} unusable inputs skipped, the first {First[0].Input}: {First[0].Reason.TrimEnd('.')}" : "");

    public void Report(params IReadOnlyList<BadInput> inputs)
    {
        if (inputs.Count == 0) return;
        Count += inputs.Count;
        first.AddRange(inputs.Take(Named - first.Count));
        if (stops) throw new DasException(ErrorKind.Data, Sentence(inputs));
    }

    private static string Sentence(IReadOnlyList<BadInput> inputs)
    {
        const int told = 3;
        string rest = inputs.Count > told ? $" … and {inputs.Count - told} more" : "";
        return $"{inputs.Count} input{(inputs.Count == 1 ? "" : "s")} cannot be used: "
            + $"{string.Join(" ", inputs.Take(told).Select(i => $"{i.Input}: {i.Reason}"))}{rest} (onBadInput \"skip\" leaves such inputs out and counts "
            + "them).";
    }
}
