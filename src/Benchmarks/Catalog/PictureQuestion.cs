namespace Das.Benchmarks.Catalog;

/// <summary>A question about a picture and its answer, as a list of conversations or of questions has it.</summary>
/// <param name="Id">The published one.</param>
/// <param name="Image">The picture's file, below the picture folder; null where the text stands alone.</param>
/// <param name="Open">Whether it is open; a closed one is answered by one of a few answers.</param>
/// <param name="Question">With what says how to answer, and without a mark of the picture.</param>
/// <param name="Answer">May be empty.</param>
/// <param name="Tests">Whether the item says that it is to be tested on.</param>
internal sealed record PictureQuestion(string Id, string? Image, bool Open, string Question, string Answer, bool Tests)
{
    /// <summary>What LLaVA's form of a medical set adds to every question (method §6.4).</summary>
    private const string Briefly = "\nAnswer the question using a single word or phrase.";

    private const string User = "human", Assistant = "gpt";

    /// <summary>The questions and answers before this one of the same conversation, in turn.</summary>
    public IReadOnlyList<string> Earlier { get; init; } = [];

    /// <summary>The language of an item that is not in English.</summary>
    /// <exception cref="BadItemException"><c>q_lang</c> is no text.</exception>
    public static string? Language(RawItem item) => item["q_lang"].TextOrNull()?.Trim() is { } language && language.ToUpperInvariant() is var known
        && known is not ("EN" or "ENGLISH") && !known.StartsWith("EN-", StringComparison.Ordinal) && !known.StartsWith("EN_", StringComparison.Ordinal)
            ? language : null;

    /// <summary>What an item holds: a question for each turn of the assistant's, or the one question of a list of questions.</summary>
    /// <param name="item">A conversation, or a question.</param>
    /// <param name="id">Its id, unless it has one of its own.</param>
    /// <exception cref="BadItemException">A field is missing or of a wrong type.</exception>
    public static IReadOnlyList<PictureQuestion> Of(RawItem item, string? id = null)
    {
        RawField type = item["answer_type"], pictured = item["image", "img_name", "image_name"], named = item["id", "qid"];
        bool? open = type.TextOrNull()?.Trim().ToUpperInvariant() switch
        {
            null => null,
            "OPEN" => true,
            "CLOSED" => false,
            _ => throw type.Bad($"is '{type.Text()}'; expected OPEN or CLOSED"),
        };
        string own = (id is null ? named.Id() : named.IdOrNull()) ?? id!;
        bool tests = item["phrase_type"].TextOrNull()?.StartsWith("test", StringComparison.Ordinal) ?? false;
        RawField turns = item["conversations", "conversatons"]; // The published evaluators take the misspelt key as well.
        if (turns.ItemsOrNone().Count == 0 && !item["question"].IsAbsent)
        {
            string answer = item["answer"].Text().Trim();
            return [new(own, pictured.Words(), open ?? IsOpen(answer), item["question"].Words().Trim() + Briefly, answer, tests)];
        }
        string? image = Picture(pictured);
        (string Question, string Answer)[] exchanges = Exchanges(turns, image is not null);
        return [.. exchanges.Select((exchange, i) => new PictureQuestion(i == 0 ? own : $"{own}/{i + 1}", image,
            i == 0 && open is { } said ? said : IsOpen(exchange.Answer), exchange.Question, exchange.Answer.Trim(), tests)
        {
            Earlier = [.. exchanges.Take(i).SelectMany(earlier => new[] { earlier.Question, earlier.Answer })],
        })];
    }

    /// <summary>The one picture of an item: a text, or a list of one text; null where there is none.</summary>
    private static string? Picture(RawField pictured) => !pictured.IsList ? pictured.IsAbsent ? null : pictured.Words() : pictured.Items() switch
    {
        [] => null,
        [var one] => one.Words(),
        var many => throw pictured.Bad($"names {many.Count} pictures; a conversation is about one picture at most"),
    };

    /// <summary>Where nothing says whether a question is open, one answered by yes or no is closed.</summary>
    private static bool IsOpen(string answer) => OpenAnswer.Normal(answer) is not ("yes" or "no");

    private static (string Question, string Answer)[] Exchanges(RawField listed, bool pictured)
    {
        IReadOnlyList<RawField> turns = listed.Items();
        if (turns.Count > 0 && turns[0]["from"].Text() == Assistant) turns = [.. turns.Skip(1)]; // LLaVA leaves out what is said unasked at first.
        if (turns.Count == 0 || turns.Count % 2 == 1)
            throw listed.Bad($"holds {turns.Count} turns; expected for each question one turn from human and one from gpt");
        return [.. turns.Chunk(2).Select(pair =>
        {
            foreach ((RawField turn, string from) in pair.Zip([User, Assistant]))
                if (turn["from"].Text() != from) throw turn["from"].Bad($"is '{turn["from"].Text()}'; expected {from}, as human and gpt take turns");
            RawField asked = pair[0]["value"];
            string text = asked.Words();
            if (!pictured && text.Contains(Conversation.Image, StringComparison.Ordinal))
                throw asked.Bad($"holds the mark {Conversation.Image}, but the item has no 'image'");
            string question = text.Replace(Conversation.Image, "").Trim();
            return question.Length > 0 ? (question, pair[1]["value"].Text()) : throw asked.Bad("holds no question beside the mark of the picture");
        })];
    }
}
