using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Das.Foundation;

/// <summary>What a record of values that people write says of them beyond their types: <see cref="RangeAttribute"/>,
/// <see cref="MinLengthAttribute"/>, <see cref="OneOfAttribute"/>.</summary>
public static class ValueRules
{
    /// <summary>Every value of another type than the record's, else every one that breaks a rule.</summary>
    /// <param name="values">By their names in JSON; what is missing has its default.</param>
    /// <param name="type">The record.</param>
    /// <param name="path">Where the values stand.</param>
    public static IEnumerable<Flaw> Flaws(JsonObject values, Type type, string path)
    {
        Flaw[] unlike = [.. StrictJson.Flaws(values, type, path)];
        if (unlike.Length > 0) return unlike;
        object read = values.Deserialize(type, StrictJson.Options)!;
        return type.GetProperties().SelectMany(property => Problems(property, property.GetValue(read))
            .Select(problem => new Flaw($"{path}.{JsonNamingPolicy.CamelCase.ConvertName(property.Name)}", problem)));
    }

    private static IEnumerable<string> Problems(PropertyInfo property, object? value)
    {
        foreach (ValidationAttribute rule in property.GetCustomAttributes<ValidationAttribute>().Where(rule => !rule.IsValid(value)))
            yield return Problem(rule, value);
        if (OneOfAttribute.Of(property) is { } allowed && value is string text && !allowed.Contains(text))
            yield return $"must be {string.Join(" or ", allowed)}, not '{text}'";
    }

    private static string Problem(ValidationAttribute rule, object? value) => rule switch
    {
        RangeAttribute { Maximum: int.MaxValue } range => $"must be at least {range.Minimum}, not {value}",
        RangeAttribute range => $"must be {range.Minimum} to {range.Maximum}, not {value}",
        _ => "must not be empty",
    };
}
