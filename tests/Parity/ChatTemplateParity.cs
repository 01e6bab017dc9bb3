namespace Das.Tests.Parity;

/// <summary>Chats as <c>transformers</c> writes them by the recorded templates.</summary>
internal static class ChatTemplateParity
{
    public static void Check(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        var template = ChatTemplate.Of(json.String("template"), Token(json, "bos_token"), Token(json, "eos_token"), recorded.Id);
        List<string> wrong = [];
        foreach (JsonElement row in json.Items("rows"))
        {
            ChatMessage[] messages = [.. row.Items("messages").Select(message => new ChatMessage(message.String("role"), message.String("content")))];
            bool asks = row.GetProperty("add_generation_prompt").GetBoolean(), thinks = !row.TryGetProperty("variables", out JsonElement variables)
                || !variables.TryGetProperty("enable_thinking", out JsonElement thinking) || thinking.GetBoolean();
            string? expected = row.TryGetProperty("text", out JsonElement text) ? text.GetString() : null, written = null;
            try { written = template.Write(messages, asks, thinks); }
            catch (DasException refused) when (refused.Kind == ErrorKind.Data) { /* Written stays null, as a recorded error has no text. */ }
            if (written != expected)
                wrong.Add($"{row.String("name")}: {JsonSerializer.Serialize(expected)} expected, {JsonSerializer.Serialize(written)} found");
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} differences:\n{string.Join('\n', wrong.Take(10))}");
    }

    private static string? Token(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement token) && token.ValueKind == JsonValueKind.String ? token.GetString() : null;
}
