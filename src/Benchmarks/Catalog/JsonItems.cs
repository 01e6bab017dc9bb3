namespace Das.Benchmarks.Catalog;

/// <summary>
/// The items of a long JSON list one after the other, the list being the document itself or one property of the outermost object. Memory holds
/// one buffer and one item, however long the file.
/// </summary>
internal static class JsonItems
{
    /// <param name="stream">UTF-8.</param>
    /// <param name="property">Whose value the list is; null: the document is the list.</param>
    /// <param name="onError">Called once, with the number of items read and the reason, when the text ends early or is not JSON.</param>
    public static IEnumerable<JsonElement> Of(Stream stream, string? property, Action<long, string> onError)
    {
        byte[] buffer = new byte[1 << 16];
        int filled = 0, used = 0;
        long items = 0;
        bool last = false, inside = false;
        JsonReaderState state = new();
        while (true)
        {
            (Step step, JsonElement item, string reason) = Advance(buffer.AsSpan(used, filled - used), last, property, ref state, ref inside, out int consumed);
            used += consumed;
            if (step == Step.Item)
            {
                items++;
                yield return item;
            }
            else if (step == Step.End) yield break;
            else if (step == Step.Failed || last)
            {
                onError(items, reason.Length > 0 ? reason : "the JSON ends early.");
                yield break;
            }
            else
            {
                if (used > 0) buffer.AsSpan(used, filled - used).CopyTo(buffer);
                (filled, used) = (filled - used, 0);
                if (filled == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
                int read = stream.Read(buffer, filled, buffer.Length - filled);
                filled += read;
                last = read == 0;
            }
        }
    }

    private enum Step { Item, More, End, Failed }

    private static (Step, JsonElement, string) Advance(ReadOnlySpan<byte> bytes, bool last, string? property, ref JsonReaderState state, ref bool inside,
        out int consumed)
    {
        Utf8JsonReader reader = new(bytes, last, state);
        consumed = 0;
        try
        {
            while (true)
            {
                Utf8JsonReader before = reader;
                if (!reader.Read()) return Stop(Step.More, before, ref state, out consumed);
                if (!inside)
                {
                    if (property is null)
                    {
                        if (reader.TokenType != JsonTokenType.StartArray) return (Step.Failed, default, "the document is not a list.");
                        inside = true;
                    }
                    else if (reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == 0)
                        return (Step.Failed, default, $"there is no property \"{property}\".");
                    else if (reader.TokenType == JsonTokenType.PropertyName)
                    {
                        bool found = reader.ValueTextEquals(property);
                        if (!(found ? reader.Read() : reader.TrySkip())) return Stop(Step.More, before, ref state, out consumed);
                        if (found && reader.TokenType != JsonTokenType.StartArray) return (Step.Failed, default, $"property \"{property}\" is not a list.");
                        inside = found;
                    }
                    else if (reader.TokenType != JsonTokenType.StartObject) return (Step.Failed, default, "the document is not an object.");
                    continue;
                }
                if (reader.TokenType == JsonTokenType.EndArray) return (Step.End, default, "");
                if (!JsonDocument.TryParseValue(ref reader, out JsonDocument? document)) return Stop(Step.More, before, ref state, out consumed);
                using (document) return Stop(Step.Item, reader, ref state, out consumed, document.RootElement.Clone());
            }
        }
        catch (JsonException e)
        {
            return (Step.Failed, default, last ? "the JSON ends early." : e.Message);
        }
    }

    private static (Step, JsonElement, string) Stop(Step step, Utf8JsonReader at, ref JsonReaderState state, out int consumed, JsonElement item = default)
    {
        state = at.CurrentState;
        consumed = (int)at.BytesConsumed;
        return (step, item, "");
    }
}
