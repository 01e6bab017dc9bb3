namespace Das.Control.Schedules;

/// <summary>The common cron expressions in plain English; the others are told by their next times.</summary>
public static class CronInWords
{
    private static readonly string[] Days = ["Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"];
    private static readonly string[] DayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    /// <summary><c>0 2 * * 1-5</c> is "On weekdays at 02:00"; null for a form that has no words here.</summary>
    public static string? Of(string cron)
    {
        string[] fields = cron.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (fields is not [var minute, var hour, var day, var month, var weekday]) return null;
        if (DaysOf(day, month, weekday) is not { } days) return null;
        if (Rhythm(minute, hour) is { } rhythm) return Sentence(days.Length == 0 ? rhythm : $"{rhythm} {days}");
        return Times(minute, hour) is { } times ? Sentence($"{(days.Length == 0 ? "every day" : days)} at {times}") : null;
    }

    private static string? Rhythm(string minute, string hour)
    {
        if (hour == "*" && minute == "*") return "every minute";
        if (hour == "*" && Step(minute, 60) is { } minutes) return $"every {minutes} minutes";
        if (Number(minute, 59) is not { } past) return null;
        string at = past == 0 ? "" : $" at {past} past";
        if (hour == "*") return $"every hour{at}";
        return Step(hour, 24) is { } hours ? $"every {hours} hours{at}" : null;
    }

    private static string? Times(string minute, string hour) =>
        Number(minute, 59) is { } past && Numbers(hour, 23) is { } hours ? And([.. hours.Select(each => $"{each:00}:{past:00}")]) : null;

    private static string? DaysOf(string day, string month, string weekday)
    {
        if (month != "*" || day is not ("*" or "?") && weekday is not ("*" or "?")) return null;
        if (day is not ("*" or "?")) return Numbers(day, 31) is { } dates && !dates.Contains(0)
            ? $"on day {And([.. dates.Select(date => $"{date}")])} of every month" : null;
        switch (weekday.ToUpperInvariant())
        {
            case "*" or "?": return "";
            case "1-5" or "MON-FRI": return "on weekdays";
            case "0,6" or "6,0" or "6,7" or "6-7" or "SAT,SUN" or "SUN,SAT": return "at weekends";
        }
        int?[] days = [.. weekday.Split(',').Select(Weekday)];
        return days.Contains(null) ? null : "on " + And([.. days.Select(each => Days[each!.Value])]);
    }

    private static int? Weekday(string text) => Array.IndexOf(DayNames, text.ToUpperInvariant()) is >= 0 and var named ? named : Number(text, 7) % 7;

    /// <summary>Only steps that come at even distances, also over the hour or over midnight, are "every n".</summary>
    private static int? Step(string field, int round) =>
        field.StartsWith("*/", StringComparison.Ordinal) && Number(field[2..], round / 2) is > 1 and var step && round % step == 0 ? step : null;

    private static int[]? Numbers(string field, int most)
    {
        int?[] numbers = [.. field.Split(',').Select(each => Number(each, most))];
        return numbers.Contains(null) ? null : [.. numbers.Select(each => each!.Value)];
    }

    private static int? Number(string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= most ? number : null;

    private static string And(string[] parts) => parts is [.. var first, var last] && first.Length > 0 ? $"{string.Join(", ", first)} and {last}" : parts[0];

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
