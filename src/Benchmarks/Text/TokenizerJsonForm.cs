using Das.Benchmarks.Text.Fast;
using Das.Benchmarks.Text.Pieces;

namespace Das.Benchmarks.Text;

/// <summary>Tokenizers that are lists by id, as GGUF files hold them, in the form of Hugging Face's <c>tokenizer.json</c>.</summary>
public static class TokenizerJsonForm
{
    private const int LongestPiece = 512;

    /// <summary>A byte-level tokenizer.</summary>
    /// <inheritdoc cref="FastTokenizer.OfLists"/>
    /// <returns>Null where the form has no room for it: two tokens are spelt alike, or one is not spelt.</returns>
    public static JsonObject? OfLists(string name, IReadOnlyList<string> tokens, IReadOnlyList<int> kinds, IReadOnlyList<string> merges, string splitting,
        int? begin)
    {
        if (Vocabulary(tokens) is not { } vocabulary) return null;
        Splitting cut = Splitting.Of(splitting, name);
        return Whole(
            kinds.Select((kind, id) => (Kind: kind, Id: id)).Where(token => token.Kind is 3 or 4).Select(token => Added(token.Id, tokens[token.Id],
                token.Kind == 3)),
            cut.Normalizer, cut.PreTokenizer, Begins(begin, tokens), Splitting.Bytes(),
            Pairs(vocabulary, merges.Select((pair, i) => TokenizerJson.Pair(pair, $"{name}: merges[{i}]")), null, cut.TakesWholeWords));
    }

    /// <summary>
    /// SentencePiece's pieces, as a list of merges: that of the piece with the highest score first. A piece must spell every character that another is made
    /// of, and no two have one score, but for the runs of one character, LLaMA's spaces.
    /// </summary>
    /// <returns>Null where that is not so, or pieces are spelt as the form has no room for.</returns>
    public static JsonObject? OfPieces(PieceTokenizer tokenizer)
    {
        IReadOnlyList<Piece> pieces = tokenizer.Pieces;
        string[] tokens = [.. pieces.Select(piece => piece.Text)];
        if (pieces.Any(HasNoRoom) || Vocabulary(tokens) is not { } vocabulary || MergesOf(pieces) is not { } merges) return null;
        return Whole(
            pieces.Select((piece, id) => (piece, id)).Where(entry => entry.piece.Kind is PieceKind.Control or PieceKind.Unknown)
                .Select(entry => Added(entry.id, entry.piece.Text, special: true)),
            JsonNode.Parse("""
                {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
                """), null, Begins(tokenizer.BosId, tokens), JsonNode.Parse("""
                {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
                """), Pairs(vocabulary, merges, tokens[tokenizer.UnknownId], wholeWords: false));
    }

    /// <summary>Whether the form would find a piece that stands for no text, or not find a byte's. A piece beyond any tokenizer's length is not looked at.
    /// </summary>
    private static bool HasNoRoom(Piece piece) => piece.Text.Length > LongestPiece || piece.Kind switch
    {
        PieceKind.Normal => false,
        PieceKind.Byte => piece.Text != $"<0x{piece.Value:X2}>",
        _ => IsCharacter(piece.Text),
    };

    /// <summary>All merges that make a piece of two others, that of the highest score first; null where the scores do not give an order.</summary>
    private static List<(string, string)>? MergesOf(IReadOnlyList<Piece> pieces)
    {
        Dictionary<string, float> scores = pieces.Where(piece => piece.Kind == PieceKind.Normal).ToDictionary(piece => piece.Text, piece => piece.Score);
        List<string> made = [];
        List<(string, string)> merges = [];
        foreach (string text in scores.OrderByDescending(piece => piece.Value).ThenByDescending(piece => piece.Key.Length).Select(piece => piece.Key))
        {
            int before = merges.Count;
            for (int cut = text.Length - 1; cut > 0; cut--)
            {
                if (char.IsLowSurrogate(text[cut])) continue;
                (string left, string right) = (text[..cut], text[cut..]);
                (bool knowsLeft, bool knowsRight) = (scores.ContainsKey(left), scores.ContainsKey(right));
                if (knowsLeft && knowsRight) merges.Add((left, right));
                else if ((knowsLeft || IsCharacter(left)) && (knowsRight || IsCharacter(right))) return null; // a character that is no piece has no id
            }
            if (merges.Count > before) made.Add(text);
        }
        return made.TrueForAll(text => !float.IsNaN(scores[text])) && made.GroupBy(text => scores[text]).All(equal => HaveOrder([.. equal], made)) ? merges
            : null;
    }

