using System.Text.RegularExpressions;

namespace Das.Training.Hub;

/// <summary>Which of a repository's files a model needs.</summary>
internal static partial class HubFiles
{
    private const string Config = "config.json", Index = ".index.json", Bytes = "vocab.json", Merges = "merges.txt", Fast = "tokenizer.json",
        FastConfig = "tokenizer_config.json", Gguf = ".gguf";

    /// <summary>Sizes, tokenizer and forms of prompts; a model has some of them.</summary>
    private static readonly string[] Small =
    [
        Config, "generation_config.json", Fast, FastConfig, "tokenizer.model", Bytes, Merges, "vocab.txt", "special_tokens_map.json", "added_tokens.json",
        "chat_template.jinja", "preprocessor_config.json",
    ];

    /// <summary>Weights, whole or in parts with an index; the first form that is there is the one that is read.</summary>
    private static readonly string[] Weights = ["model.safetensors", "pytorch_model.bin"];

    /// <summary>The files that a name stands for.</summary>
    /// <param name="name">A model, or one file of it.</param>
    /// <param name="all">What the repository holds.</param>
    /// <exception cref="DasException">It holds no such file, or no weights that can be read.</exception>
    public static IReadOnlyList<string> Of(HubName name, IReadOnlyCollection<string> all)
    {
        if (name.File is { } file)
            return all.Contains(file) ? [file, .. Beside(file).Where(all.Contains)]
                : throw new DasException(ErrorKind.Recipe, $"'{name.Repository}' has no file '{file}' at {name.Asked}{Listed(all, Path.GetExtension(file))}");
        string[] weights = WeightsIn(all);
        if (weights.Length == 0)
        {
            bool packed = all.Any(one => one.EndsWith(Gguf, StringComparison.Ordinal));
            throw new DasException(ErrorKind.Recipe, $"'{name.Repository}' holds no weights that are read: {string.Join(" or ", Weights)}, whole or in parts, "
                + $"was expected{(packed ? $"; name a file of it, {name with { Revision = name.Asked, File = "FILE" }}" : "")}{Listed(all, Gguf)}");
        }
        return [.. Small.Where(all.Contains), .. weights];
    }

    /// <summary>What is missing of a name in a snapshot.</summary>
    /// <param name="name">A model, or one file of it.</param>
    /// <param name="here">What the snapshot holds.</param>
    /// <param name="knownAbsent">Whether the repository is known not to hold a file.</param>
    /// <returns>Files that must be there, and those of which nothing is known.</returns>
    public static (IReadOnlyList<string> Missing, IReadOnlyList<string> Unknown) Lacking(HubName name, IReadOnlyCollection<string> here,
        Func<string, bool> knownAbsent)
    {
        bool Unknown(string file) => !here.Contains(file) && !knownAbsent(file);
        if (name.File is { } one) return (here.Contains(one) ? [] : [one], [.. Beside(one).Where(Unknown)]);
        string[] weights = WeightsIn(here);
        string[] missing = weights is [.., var last] && Part().Match(last) is { Success: true } part
            ? [.. Enumerable.Range(1, Math.Min(MostParts, int.Parse(part.Groups["of"].Value, CultureInfo.InvariantCulture)))
                .Select(number => $"{part.Groups["stem"].Value}-{number.ToString("D5", CultureInfo.InvariantCulture)}{part.Groups["end"].Value}")
                .Where(file => !here.Contains(file))]
            : weights.Length == 0 ? [Weights[0]] : [];
        bool older = weights.Length > 0 && weights[0].StartsWith(Path.GetFileNameWithoutExtension(Weights[1]), StringComparison.Ordinal);
        return ([.. Unknown(Config) ? [Config] : Array.Empty<string>(), .. missing],
            [.. Small.Where(Unknown), .. older ? Preferred.Where(Unknown) : []]);
    }

    /// <summary>The files whose absence from a repository is worth to be kept: with it, a snapshot is known to be whole.</summary>
    public static IEnumerable<string> Telling(HubName name) => name.File is { } file ? Beside(file) : [.. Small, .. Preferred];

    private const int MostParts = 1000;

    private static string[] Preferred => [Weights[0], Weights[0] + Index];

    /// <summary>What belongs to a file and is read with it.</summary>
    private static string[] Beside(string file)
    {
        string folder = file[..(file.LastIndexOf('/') + 1)];
        return file[folder.Length..] switch
        {
            Bytes => [folder + Merges],
            Fast => [folder + FastConfig],
            _ => [],
        };
    }

    /// <summary>The weights of the first form that is there: the index, then its parts in their order, or the whole file.</summary>
    private static string[] WeightsIn(IReadOnlyCollection<string> all)
    {
        foreach (string whole in Weights)
        {
            string stem = Path.GetFileNameWithoutExtension(whole), end = Path.GetExtension(whole);
            string[] parts = [.. all.Where(file => Part().Match(file) is { Success: true } part && part.Groups["stem"].Value == stem
                && part.Groups["end"].Value.EndsWith(end, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
            if (all.Contains(whole + Index) && parts.Length > 0) return [whole + Index, .. parts];
            if (all.Contains(whole)) return [whole];
        }
        return [];
    }

    private static string Listed(IReadOnlyCollection<string> all, string ending)
    {
        const int most = 12;
        string[] alike = [.. all.Where(file => ending.Length > 0 && file.EndsWith(ending, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        return alike.Length == 0 ? "." : $". It has {string.Join(", ", alike.Take(most))}{(alike.Length > most ? " …" : "")}.";
    }

    [GeneratedRegex(@"^(?<stem>model|pytorch_model)-\d{5}(?<end>-of-(?<of>\d{5})\.(safetensors|bin))\z")]
    private static partial Regex Part();
}
