namespace Das.Bench;

/// <summary>One measured figure beside what it could be at best.</summary>
/// <param name="What">A sentence of what is divided by what.</param>
/// <param name="Measured">Over the rounds.</param>
/// <param name="Unit"><c>×</c>, <c>%</c>, <c>GiB</c>, <c>s</c> or <c>images/s</c>.</param>
/// <param name="Ideal">In the same unit; null where there is none.</param>
/// <param name="Share">Measured over ideal, or ideal over measured where less is better; 1 is ideal.</param>
internal sealed record Figure(string What, Spread Measured, string Unit, double? Ideal, double? Share)
{
    /// <summary>A ratio of which more is better.</summary>
    public static Figure Gain(string what, Spread measured, double ideal) => new(what, measured, "×", ideal, measured.Median / ideal);

    /// <summary>A ratio of which less is better.</summary>
    public static Figure Cost(string what, Spread measured, double ideal) => new(what, measured, "×", ideal, ideal / measured.Median);

    /// <summary>A part of a whole; given as a fraction.</summary>
    public static Figure Part(string what, Spread measured) => new(what, new(100 * measured.Median, 100 * measured.Low, 100 * measured.High), "%", null, null);

    /// <summary>A rate, which only this machine and this run know.</summary>
    public static Figure Rate(string what, Spread measured, string unit) => new(what, measured, unit, null, null);

    /// <summary>Something that was measured once.</summary>
    public static Figure Once(string what, double measured, string unit) => new(what, new(measured, measured, measured), unit, null, null);

    /// <summary>A Markdown section for <c>bench/RESULTS.md</c>.</summary>
    public static string Table(IEnumerable<Figure> figures, string command, string rounds) =>
        $"""
        `{command}`: {rounds}, {DateTime.Now:yyyy-MM-dd}

        | figure | median (min..max) | ideal | share of ideal |
        |---|---|---|---|
        {string.Join('\n', figures.Select(f => f.Row()))}

        """;

    private string Row() => $"| {What} | {Number(Measured.Median)} {Unit} ({Number(Measured.Low)}..{Number(Measured.High)}) "
        + $"| {(Ideal is { } ideal ? $"{Number(ideal)} {Unit}" : "")} | {(Share is { } share ? $"{share:0.000}" : "")} |";

    private string Number(double value) => value.ToString(Unit == "×" ? "0.000" : Unit is "%" or "GiB" or "s" or "ms" ? "0.0" : "#,0");
}
