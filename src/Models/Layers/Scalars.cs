using System.Collections.Concurrent;

namespace Das.Models.Layers;

/// <summary>
/// The numbers that are handed to tensor operations. TorchSharp 0.107 passes the handle of a temporary <c>Scalar</c> to
/// libtorch without keeping the object alive: a collection that another thread's allocations start may finalize it
/// while libtorch reads it ("Exception raised from toFloat"). Those from here live as long as the process; a number that
/// changes from step to step belongs in a <c>using</c>. <c>src/BannedSymbols.txt</c> bans every call that makes a temporary one.
/// </summary>
public static class Scalars
{
    private static readonly ConcurrentDictionary<double, Scalar> Reals = [];
    private static readonly ConcurrentDictionary<long, Scalar> Wholes = [];

    public static Scalar One { get; } = Of(1L);

    /// <summary>A constant; every value asked for is kept.</summary>
    public static Scalar Of(double value) => Reals.GetOrAdd(value, static v => v.ToScalar());

    /// <summary>A constant; every value asked for is kept.</summary>
    public static Scalar Of(long value) => Wholes.GetOrAdd(value, static v => v.ToScalar());

    /// <summary>x + y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, One);

    /// <summary>x + y, in place of x.</summary>
    public static Tensor Plus_(this Tensor x, Tensor y) => x.add_(y, One);

    /// <summary>x + c.</summary>
    public static Tensor Plus(this Tensor x, double constant) => x.add(Of(constant), One);

    /// <summary>x + c, in place of x.</summary>
    public static Tensor Plus_(this Tensor x, double constant) => x.add_(Of(constant), One);

    /// <summary>c x.</summary>
    public static Tensor Times(this Tensor x, double constant) => x.mul(Of(constant));

    /// <summary>c x, in place of x.</summary>
    public static Tensor Times_(this Tensor x, double constant) => x.mul_(Of(constant));
}
