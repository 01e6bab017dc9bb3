namespace Das.Campaigns;

/// <summary>The options of a campaign's command line, each <c>--name</c> or <c>--name value</c>.</summary>
internal static class Options
{
    /// <summary>Name → value, which is empty for a switch.</summary>
    /// <exception cref="DasException">Something is no option; the sentence is <paramref name="usage"/>.</exception>
    public static Dictionary<string, string> Of(string[] args, string usage)
    {
        Dictionary<string, string> given = [];
        for (int i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal)) throw new DasException(ErrorKind.Usage, usage);
            bool value = i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal);
            given[args[i][2..]] = value ? args[++i] : "";
        }
        return given;
    }

    /// <summary>The value of an option that is a whole number.</summary>
    /// <exception cref="DasException">It is something else.</exception>
    public static long Whole(this Dictionary<string, string> given, string key, long otherwise) => !given.TryGetValue(key, out string? text) ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number
        : throw new DasException(ErrorKind.Usage, $"--{key} is '{text}', where a whole number is expected.");
}
