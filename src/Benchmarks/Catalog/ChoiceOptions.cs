namespace Das.Benchmarks.Catalog;

/// <summary>Options of a task in JSON lines whose questions have choices.</summary>
public record ChoiceOptions : JsonLinesOptions
{
    /// <summary>What says which choice is right: <c>letters</c>, as published, or <c>texts</c>: the choices are not listed, the right one's text is learnt
    /// as the answer, and the choice that is likeliest after the question is the model's (lm-evaluation-harness's <c>acc</c>).</summary>
    [OneOf(ChoiceForm.Letters, ChoiceForm.Texts)]
    public string Choices { get; init; } = ChoiceForm.Letters;
}

/// <summary>What says which of a question's choices is right.</summary>
internal static class ChoiceForm
{
    public const string Letters = "letters", Texts = "texts";

    /// <summary>Whether choices are told by their texts.</summary>
    /// <param name="benchmark">Its name.</param>
    /// <param name="choices">The recipe's.</param>
    /// <param name="published">Whether evaluation is to ask as the published scripts do.</param>
    /// <exception cref="DasException">Both are asked for.</exception>
    public static bool AreTexts(string benchmark, string choices, bool published) =>
        PublishedPrompts.Leave(benchmark, published, "choices", choices, asked: Texts);
}
