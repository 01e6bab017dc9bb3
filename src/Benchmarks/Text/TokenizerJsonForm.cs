using Das.Benchmarks.Text.Fast;
using Das.Benchmarks.Text.Pieces;

namespace Das.Benchmarks.Text;

/// <summary>Tokenizers that are lists by id, as GGUF files hold them, in the form of Hugging Face's <c>tokenizer.json</c>.</summary>
public static class TokenizerJsonForm
{
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
    /// SentencePiece's pieces. Its highest score first and the leftmost of equals is the order of a list of merges wherever no two pieces have one score
    /// and a piece spells every character that another is made of.
    /// </summary>
    /// <returns>Null where that is not so, or pieces are spelt as the form has no room for.</returns>
    public static JsonObject? OfPieces(PieceTokenizer tokenizer)
    {
        IReadOnlyList<Piece> pieces = tokenizer.Pieces;
        string[] tokens = [.. pieces.Select(piece => piece.Text)];
        bool reached = pieces.Any(piece => piece.Kind != PieceKind.Normal && IsCharacter(piece.Text)
            || piece.Kind == PieceKind.Byte && piece.Text != $"<0x{piece.Value:X2}>");
        if (reached || Vocabulary(tokens) is not { } vocabulary || MergesOf(pieces) is not { } merges) return null;
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

    /// <summary>All merges that make a piece of two others, that of the highest score first; null where the scores do not give an order.</summary>
    private static List<(string, string)>? MergesOf(IReadOnlyList<Piece> pieces)
    {
        Dictionary<string, float> scores = pieces.Where(piece => piece.Kind == PieceKind.Normal).ToDictionary(piece => piece.Text, piece => piece.Score);
        HashSet<float> merged = [];
        List<(string, string)> merges = [];
        foreach ((string text, float score) in scores.OrderByDescending(piece => piece.Value))
        {
            bool made = false;
            for (int cut = text.Length - 1; cut > 0; cut--)
            {
                if (char.IsLowSurrogate(text[cut])) continue;
                (string left, string right) = (text[..cut], text[cut..]);
                (bool knowsLeft, bool knowsRight) = (scores.ContainsKey(left), scores.ContainsKey(right));
                if (knowsLeft && knowsRight) merges.Add((left, right));
                else if ((!knowsLeft && !IsCharacter(left)) || (!knowsRight && !IsCharacter(right))) continue;
                else return null; // a merge of a character that is no piece: it has no id to be named by
                made = true;
            }
            if (made && (float.IsNaN(score) || !merged.Add(score))) return null;
        }
        return merges;
    }

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
