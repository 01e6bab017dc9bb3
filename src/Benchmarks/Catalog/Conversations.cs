namespace Das.Benchmarks.Catalog;

/// <summary>
/// One's own conversations in the form that LLaVA documents: <c>id</c>, <c>image</c> and <c>conversations</c>, turns of human and gpt. Each turn of the
/// assistant's is a sample with what was said before it; LLaVA trains on all of them at once.
/// </summary>
public sealed class Conversations() : ConversationTask(ConversationSet.Own)
{
    public override int MaxNewTokens => 32;

    public override Type OptionsType => typeof(ConversationsOptions);

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        ConversationsOptions given = Read<ConversationsOptions>(options);
        return RawSource.Read(source, Name, raw =>
        {
            Dictionary<string, int> ids = [];
            OwnSplits<RawRow> rows = new OwnData(raw, given, bad, cancel).Read<RawRow>((item, id, split) =>
            {
                IReadOnlyList<PictureQuestion> read = PictureQuestion.Of(item, id);
                RawImage? picture = read[0].Image is { } image ? Pictures.Named(raw, image, given.Images) : null;
                return read.Where(question => question.Answer.Length > 0 || split != "test" || Unanswered(split))
                    .Select(question => Row(Once(question), picture));
            }, row => [Key(row)]);
            return new([], [.. rows.All.Select(split => new RawTable($"{Name}_{split.Split}", split.Rows))], raw);

            bool Unanswered(string split)
            {
                bad.LeftOut.Add(split, Unanswerable);
                return false;
            }

            // LLaVA's own files give one id to several conversations about one picture.
            PictureQuestion Once(PictureQuestion question)
            {
                int before = ids[question.Id] = ids.GetValueOrDefault(question.Id) + 1;
                return before == 1 ? question : question with { Id = $"{question.Id}#{before}" };
            }
        });
    }
}

/// <summary>Options of <c>conversations</c>.</summary>
public sealed record ConversationsOptions : OwnDataOptions
{
    /// <summary>The picture folder, in which the files stand that <c>image</c> names.</summary>
    public string Images { get; init; } = "images";
}
