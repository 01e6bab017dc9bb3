namespace Das.Benchmarks.Text.Fast;

/// <summary>All of a tokenizer of Hugging Face's making, whatever file it was read from.</summary>
/// <param name="Name">What errors call it.</param>
/// <param name="Ids">Token → id, added tokens that are no pieces apart.</param>
/// <param name="Model">Cuts words.</param>
internal sealed record TokenizerForm(string Name, IReadOnlyDictionary<string, int> Ids, IWordModel Model)
{
    /// <summary>Room for ids that no token has, as a token table may be larger than its vocabulary.</summary>
    private const int MostHoles = 1 << 20;

    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    public IReadOnlyList<Func<string, string>> Normalizer { get; init; } = [];

    public IReadOnlyList<PreTokenizers.Cutting> PreTokenizer { get; init; } = [];

    /// <summary>Null where tokens stand with spaces between them.</summary>
    public IReadOnlyList<Decoders.Reading>? Decoder { get; init; }

    /// <summary>The ids that a text begins with.</summary>
    public IReadOnlyList<int> Before { get; init; } = [];

    /// <summary>The ids that a text ends with; a training text ends with <see cref="EndOfText"/> instead.</summary>
    public IReadOnlyList<int> After { get; init; } = [];

    /// <summary>The token that a model ends a text with; null where that is not known.</summary>
    public int? EndOfText { get; init; }

    /// <summary>The id of the token that is spelt so, an added one before a piece; null for none.</summary>
    public int? Id(string token) => Added.FirstOrDefault(added => added.Content == token)?.Id ?? (Ids.TryGetValue(token, out int id) ? id : null);

    /// <summary>Spellings by id; null where there is no token.</summary>
    /// <exception cref="DasException">Two tokens have one id, or one id is far beyond the others.</exception>
    public string?[] Tokens()
    {
        int most = Ids.Count + Added.Count + MostHoles;
        string?[] tokens = new string?[Ids.Values.Concat(Added.Select(token => token.Id)).DefaultIfEmpty(-1).Max(id => Bounded(id)) + 1];
        foreach ((string text, int id) in Ids) Set(id, text);
        foreach (AddedToken token in Added)
        {
            if (Ids.TryGetValue(token.Content, out int id) && id != token.Id)
                throw new DasException(ErrorKind.Data, $"{Name}: the added token '{token.Content}' has id {token.Id}, and its vocabulary gives it {id}.");
            Set(token.Id, token.Content);
        }
        return tokens;

        int Bounded(int id) => id >= 0 && id < most ? id
            : throw new DasException(ErrorKind.Data, $"{Name} has {Ids.Count + Added.Count} tokens, and one of them has id {id}: ids are numbered from 0.");

        void Set(int id, string text) => tokens[id] = tokens[id] is { } other && other != text
            ? throw new DasException(ErrorKind.Data, $"{Name} has two tokens of id {id}, '{other}' and '{text}'.") : text;
    }

    /// <inheritdoc cref="FastTokenizer.OfLists"/>
    public static TokenizerForm OfLists(string name, IReadOnlyList<string> tokens, IReadOnlyList<int> kinds, IReadOnlyList<string> merges, string splitting)
    {
        if (kinds.Count != 0 && kinds.Count != tokens.Count)
            throw new DasException(ErrorKind.Data, $"{name} has {tokens.Count} tokens and {kinds.Count} types of tokens.");
        Dictionary<string, int> ids = [];
        List<AddedToken> added = [];
        for (int id = 0; id < tokens.Count; id++)
            switch (kinds.Count == 0 ? 1 : kinds[id])
            {
                case 1 or 2 or 5:
                    if (!ids.TryAdd(tokens[id], id))
                        throw new DasException(ErrorKind.Data, $"{name} holds the token '{tokens[id]}' twice, as {ids[tokens[id]]} and {id}.");
                    break;
                case 3 or 4:
                    added.Add(new(id, tokens[id], Special: kinds[id] == 3));
                    break;
                case var kind:
                    throw new DasException(ErrorKind.Data, $"{name}: token {id}, '{tokens[id]}', is of type {kind}; byte-level tokens are normal (1), "
                        + "unknown (2), control (3), user-defined (4) or unused (5).");
            }
        string place = $"{name}: merges";
        Splitting cut = Splitting.Of(splitting, name);
        return new(name, ids, new PairModel(ids, merges.Select((pair, i) => TokenizerJson.Pair(pair, $"{place}[{i}]")),
            new() { TakesWholeWords = cut.TakesWholeWords }, place))
        {
            Added = added, Normalizer = Normalizers.Of(cut.Normalizer is { } normalizer ? TokenizerPart.OfNode(normalizer) : null),
            PreTokenizer = PreTokenizers.Of(TokenizerPart.OfNode(cut.PreTokenizer)), Decoder = [Decoders.ByteLevel],
        };
    }
}
