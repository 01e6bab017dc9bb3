namespace Das.Cli.Compare;

/// <summary>The runs of a sweep, in the order in which they are made.</summary>
public static class SweepPlan
{
    /// <summary>How layers can be chosen at any number of them.</summary>
    public static IReadOnlyList<string> Strategies { get; } = ["das", "random"];

    /// <summary>
    /// Every seed in turn with every k and strategy, so that an interrupted sweep has seen its methods equally often;
    /// k = 0 leaves nothing to choose and is run once a seed.
    /// </summary>
    /// <param name="recipe">What stays the same.</param>
    /// <param name="skip">Numbers of layers, separated by commas.</param>
    /// <param name="strategies">From <see cref="Strategies"/>, separated by commas.</param>
    /// <param name="seeds">How many seeds; they are 0, 1, ….</param>
    /// <exception cref="DasException">A list is malformed.</exception>
    /// <exception cref="DasException">A variant cannot be run.</exception>
    public static IReadOnlyList<Recipe> Of(Recipe recipe, string skip, string strategies, string seeds)
    {
        int[] counts = [.. List("--skip", skip).Select(word => Number(word) ?? throw Malformed("--skip", skip, $"'{word}' is no number of layers; expected "
            + "numbers of at least 0 separated by commas, such as 0,1,2,4"))];
        RefuseTwice("--skip", skip, counts);
        string[] chosen = List("--strategies", strategies);
        foreach (string strategy in chosen)
            if (!Strategies.Contains(strategy))
                throw new DasException(ErrorKind.Usage, $"--strategies {strategies}: {Nearest.Unknown("strategy", strategy, [.. Strategies])}");
        RefuseTwice("--strategies", strategies, chosen);
        if (Number(seeds) is not (> 0 and var number)) throw Malformed("--seeds", seeds, "expected how many seeds to run, a number of at least 1, such as 3");

        return
        [
            .. from seed in Enumerable.Range(0, number)
               from count in counts
               from strategy in count == 0 ? chosen.Take(1) : chosen
               select Recipe.Parse((Method.Apply(recipe, strategy, count) with { Seed = seed }).ToCanonicalJson()),
        ];
    }

    private static string[] List(string option, string text)
    {
        string[] words = text.Split(',', StringSplitOptions.TrimEntries);
        return words.Contains("") ? throw Malformed(option, text, "expected values separated by single commas") : words;
    }

    private static void RefuseTwice<T>(string option, string text, IEnumerable<T> values)
    {
        if (values.GroupBy(value => value).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw Malformed(option, text, $"{twice.Key} stands there twice; expected every value once");
    }

    private static int? Number(string word) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static DasException Malformed(string option, string text, string expected) => new(ErrorKind.Usage, $"{option} {text}: {expected}.");
}
