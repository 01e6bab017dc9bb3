namespace Das.Models.Bert;

/// <summary>What tells a BERT from a RoBERTa: a line of a table. Both are one <see cref="BertTextTower"/>.</summary>
/// <param name="Name">What configurations and <c>model_type</c> call it.</param>
/// <param name="Epsilon">Of its norms: <c>layer_norm_eps</c> of bert-base-uncased and roberta-base.</param>
/// <param name="TokenTypes">Rows of the table of token types, of which only the first is ever used.</param>
/// <param name="Pad">The token of padding, after whose number positions start, counted over real tokens; null where they are a text's places.</param>
public sealed record BertForm(string Name, double Epsilon, int TokenTypes, int? Pad)
{
    /// <summary>Devlin et al.: "BERT", https://arxiv.org/abs/1810.04805.</summary>
    public static BertForm Bert { get; } = new("bert", 1e-12, TokenTypes: 2, Pad: null);

    /// <summary>Liu et al.: "RoBERTa: A Robustly Optimized BERT Pretraining Approach", https://arxiv.org/abs/1907.11692.</summary>
    public static BertForm Roberta { get; } = new("roberta", 1e-5, TokenTypes: 1, Pad: 1);

    private static readonly BertForm[] All = [Roberta, Bert];

    /// <exception cref="DasException">There is none of that name.</exception>
    public static BertForm Of(string name) => Find(name)
        ?? throw new DasException(ErrorKind.Recipe, Nearest.Unknown("textEncoder", name, All.Select(form => form.Name)));

    /// <summary>Null where there is none of that name.</summary>
    internal static BertForm? Find(string? name) => Array.Find(All, form => form.Name == name);
}
