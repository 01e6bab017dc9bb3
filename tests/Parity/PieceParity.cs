namespace Das.Tests.Parity;

/// <summary>SentencePiece's ids and texts, and training rows made of them.</summary>
internal static class PieceParity
{
    public static void Tokenizer(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        string path = FileOf(recorded.Folder, json.GetProperty("sha256").GetString()!);
        PieceTokenizer ours = PieceTokenizer.Load(path);
        Assert.Equal((json.GetProperty("n_words").GetInt32(), json.GetProperty("bos_id").GetInt32(), json.GetProperty("eos_id").GetInt32()),
            (ours.VocabularySize, ours.BosId, ours.EosId));
        foreach (JsonElement text in json.GetProperty("expected").EnumerateArray())
        {
            string written = text.GetProperty("text").GetString()!;
            int[] ids = Ids(text);
            Assert.Equal(ids, ours.Encode(written));
            Assert.Equal([ours.BosId, .. ids, ours.EosId], ours.Encode(written, bos: true, eos: true));
            Assert.Equal(text.GetProperty("pieces").EnumerateArray().Select(p => p.GetString()), ids.Select(id => ours[id]));
            Assert.Equal(text.GetProperty("decoded").GetString(), ours.Decode(ids));
            Assert.Equal(text.GetProperty("decoded_with_bos_eos").GetString(), ours.Decode([ours.BosId, .. ids, ours.EosId]));
        }
        foreach (JsonElement drawn in json.GetProperty("expected_decode").EnumerateArray())
            Assert.Equal(drawn.GetProperty("decoded").GetString(), ours.Decode(Ids(drawn)));
    }

    /// <summary>Every width that is recorded; a mask is 1 where there is text, a label's mask where it belongs to the target.</summary>
    public static void Rows(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        RawTensors expected = new(Path.Combine(recorded.Folder, "expected.safetensors"));
        PieceTokenizer tokenizer = PieceTokenizer.Load(TinyBeside(recorded.Folder));
        string[] widths = [.. json.GetProperty("tensors").GetProperty("expected.safetensors").EnumerateObject().Select(t => t.Name.Split('/')[0]).Distinct()];
        Assert.NotEmpty(widths);
        foreach (string name in widths)
        {
            int width = expected.Shape($"{name}/examples")[1];
            TokenRow[] rows = [.. json.GetProperty("pairs").EnumerateArray().Select(p => TokenRow.Of(tokenizer, p[0].GetString()!, p[1].GetString()!, width))];
            Assert.Equal(expected.Longs($"{name}/examples"), rows.SelectMany(r => r.Ids));
            Assert.Equal(expected.Longs($"{name}/labels"), rows.SelectMany(r => r.Ids.Select((id, i) => i < r.PromptLength ? 0 : id)));
            Assert.Equal(expected.Floats($"{name}/example_mask"), rows.SelectMany(r => Enumerable.Range(0, width).Select(i => i < r.Length ? 1f : 0f)));
            Assert.Equal(expected.Floats($"{name}/label_mask"),
                rows.SelectMany(r => Enumerable.Range(0, width).Select(i => i >= r.PromptLength && i < r.Length ? 1f : 0f)));
        }
    }

    /// <summary>The tokenizer with that digest: beside the case, or LLaMA's own, which is not copied.</summary>
    public static string FileOf(string folder, string sha256)
    {
        string[] candidates = [Path.Combine(folder, "tokenizer.model"), Path.Combine(Repository.Data, "tokenizers", "llama", "tokenizer.model")];
        string? found = candidates.FirstOrDefault(c => File.Exists(c) && Digest.OfFile(c) == sha256);
        Assert.SkipUnless(found is not null, $"None of {string.Join(", ", candidates)} is the recorded tokenizer.");
        return found!;
    }

    private static string TinyBeside(string folder)
    {
        string own = Path.Combine(folder, "tokenizer.model"), tiny = Path.Combine(folder, "..", "G02_tokenizer_tiny", "tokenizer.model");
        return File.Exists(own) ? own : tiny;
    }

    private static int[] Ids(JsonElement item) => [.. item.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32())];
}
