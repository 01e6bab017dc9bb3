namespace Das.Benchmarks.Text.Fast;

/// <summary>Reads Hugging Face's <c>tokenizer.json</c> (https://github.com/huggingface/tokenizers). Every part of a form that is not known is refused by its
/// name; <c>truncation</c> and <c>padding</c> are the reader's own choice and not looked at.</summary>
internal static class TokenizerJson
{
    private const int HighestId = int.MaxValue - 1;

    /// <exception cref="DasException">The file is damaged or of another form; the message names it and the place in it.</exception>
    public static TokenizerForm Read(string path)
    {
        TokenizerPart all = TokenizerPart.OfFile(path).Knowing("version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
            "post_processor", "decoder", "model");
        TokenizerPart model = all.Child("model") ?? throw all.Wrong("model", "an object");
        Func<TokenizerPart, Dictionary<string, int>, IWordModel> kind = Kind(model);
        Dictionary<string, int> ids = Ids(model);
        AddedToken[] added = [.. all.Children("added_tokens").Select(Added)];
        (int[] before, int[] after) = Frame(all.Child("post_processor"));
        return new(path, ids, kind(model, ids))
        {
            Added = added, Normalizer = Normalizers.Of(all.Child("normalizer")), PreTokenizer = PreTokenizers.Of(all.Child("pre_tokenizer")),
            Decoder = Decoders.Of(all.Child("decoder")), Before = before, After = after,
        };
    }

    /// <summary>A merge in one text: two pieces with a space between them.</summary>
    public static (string, string) Pair(string pair, string place) => pair.Split(' ') is [var left, var right] ? (left, right)
        : throw new DasException(ErrorKind.Data, $"{place}: '{pair}' is not a pair of pieces with a space between them.");

    private static Func<TokenizerPart, Dictionary<string, int>, IWordModel> Kind(TokenizerPart model) =>
        (model.OptionalText("type") ?? (model["merges"] is null ? "without merges" : "BPE")) switch
        {
            "BPE" => Pairs,
            "WordPiece" => WordPieces,
            var other => throw model.Unread(other, "BPE, WordPiece"),
        };

    private static Dictionary<string, int> Ids(TokenizerPart model)
    {
        if (model["vocab"] is not { ValueKind: JsonValueKind.Object } vocabulary) throw model.Wrong("vocab", "an object of ids");
        Dictionary<string, int> ids = new(vocabulary.GetPropertyCount());
        foreach (JsonProperty piece in vocabulary.EnumerateObject())
            ids[piece.Name] = piece.Value.ValueKind == JsonValueKind.Number && piece.Value.TryGetInt32(out int id) && id is >= 0 and <= HighestId ? id
                : throw model.Wrong($"vocab['{piece.Name}']", "a whole number that is not negative");
        return ids;
    }

    private static WordPieceModel WordPieces(TokenizerPart model, Dictionary<string, int> ids)
    {
        const int longest = 256;
        model.Knowing("unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab");
        string unknown = model.Text("unk_token");
        return new(ids, model.Text("continuing_subword_prefix"), ids.TryGetValue(unknown, out int id) ? id
            : throw new DasException(ErrorKind.Data, $"{model.Place}: the unknown token '{unknown}' is no piece of the vocabulary."),
            model.Whole("max_input_chars_per_word", longest));
    }

    private static PairModel Pairs(TokenizerPart model, Dictionary<string, int> ids)
    {
        model.Knowing("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges", "vocab",
            "merges");
        if (model["dropout"] is { } dropout && !(dropout.ValueKind == JsonValueKind.Number && dropout.TryGetDouble(out double share) && share == 0))
            throw model.Wrong("dropout", "null or 0: a text has one reading");
        return new(ids, model.Items("merges").Select(Merge), new()
        {
            Unknown = model.OptionalText("unk_token"), FusesUnknown = model.Flag("fuse_unk", false), FallsBackToBytes = model.Flag("byte_fallback", false),
            TakesWholeWords = model.Flag("ignore_merges", false), Continuing = model.OptionalText("continuing_subword_prefix") ?? "",
            WordEnd = model.OptionalText("end_of_word_suffix") ?? "",
        }, $"{model.Place}.merges");

        (string, string) Merge(JsonElement merge, int i) => merge.ValueKind switch
        {
            JsonValueKind.String => Pair(merge.GetString()!, $"{model.Place}.merges[{i}]"),
            JsonValueKind.Array when merge.GetArrayLength() == 2 && merge[0].ValueKind == JsonValueKind.String && merge[1].ValueKind == JsonValueKind.String =>
                (merge[0].GetString()!, merge[1].GetString()!),
            _ => throw model.Wrong($"merges[{i}]", "a pair of pieces"),
        };
    }

    private static AddedToken Added(TokenizerPart token)
    {
        const int longest = 512;
        token.Knowing("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
        string content = token.Text("content");
        bool special = token.Flag("special", false);
        return content.Length is > 0 and <= longest
            ? new(token.Whole("id", HighestId), content, token.Flag("single_word", false), token.Flag("lstrip", false), token.Flag("rstrip", false),
                token.Flag("normalized", !special), special)
            : throw token.Wrong("content", $"a text of 1 to {longest} characters");
    }

    /// <summary>The ids before and after a text.</summary>
    private static (int[] Before, int[] After) Frame(TokenizerPart? part)
    {
        switch (part?.Type)
        {
            case null:
                return ([], []);
            case "ByteLevel":
                part.Knowing("add_prefix_space", "trim_offsets", "use_regex");
                return ([], []);
            case "Sequence":
                (int[] Before, int[] After)[] frames = [.. part.Knowing("processors").Children("processors").Select(Frame)];
                return ([.. frames.Reverse().SelectMany(frame => frame.Before)], [.. frames.SelectMany(frame => frame.After)]);
            case "BertProcessing" or "RobertaProcessing":
                part.Knowing("sep", "cls", "trim_offsets", "add_prefix_space");
                return ([Marked(part, "cls")], [Marked(part, "sep")]);
            case "TemplateProcessing":
                return Template(part.Knowing("single", "pair", "special_tokens"));
            default:
                throw part.Unread(part.Type, "ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing, Sequence");
        }
    }

    /// <summary>The id in <c>["&lt;s&gt;", 0]</c>.</summary>
    private static int Marked(TokenizerPart part, string key) => part.Items(key).ToArray() is [_, { ValueKind: JsonValueKind.Number } number]
        && number.TryGetInt32(out int id) && id is >= 0 and <= HighestId ? id : throw part.Wrong(key, "a token and its id");

    private static (int[], int[]) Template(TokenizerPart part)
    {
        List<int> before = [], after = [];
        bool text = false;
        foreach (TokenizerPart piece in part.Children("single"))
            if (piece.Knowing("SpecialToken", "Sequence").Child("SpecialToken") is { } special)
            {
                string name = special.Text("id");
                TokenizerPart known = part.Child("special_tokens")?.Child(name) ?? throw part.Wrong($"special_tokens['{name}']", "an object with ids");
                foreach (JsonElement id in known.Items("ids"))
                    (text ? after : before).Add(id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int number) && number is >= 0 and <= HighestId
                        ? number : throw known.Wrong("ids", "whole numbers that are not negative"));
            }
            else if (!text && piece.Child("Sequence")?.Text("id") == "A") text = true;
            else throw piece.Wrong("Sequence", "the text A, once");
        return text ? ([.. before], [.. after]) : throw part.Wrong("single", "a list in which the text A stands");
    }
}
