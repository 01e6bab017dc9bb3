namespace Das.Tests.Parity;

/// <summary>LLaVA's conversations: texts, ids with pictures in them, labels, a batch, evaluation prompts.</summary>
internal static class ConversationParity
{
    public static void Check(ParityCase recorded)
    {
        JsonElement json = recorded.Read(), expected = json.GetProperty("expected");
        Dictionary<string, PieceTokenizer> tokenizers = json.GetProperty("tokenizers").EnumerateObject().Where(said => said.Name != "rules")
            .ToDictionary(said => said.Name, said => PieceTokenizer.Load(said.Value.ValueKind == JsonValueKind.Object
                ? PieceParity.FileOf(recorded, said.Value.String("sha256")) : Path.Combine(recorded.Folder, "tokenizer.model")));
        foreach (JsonElement row in expected.GetProperty("training").EnumerateObject().SelectMany(s => s.Value.EnumerateArray()))
        {
            Turn[] turns = Turns(row.GetProperty("record"));
            Assert.Equal(row.String("conversation"), Conversation.Training(turns));
            foreach ((string name, PieceTokenizer tokenizer) in tokenizers)
            {
                var ours = ConversationRow.Of(tokenizer, turns);
                JsonElement theirs = row.GetProperty(name);
                Assert.Equal(theirs.Ints("input_ids"), ours.Ids);
                Assert.Equal(theirs.Ints("labels"), ours.Labels);
                Assert.Equal(theirs.Flag("warning"), ours.Mismatch);
            }
        }
        foreach (JsonElement asked in expected.Items("evaluation"))
        {
            string prompt = Conversation.Query(asked.GetProperty("question").String("text"));
            Assert.Equal(asked.String("prompt"), prompt);
            foreach ((string name, PieceTokenizer tokenizer) in tokenizers)
                Assert.Equal(asked.Ints(name), ConversationRow.Encode(tokenizer, prompt));
        }
        Collated(expected, tokenizers);
    }

    private static void Collated(JsonElement expected, Dictionary<string, PieceTokenizer> tokenizers)
    {
        JsonProperty batch = expected.EnumerateObject().Single(p => p.Name.StartsWith("collated_"));
        Match name = Regex.Match(batch.Name, @"^collated_(?<set>\w+?)_first(?<rows>\d+)_");
        JsonElement[] ids = [.. batch.Value.Items("input_ids")], labels = [.. batch.Value.Items("labels")];
        JsonElement[] records = [.. expected.GetProperty("training").GetProperty(name.Groups["set"].Value).EnumerateArray()
            .Take(int.Parse(name.Groups["rows"].Value, CultureInfo.InvariantCulture))];
        bool[] fits = [.. tokenizers.Values.Select(t => records.Select((r, i) => Same(t, r, i)).All(s => s))];
        Assert.Contains(true, fits); // Which of the two tokenizers made the batch is not recorded.

        bool Same(PieceTokenizer tokenizer, JsonElement record, int i)
        {
            (int[] ours, int[] learnt) = ConversationRow.Of(tokenizer, Turns(record.GetProperty("record"))).To(ids[i].GetArrayLength(), tokenizer.UnknownId);
            return ours.SequenceEqual(ids[i].Ints()) && learnt.SequenceEqual(labels[i].Ints());
        }
    }

    public static Turn[] Turns(JsonElement record) =>
    [
        .. (record.TryGetProperty("conversations", out JsonElement said) ? said : record.GetProperty("conversatons")).EnumerateArray()
            .Select(t => new Turn(t.String("from") == "human", t.String("value"))),
    ];
}
