using Das.Models.Generation;

namespace Das.Training;

/// <summary>A finished decoder that is asked one question at a time, in the form in which its task asked it.</summary>
public sealed class FinishedDecoder : IDisposable
{
    private readonly Device device;
    private readonly BackboneModel finished;
    private readonly LanguageModel model;
    private readonly TextForm texts;
    private readonly Func<ReadOnlyMemory<byte>, Tensor>? pictures;

    /// <param name="checkpoint">The fine-tuned one; its vocabulary lies beside it.</param>
    /// <param name="recipe">The run's.</param>
    /// <param name="device">A recipe's <c>device</c>.</param>
    /// <exception cref="DasException">The model writes no texts, or the device is not there.</exception>
    public FinishedDecoder(string checkpoint, BackboneRecipe recipe, string device)
    {
        Converses = AskedBackbone.Of(recipe).Converses;
        this.device = Devices.Resolve(device);
        Backbone backbone = BackboneCatalog.Get(recipe.Name);
        finished = ModelFiles.FromFinetuned(checkpoint, this.device, out _);
        try
        {
            model = (LanguageModel)finished;
            model.eval();
            texts = BackboneFiles.Form(recipe, BackboneFiles.VocabularyIn(Path.GetDirectoryName(checkpoint)!), model.EndOfText);
            if (model.ImageSize > 0) pictures = Pictures(PictureForm.Of(backbone, model.Pictures));
        }
        catch
        {
            finished.Dispose();
            throw;
        }
    }

    /// <summary>Whether what was said before is read with a question; otherwise each stands alone.</summary>
    public bool Converses { get; }

    /// <summary>What the model writes, greedily.</summary>
    /// <param name="earlier">What was said before, by the user and the model in turn.</param>
    /// <param name="question">The whole prompt where the task's form is plain.</param>
    /// <param name="picture">Encoded; empty for none.</param>
    /// <param name="most">Tokens to be written at most.</param>
    /// <param name="cancellation">Takes effect within one token.</param>
    /// <exception cref="DasException">The model reads no pictures, this one is damaged, or there is no room for an answer.</exception>
    public string Answer(IReadOnlyList<string> earlier, string question, ReadOnlyMemory<byte> picture, int most, CancellationToken cancellation)
    {
        LanguageSample sample = new("", "", "", question, [], [], "", picture, earlier.Count == 0 ? new Dictionary<string, string>()
            : new Dictionary<string, string> { [LanguageRow.EarlierTurns] = JsonSerializer.Serialize(earlier) });
        if (sample.HasImage && pictures is null) throw new DasException(ErrorKind.Usage, "This model reads no pictures: ask without one.");
        int[] ids = texts.Query(sample);
        int room = model.MaxLength - model.InsertedPositions(sample.HasImage) - ids.Length;
        if (room <= 0)
            throw new DasException(ErrorKind.Usage, $"What is asked takes {ids.Length} tokens, which leaves no room for an answer within maxLength "
                + $"({model.MaxLength} positions): ask for less, or begin anew.");
        using DisposeScope scope = NewDisposeScope();
        TokenBatch asked = new(tensor(ids.Select(id => (long)id).ToArray(), 1, ids.Length).to(device), [ids.Length], null,
            sample.HasImage ? pictures!(picture).to(device) : null, pictures is null ? [] : [sample.HasImage]);
        int[] written = TextGenerator.Continue(model, asked, new(Math.Min(most, room), texts.EndOfAnswer), cancellation)[0];
        return texts.Tokenizer.DecodeContinuation(written);
    }

    public void Dispose() => finished.Dispose();

    /// <summary>Encoded picture to (1, 3, H, W).</summary>
    private Func<ReadOnlyMemory<byte>, Tensor> Pictures(PictureForm form)
    {
        PictureTransform transform = form.Sized(model.ImageSize);
        return picture => PictureBatch.Of(transform(picture, null), form.Normalization);
    }
}
