namespace Das.Models.Checkpoints;

/// <summary>The numbers, texts and lists of them in a pickle, as text under dotted paths: <c>hyper_parameters.config.skip_module</c> → <c>[3, 7]</c>.</summary>
internal static class PlainValues
{
    /// <summary>Bounds for files whose values refer to each other; published checkpoints have some 150 values, 4 deep.</summary>
    private const int MostVisits = 100_000, MostValues = 10_000, Deepest = 16, LongestPath = 512, LongestText = 4096, MostItems = 1024;

    public static IReadOnlyDictionary<string, string> Of(PickleDict root)
    {
        Dictionary<string, string> found = [];
        int visits = 0;
        Visit(root, "", 0);
        return found;

        void Visit(PickleDict dict, string path, int depth)
        {
            foreach ((string key, object? value) in dict.Items)
            {
                if (++visits > MostVisits || found.Count == MostValues) return;
                string here = path.Length == 0 ? key : $"{path}.{key}";
                if (here.Length > LongestPath) continue;
                if (value is PickleDict || value is PickleOpaque { Attributes: not null })
                {
                    if (depth < Deepest) Visit(value as PickleDict ?? ((PickleOpaque)value).Attributes!, here, depth + 1);
                }
                else if (Text(value) is { Length: <= LongestText } text) found[here] = text;
            }
        }
    }

    private static string? Text(object? value) => value switch
    {
        List<object?> list => Join(list),
        object?[] tuple => Join(tuple),
        _ => Scalar(value),
    };

    private static string? Join(IReadOnlyList<object?> items)
    {
        if (items.Count > MostItems) return null;
        string?[] texts = [.. items.Select(Scalar)];
        return Array.TrueForAll(texts, t => t is { Length: <= LongestText / 4 }) && texts.Sum(t => t!.Length) <= LongestText ? $"[{string.Join(", ", texts)}]"
            : null;
    }

    private static string? Scalar(object? value) => value switch
    {
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        string text => text,
        _ => null,
    };
}
