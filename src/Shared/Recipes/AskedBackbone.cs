namespace Das.Recipes;

/// <summary>A backbone that answers in texts of its own and can be asked something, as far as that is known without its weights.</summary>
/// <param name="ReadsPictures">A picture may be shown with a question.</param>
/// <param name="Converses">What was said before is read with a question; otherwise each question stands alone.</param>
public sealed record AskedBackbone(bool ReadsPictures, bool Converses)
{
    private static readonly Dictionary<string, AskedBackbone> known = new(StringComparer.Ordinal)
    {
        ["llama"] = new(ReadsPictures: false, Converses: false),
        ["lavin"] = new(ReadsPictures: true, Converses: false),
        ["llava"] = new(ReadsPictures: true, Converses: true),
    };

    /// <summary>The backbones that can be asked.</summary>
    public static IReadOnlyCollection<string> Names => known.Keys;

    /// <summary>How a recipe's backbone is asked; in its own chat template every one converses.</summary>
    /// <exception cref="DasException">It writes no texts.</exception>
    public static AskedBackbone Of(BackboneRecipe recipe) => known.TryGetValue(recipe.Name, out AskedBackbone? asked)
        ? asked with { Converses = asked.Converses || recipe.Prompt == BackboneRecipe.Chat }
        : throw new DasException(ErrorKind.Usage, $"A {recipe.Name} chooses among answers and writes none: only {string.Join(", ", Names)} can be asked.");
}
