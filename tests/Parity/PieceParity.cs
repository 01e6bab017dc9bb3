namespace Das.Tests.Parity;

/// <summary>SentencePiece's ids and texts, and training rows made of them.</summary>
internal static class PieceParity
{
    public static void Tokenizer(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        PieceTokenizer ours = PieceTokenizer.Load(FileOf(recorded, json.String("sha256")));
        Assert.Equal((json.Int("n_words"), json.Int("bos_id"), json.Int("eos_id")), (ours.VocabularySize, ours.BosId, ours.EosId));
        foreach (JsonElement text in json.Items("expected"))
        {
            string written = text.String("text");
            int[] ids = text.Ints("ids");
            Assert.Equal(ids, ours.Encode(written));
            Assert.Equal([ours.BosId, .. ids, ours.EosId], ours.Encode(written, bos: true, eos: true));
            Assert.Equal(text.Texts("pieces"), ids.Select(id => ours[id]));
            Assert.Equal(text.String("decoded"), ours.Decode(ids));
            Assert.Equal(text.String("decoded_with_bos_eos"), ours.Decode([ours.BosId, .. ids, ours.EosId]));
        }
        foreach (JsonElement drawn in json.Items("expected_decode"))
            Assert.Equal(drawn.String("decoded"), ours.Decode(drawn.Ints("ids")));
    }

    /// <summary>Every width that is recorded, <c>max_words=48/examples</c>; a mask is 1 where there is text, a label's where it belongs to the
    /// target.</summary>
    public static void Rows(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        RawTensors expected = recorded.Raw("expected");
        PieceTokenizer tokenizer = PieceTokenizer.Load(Files(recorded).First());
        string[] widths = [.. expected.Names.Select(name => name.Split('/')[0]).Distinct()];
        Assert.NotEmpty(widths);
        foreach (string name in widths)
        {
            int width = int.Parse(name.Split('=')[1], CultureInfo.InvariantCulture);
            TokenRow[] rows = [.. json.Items("pairs").Select(p => TokenRow.Of(tokenizer, p[0].GetString()!, p[1].GetString()!, width))];
            Assert.Equal(expected.Longs($"{name}/examples"), rows.SelectMany(r => r.Ids));
            Assert.Equal(expected.Longs($"{name}/labels"), rows.SelectMany(r => r.Ids.Select((id, i) => i < r.PromptLength ? 0 : id)));
            Assert.Equal(expected.Floats($"{name}/example_mask"), rows.SelectMany(r => Enumerable.Range(0, width).Select(i => i < r.Length ? 1f : 0f)));
            Assert.Equal(expected.Floats($"{name}/label_mask"),
                rows.SelectMany(r => Enumerable.Range(0, width).Select(i => i >= r.PromptLength && i < r.Length ? 1f : 0f)));
        }
    }

    /// <summary>The tokenizer with that digest.</summary>
    public static string FileOf(ParityCase recorded, string sha256)
    {
        string? found = Files(recorded).FirstOrDefault(c => Digest.OfFile(c) == sha256);
        Assert.SkipUnless(found is not null, $"No tokenizer.model in {string.Join(", ", ParityCase.Roots)} or {Repository.Data} is the recorded tokenizer.");
        return found!;
    }

    /// <summary>The ids of a text that a recorded row begins with, by the tokenizer that the row was made with, whichever of the recorded ones it
    /// is.</summary>
    public static long[] Spoken(ParityCase recorded, string text, long[] row, bool bos)
    {
        foreach (PieceTokenizer tokenizer in Files(recorded).Select(file => PieceTokenizer.Load(file)))
        {
            long[] ids = [.. tokenizer.Encode(text).Select(id => (long)id)];
            if (row.AsSpan().StartsWith(ids)) return bos ? [tokenizer.BosId, .. ids] : ids;
        }
        throw new InvalidDataException($"{recorded.Id}: no tokenizer.model in {string.Join(", ", ParityCase.Roots)} makes the recorded ids of '{text}'.");
    }

    /// <summary>Tokenizers, the case's own first, then the others; last LLaMA's own, which is not copied.</summary>
    private static IEnumerable<string> Files(ParityCase recorded) =>
        ((string[])[recorded.Folder, .. ParityCase.Roots, Path.Combine(Repository.Data, "tokenizers")])
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "tokenizer.model", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            .DistinctBy(Digest.OfFile);
}
