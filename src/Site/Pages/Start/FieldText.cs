namespace Das.Site.Pages.Start;

/// <summary>A recipe's values as the text of a form, and back.</summary>
internal static class FieldText
{
    internal static readonly JsonSerializerOptions Pretty =
        new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text of a value; empty if there is none.</summary>
    public static string Of(JsonNode? value) => value switch
    {
        null => "",
        JsonArray list => string.Join(", ", list.Select(item => item?.ToJsonString())),
        JsonObject members => members.ToJsonString(Pretty),
        JsonValue text when text.TryGetValue(out string? plain) => plain,
        _ => value.ToJsonString(),
    };

    /// <summary>The value that <paramref name="text"/> stands for; absent if the field may be and nothing was written.</summary>
    /// <returns>The value, or what is wrong with the text as the end of a sentence.</returns>
    public static (JsonNode? Value, string? Problem) Read(RecipeField field, string text)
    {
        string trimmed = text.Trim();
        if (trimmed.Length == 0 && (field.Optional || field.Sparse || field.Kind == RecipeFieldKind.Json)) return (null, null);
        return field.Kind switch
        {
            RecipeFieldKind.Whole => int.TryParse(trimmed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int whole) ? (whole, null)
                : (null, $"must be a whole number, not '{trimmed}'"),
            RecipeFieldKind.Number => double.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
                ? (number, null) : (null, $"must be a number with a point, such as 0.5 or 1e-4, not '{trimmed}'"),
            RecipeFieldKind.YesNo => bool.TryParse(trimmed, out bool yes) ? (yes, null) : (null, $"must be true or false, not '{trimmed}'"),
            RecipeFieldKind.Wholes => Wholes(trimmed),
            RecipeFieldKind.Json => Members(trimmed),
            _ => (text, null),
        };
    }

    private static (JsonNode?, string?) Wholes(string text)
    {
        JsonArray list = [];
        foreach (string item in text.Trim('[', ']').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(item, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int whole))
                return (null, $"must be whole numbers with commas between them, such as 3, 7, not '{text}'");
            list.Add(whole);
        }
        return (list, null);
    }

    private static (JsonNode?, string?) Members(string text)
    {
        (JsonElement? value, _, string reason) = JsonText.Parse(Encoding.UTF8.GetBytes(text));
        return value is not { } read ? (null, $"is not valid JSON: {reason.TrimEnd('.')}")
            : read.ValueKind == JsonValueKind.Object ? (JsonObject.Create(read), null) : (null, "must be a JSON object in braces");
    }
}
