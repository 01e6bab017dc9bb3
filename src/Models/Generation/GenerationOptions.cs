namespace Das.Models.Generation;

/// <summary>Options of text generation: length, end token and sampling.</summary>
/// <param name="MaxNewTokens">Tokens that may be added.</param>
/// <param name="EndOfText">The token that ends a text; it is not part of it.</param>
public sealed record GenerationOptions(int MaxNewTokens, int EndOfText)
{
    /// <summary>0 takes the likeliest token; otherwise tokens are drawn from the softmax of logits over it.</summary>
    public double Temperature { get; init; }

    /// <summary>Tokens are drawn from the likeliest whose probabilities sum to this (<see cref="Nucleus"/>).</summary>
    public double TopP { get; init; } = 1;

    /// <summary>With the prompt it decides what is drawn, so that a row's text does not depend on those beside it.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether keys and values are cached, or computed again for every token; the tokens are the same.</summary>
    public bool UsesCache { get; init; } = true;
}
