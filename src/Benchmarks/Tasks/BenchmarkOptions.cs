using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Das.Benchmarks.Tasks;

/// <summary>A benchmark that has nothing to choose.</summary>
public sealed record NoOptions;

/// <summary>What a benchmark's record of options says of its values beyond their types: <see cref="RangeAttribute"/>,
/// <see cref="MinLengthAttribute"/>.</summary>
internal static class BenchmarkOptions
{
    public static IEnumerable<Flaw> Flaws(JsonObject? options, Type type, string path)
    {
        options ??= [];
        Flaw[] unlike = [.. StrictJson.Flaws(options, type, path)];
        if (unlike.Length > 0) return unlike;
        object read = options.Deserialize(type, StrictJson.Options)!;
        return type.GetProperties().SelectMany(property => property.GetCustomAttributes<ValidationAttribute>()
            .Where(rule => !rule.IsValid(property.GetValue(read)))
            .Select(rule => new Flaw($"{path}.{JsonNamingPolicy.CamelCase.ConvertName(property.Name)}", Problem(rule, property.GetValue(read)))));
    }

    private static string Problem(ValidationAttribute rule, object? value) => rule switch
    {
        RangeAttribute { Maximum: int.MaxValue } range => $"must be at least {range.Minimum}, not {value}",
        RangeAttribute range => $"must be {range.Minimum} to {range.Maximum}, not {value}",
        _ => "must not be empty",
    };
}
