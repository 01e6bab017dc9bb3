namespace Das.Benchmarks.Catalog;

/// <summary>A question about a picture and its answer, as a list of conversations or of questions has it.</summary>
/// <param name="Id">The published one.</param>
/// <param name="Image">The picture's file, below the picture folder.</param>
/// <param name="Open">Whether it is open; a closed one is answered by one of a few answers.</param>
/// <param name="Question">With what says how to answer, and without a mark of the picture.</param>
/// <param name="Answer">May be empty.</param>
/// <param name="Tests">Whether the item says that it is to be tested on.</param>
internal sealed record PictureQuestion(string Id, string Image, bool Open, string Question, string Answer, bool Tests)
{
    /// <summary>What LLaVA's form of a medical set adds to every question (method §6.4).</summary>
    private const string Briefly = "\nAnswer the question using a single word or phrase.";

    /// <summary>The language of an item that is not in English.</summary>
    /// <exception cref="BadItemException"><c>q_lang</c> is no text.</exception>
    public static string? Language(RawItem item) => item["q_lang"].TextOrNull()?.Trim() is { } language && language.ToUpperInvariant() is var known
        && known is not ("EN" or "ENGLISH") && !known.StartsWith("EN-", StringComparison.Ordinal) && !known.StartsWith("EN_", StringComparison.Ordinal)
            ? language : null;

    /// <summary>What an item holds.</summary>
    /// <exception cref="BadItemException">A field is missing or of a wrong type.</exception>
    public static PictureQuestion Of(RawItem item)
    {
        RawField type = item["answer_type"];
        (string id, string image, string said) = (item["id", "qid"].Id(), item["image", "img_name", "image_name"].Words(), type.Words());
        string known = said.Trim().ToUpperInvariant();
        if (known is not ("OPEN" or "CLOSED")) throw type.Bad($"is '{said}'; expected OPEN or CLOSED");
        IReadOnlyList<RawField> turns = item["conversations", "conversatons"].ItemsOrNone(); // The published evaluators take the misspelt key as well.
        (string question, string answer) = turns.Count > 0 ? Exchange(item, turns)
            : (item["question"].Words().Trim() + Briefly, item["answer"].Text());
        return new(id, image, known == "OPEN", question, answer.Trim(),
            item["phrase_type"].TextOrNull()?.StartsWith("test", StringComparison.Ordinal) ?? false);
    }

    private static (string Question, string Answer) Exchange(RawItem item, IReadOnlyList<RawField> turns)
    {
        if (turns is not [var asked, var told] || asked["from"].Text() != "human" || told["from"].Text() != "gpt")
            throw item["conversations", "conversatons"].Bad($"holds {turns.Count} turns; expected two, one turn from human and one from gpt");
        string question = asked["value"].Words().Replace(Conversation.Image, "").Trim();
        return question.Length > 0 ? (question, told["value"].Text()) : throw asked["value"].Bad("holds no question beside the mark of the picture");
    }
}
