namespace Das.Tests.Parity;

/// <summary>How far ours may be from the recorded: |a-b| ≤ atol + rtol |b|, or a share of the tensor's largest value.</summary>
public sealed record Tolerance(double Absolute, double Relative, double OfLargest = 0)
{
    public static Tolerance Exact { get; } = new(0, 0);

    /// <summary>The one of a whole case.</summary>
    public static Tolerance Of(JsonElement recorded) => Read(recorded.GetProperty("tolerance"));

    public static Tolerance Read(JsonElement json) => json.TryGetProperty("relative_to_tensor_max", out JsonElement share)
        ? new(0, 0, share.GetDouble())
        : new(json.Number("atol"), json.Number("rtol"));

    /// <summary>Compares two tensors and says where they differ most.</summary>
    /// <remarks>A share of elements, the stragglers, may be off: see the recordings' page on Adam and vanishing gradients.</remarks>
    public void Check(string name, Tensor expected, Tensor actual, double stragglers = 0)
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.True(expected.shape.SequenceEqual(actual.shape),
            $"{name}: shape ({string.Join(", ", actual.shape)}), recorded ({string.Join(", ", expected.shape)}).");
        if (expected.numel() == 0) return;
        Tensor b = expected.to(ScalarType.Float64), error = actual.detach().to(ScalarType.Float64).sub(b).abs();
        Tensor allowed = b.abs().mul(Relative).add(Absolute + (OfLargest * b.abs().max().item<double>()));
        Tensor off = error.le(allowed).logical_not();
        double share = off.to(ScalarType.Float64).mean().item<double>(), worst = error.max().item<double>();
        Report.Note(name, worst, error.div(allowed.add(1e-300)).max().item<double>());
        Assert.True(share <= stragglers, $"{name}: {share:P2} of {expected.numel()} elements are off, the worst by {worst:g4}; allowed are {this}.");
    }

    public void Check(string name, double expected, double actual) => Check(name, tensor(expected), tensor(actual));
}

/// <summary>Largest errors per comparison, written to the file that <c>DAS_PARITY_REPORT</c> names.</summary>
internal static class Report
{
    private static readonly ConcurrentDictionary<string, bool> Lines = [];
    private static readonly string? Path = Environment.GetEnvironmentVariable("DAS_PARITY_REPORT");

    public static void Note(string name, double worst, double ofAllowed)
    {
        if (Path is null) return;
        Lines[$"{name}\t{worst:g3}\t{ofAllowed:g3}"] = true;
        lock (Lines) File.WriteAllLines(Path, Lines.Keys.Order());
    }
}
