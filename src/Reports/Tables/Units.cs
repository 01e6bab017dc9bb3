namespace Das.Reports.Tables;

/// <summary>Sizes and times in words.</summary>
public static class Units
{
    /// <summary>In binary units: <c>3.2 MiB</c>.</summary>
    public static string Bytes(double bytes)
    {
        (double scale, string unit) = bytes switch { >= 1L << 30 => (1 << 30, "GiB"), >= 1 << 20 => (1 << 20, "MiB"), >= 1 << 10 => (1 << 10, "KiB"), _ =>
            (1, "bytes") };
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / scale:0.#} {unit}");
    }

    /// <summary><c>2 d 3 h</c>, <c>1 h 12 min</c>, <c>3 min 20 s</c>, <c>7 s</c>.</summary>
    public static string Duration(TimeSpan time) => time.Duration() switch
    {
        { TotalDays: >= 1 } days => $"{(int)days.TotalDays} d {days.Hours} h",
        { TotalHours: >= 1 } hours => $"{hours.Hours} h {hours.Minutes} min",
        { TotalMinutes: >= 1 } minutes => $"{minutes.Minutes} min {minutes.Seconds} s",
        { TotalSeconds: >= 10 or 0 } seconds => $"{seconds.Seconds} s",
        var less => string.Create(CultureInfo.InvariantCulture, $"{less.TotalSeconds:0.0} s"),
    };
}