    /// <summary>Whether a list of merges takes the leftmost of pieces of one score first: of one piece it does, and of all runs of one character, where
    /// the longer comes first.</summary>
    private static bool HaveOrder(string[] equal, List<string> made) => equal.Length == 1
        || (RunOf(equal[0]) is { } run && Array.TrueForAll(equal, text => RunOf(text) == run) && made.Count(text => RunOf(text) == run) == equal.Length);

    /// <summary>The character that a text is nothing but repetitions of; null for none.</summary>
    private static Rune? RunOf(string text) => text.EnumerateRunes().Distinct().ToArray() is [var run] ? run : null;

    private static bool IsCharacter(string text) => text.Length == 1 || (text.Length == 2 && char.IsSurrogatePair(text[0], text[1]));

    private static JsonObject? Vocabulary(IReadOnlyList<string> tokens)
    {
        if (tokens.Contains("") || tokens.Distinct().Count() < tokens.Count) return null;
        JsonObject vocabulary = [];
        for (int id = 0; id < tokens.Count; id++) vocabulary.Add(tokens[id], id);
        return vocabulary;
    }

    private static JsonObject Whole(IEnumerable<JsonObject> added, JsonNode? normalizer, JsonNode? preTokenizer, JsonNode framing, JsonNode? decoder,
        JsonObject model) => new()
    {
        ["version"] = "1.0", ["truncation"] = null, ["padding"] = null, ["added_tokens"] = new JsonArray([.. added]), ["normalizer"] = normalizer,
        ["pre_tokenizer"] = preTokenizer, ["post_processor"] = framing, ["decoder"] = decoder, ["model"] = model,
    };

    private static JsonObject Added(int id, string content, bool special) => new()
    {
        ["id"] = id, ["content"] = content, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false, ["special"] = special,
    };

    private static JsonObject Pairs(JsonObject vocabulary, IEnumerable<(string Left, string Right)> merges, string? unknown, bool wholeWords) => new()
    {
        ["type"] = "BPE", ["dropout"] = null, ["unk_token"] = unknown, ["continuing_subword_prefix"] = null, ["end_of_word_suffix"] = null,
        ["fuse_unk"] = unknown is not null, ["byte_fallback"] = unknown is not null, ["ignore_merges"] = wholeWords, ["vocab"] = vocabulary,
        ["merges"] = new JsonArray([.. merges.Select(pair => new JsonArray(pair.Left, pair.Right))]),
    };

    /// <summary>What puts a token before a text; before each of two.</summary>
    private static JsonNode Begins(int? begin, IReadOnlyList<string> tokens)
    {
        if (begin is not { } id) return Splitting.Bytes();
        return new JsonObject
        {
            ["type"] = "TemplateProcessing", ["single"] = new JsonArray(Token(0), Text("A", 0)),
            ["pair"] = new JsonArray(Token(0), Text("A", 0), Token(1), Text("B", 1)),
            ["special_tokens"] = new JsonObject
            {
                [tokens[id]] = new JsonObject { ["id"] = tokens[id], ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(tokens[id]) },
            },
        };

        JsonObject Token(int type) => new() { ["SpecialToken"] = new JsonObject { ["id"] = tokens[id], ["type_id"] = type } };

        static JsonObject Text(string which, int type) => new() { ["Sequence"] = new JsonObject { ["id"] = which, ["type_id"] = type } };
    }
}
