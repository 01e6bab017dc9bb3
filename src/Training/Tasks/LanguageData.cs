namespace Das.Training.Tasks;

/// <summary>Texts to be continued, for decoders: any of them reads any such dataset, in its family's form.</summary>
/// <param name="model">The backbone.</param>
/// <param name="inputs">Data and settings.</param>
public sealed class LanguageData(LanguageModel model, TaskInputs inputs) : TaskData
{
    private readonly Backbone family = BackboneCatalog.Get(inputs.Recipe.Backbone.Name);
    private readonly PieceTokenizer tokenizer = PieceTokenizer.Load(inputs.Vocabulary[0], model.EndOfText);

    public override ITaskSplit Open(string split, string purpose, bool augment = false, bool keep = true) =>
        new LanguageSplit(inputs.Dataset.OpenLanguage(split), Prepare(split, keep));

    /// <summary>How a split's samples become tensors.</summary>
    /// <param name="split">A split of the dataset.</param>
    /// <param name="keep">Whether kept outputs of a frozen image tower stand in for pictures where the recipe allows that.</param>
    public LanguagePreparation Prepare(string split, bool keep = true)
    {
        TextForm texts = family.ReadsConversations ? new ConversationForm(tokenizer) : new PlainForm(tokenizer);
        return new(texts, model, Transform(), inputs.Device, keep && model.HasFrozenImageTower ? Kept(split) : null);
    }

    private KeptPictures? Kept(string split)
    {
        using LanguageTable table = inputs.Dataset.OpenLanguage(split);
        var pictures = DifferentPictures.Of(table);
        if (pictures.Rows.Count == 0) return null;
        Func<ReadOnlyMemory<byte>, PixelImage> transform = Transform();
        return KeptTowers.Open(inputs, split, pictures.Rows.Count, i => transform(table.Image(pictures.Rows[i])), model.ImageTower) is { } towers
            ? new(towers, pictures.Numbers) : null;
    }

    private Func<ReadOnlyMemory<byte>, PixelImage> Transform() => family.Transform switch
    {
        ImageTransform.Stretched => picture => new StretchTransform(model.ImageSize).Apply(picture.Span),
        ImageTransform.Padded => picture => new SquareTransform(model.ImageSize).Apply(picture.Span),
        _ => _ => throw new DasException(ErrorKind.Recipe, $"{family.Name} reads no pictures."),
    };
}
