namespace Das.Foundation;

/// <summary>
/// Hashes numbers that a file chooses: by themselves they could all meet in one bucket of a dictionary, so that each takes as long as all before it.
/// The seed is that of the process, so the order of such a dictionary means nothing.
/// </summary>
public sealed class SpreadKeys<T> : IEqualityComparer<T> where T : struct, IEquatable<T>
{
    public static SpreadKeys<T> Instance { get; } = new();

    public bool Equals(T a, T b) => a.Equals(b);

    public int GetHashCode(T key) => HashCode.Combine(key);
}
