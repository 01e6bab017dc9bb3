using System.Reflection;

namespace Das.Foundation;

/// <summary>The values that a recipe's text may have; the validator, and whoever offers a choice, read them here.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OneOfAttribute(params string[] values) : Attribute
{
    public IReadOnlyList<string> Values => values;

    /// <summary>The values that <paramref name="property"/> may have; null if it is free.</summary>
    public static IReadOnlyList<string>? Of(PropertyInfo property) => property.GetCustomAttribute<OneOfAttribute>()?.Values;
}
