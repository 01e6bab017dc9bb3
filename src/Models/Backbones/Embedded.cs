namespace Das.Models.Backbones;

/// <summary>Embedded texts or images, the input of the layers that both share.</summary>
/// <param name="Tokens">(B, S, D).</param>
/// <param name="Valid">(B, S) booleans, false where a token is padding; null where none is.</param>
public sealed record Embedded(Tensor Tokens, Tensor? Valid) : IDisposable
{
    public long Count => Tokens.shape[0];

    public long Length => Tokens.shape[1];

    /// <summary>One row as if it were <paramref name="count"/>, without copies; as many rows as that stay what they are.</summary>
    internal Embedded Broadcast(long count)
    {
        if (Count == count) return this;
        using DisposeScope scope = NewDisposeScope();
        return Of(Tokens.expand(count, -1, -1), Valid?.expand(count, -1));
    }

    /// <summary>Each row <paramref name="times"/> times in a row.</summary>
    public Embedded Repeat(long times)
    {
        using DisposeScope scope = NewDisposeScope();
        return Of(Tokens.repeat_interleave(times, 0), Valid?.repeat_interleave(times, 0));
    }

    /// <summary>The rows that <paramref name="indices"/> (n) name, in that order.</summary>
    public Embedded Rows(Tensor indices)
    {
        using DisposeScope scope = NewDisposeScope();
        return Of(Tokens.index_select(0, indices), Valid?.index_select(0, indices));
    }

    public void Dispose()
    {
        Tokens.Dispose();
        Valid?.Dispose();
    }

    /// <summary>(B, S) booleans even where no token is padding.</summary>
    internal Tensor ValidOrAll() => Valid ?? ones(Count, Length, dtype: ScalarType.Bool, device: Tokens.device);

    /// <summary>Handed out of the innermost scope.</summary>
    public Embedded MoveToOuterDisposeScope() => Of(Tokens, Valid);

    internal static Embedded Of(Tensor tokens, Tensor? valid) => new(tokens.MoveToOuterDisposeScope(), valid?.MoveToOuterDisposeScope());
}
