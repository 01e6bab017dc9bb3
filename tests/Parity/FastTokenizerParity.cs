namespace Das.Tests.Parity;

/// <summary>Ids and texts of <c>tokenizer.json</c> files.</summary>
internal static class FastTokenizerParity
{
    public static void Check(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        var ours = FastTokenizer.Load(Path.Combine(recorded.Folder, json.String("tokenizer_dir"), "tokenizer.json"));
        List<string> wrong = [];
        foreach (JsonElement row in json.Items("rows"))
        {
            string text = row.String("text");
            int[] ids = row.Ints("ids"), framed = [.. ours.Before, .. ours.Encode(text), .. ours.After];
            Same(text, "ids", ids, ours.Encode(text));
            int[] expected = row.TryGetProperty("ids_special", out JsonElement special) ? special.Ints() : ids;
            Same(text, "ids_special", expected, framed);
            string plain = row.TryGetProperty("decoded_skip", out JsonElement skipped) ? skipped.GetString()! : text;
            Equal(text, "decoded_skip", plain, ours.Decode(expected));
            Equal(text, "decoded", row.TryGetProperty("decoded", out JsonElement decoded) ? decoded.GetString()! : plain,
                ours.Decode(expected, specials: true));
        }
        foreach (JsonElement row in json.Items("decode_rows"))
        {
            string name = string.Join(' ', row.Ints("ids"));
            Equal(name, "decoded", row.String("decoded"), ours.Decode(row.Ints("ids"), specials: true));
            Equal(name, "decoded_skip", row.String("decoded_skip"), ours.Decode(row.Ints("ids")));
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} differences:\n{string.Join('\n', wrong.Take(20))}");

        void Same(string text, string what, int[] expected, int[] actual) => Equal(text, what, string.Join(' ', expected), string.Join(' ', actual));

        void Equal(string text, string what, string expected, string actual)
        {
            if (expected != actual) wrong.Add($"{JsonSerializer.Serialize(text)} {what}: {expected} expected, {actual} found");
        }
    }
}
