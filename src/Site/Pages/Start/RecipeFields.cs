using System.Reflection;
using Das.Benchmarks.Catalog;

namespace Das.Site.Pages.Start;

/// <summary>How a recipe's value is written in a form.</summary>
public enum RecipeFieldKind { Text, Choice, YesNo, Whole, Number, Wholes, Json }

/// <summary>One value of a recipe as a form shows it.</summary>
/// <param name="Path">Dotted path: <c>search.optimization.batch</c>.</param>
/// <param name="Kind">How it is written.</param>
/// <param name="Optional">It may be absent.</param>
/// <param name="Default">What a recipe that does not state it has; empty if it is absent then.</param>
/// <param name="Summary">Meaning, unit, published value and source.</param>
/// <param name="Choices">What it may be, where that is a short list.</param>
public sealed record RecipeField(string Path, RecipeFieldKind Kind, bool Optional, string Default, string Summary, IReadOnlyList<string> Choices)
{
    /// <summary>A recipe states it only where somebody gave it, so that a benchmark's options stay those of the dataset's key.</summary>
    public bool Sparse { get; init; }

    /// <summary>What it begins with where a recipe does not state it.</summary>
    public string Unstated => Sparse ? "" : Default;

    /// <summary>Its name within its section, as people write it: <c>micro batch</c>.</summary>
    public string Label { get; } = string.Concat(Path.Split('.')[^1].Select((letter, index) => char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}"
        : index == 0 ? $"{char.ToUpperInvariant(letter)}" : $"{letter}"));
}

/// <summary>A part of the recipe.</summary>
/// <param name="Path">Of the part: <c>search.optimization</c>; empty for the recipe itself.</param>
/// <param name="Summary">What it is about.</param>
/// <param name="Fields">Its own values, in the record's order.</param>
public sealed record RecipeSection(string Path, string Summary, IReadOnlyList<RecipeField> Fields)
{
    public string Title => Path.Length == 0 ? "General" : string.Join(": ", Path.Split('.').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
}

/// <summary>Every value of <see cref="Recipe"/>, found by reflection: a new one appears in the form by itself.</summary>
public static class RecipeFields
{
    /// <summary>In the recipe's order.</summary>
    public static IReadOnlyList<RecipeSection> Sections { get; } = [.. Of(typeof(Recipe), "", RecipeDocs.Of(typeof(Recipe)))];

    /// <summary>Path → field.</summary>
    public static IReadOnlyDictionary<string, RecipeField> All { get; } = Sections.SelectMany(section => section.Fields).ToDictionary(field => field.Path);

    private const string Options = "benchmark.options";

    /// <summary>The sections of a recipe on <paramref name="benchmark"/>: its options are a section of their own, after that of the benchmark.</summary>
    public static IReadOnlyList<RecipeSection> For(string? benchmark)
    {
        if (BenchmarkCatalog.Find(benchmark ?? "")?.OptionsType is not { } type) return Sections;
        RecipeSection options = Of(type, Options, RecipeDocs.Of(type)).Single();
        options = options with { Fields = [.. options.Fields.Select(field => field with { Sparse = true })] };
        return [.. Sections.SelectMany(section => section.Path != "benchmark" ? [section]
            : new[] { section with { Fields = [.. section.Fields.Where(field => field.Path != Options)] }, options }.Where(part => part.Fields.Count > 0))];
    }

    private static IEnumerable<RecipeSection> Of(Type type, string path, string summary)
    {
        object defaults = Activator.CreateInstance(type)!;
        PropertyInfo[] properties = [.. type.GetProperties().Where(property => property.CanWrite)];
        yield return new(path, summary, [.. properties.Where(property => !IsPart(property))
            .Select(property => Field(property, defaults, Join(path, property)))]);
        foreach (PropertyInfo part in properties.Where(IsPart))
            foreach (RecipeSection inner in Of(part.PropertyType, Join(path, part), RecipeDocs.Of(part) is { Length: > 0 } own ? own
                : RecipeDocs.Of(part.PropertyType)))
                yield return inner;
    }

    private static RecipeField Field(PropertyInfo property, object defaults, string path)
    {
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        IReadOnlyList<string>? choices = OneOfAttribute.Of(property)
            ?? (path == "benchmark.name" ? [.. BenchmarkCatalog.All.Select(benchmark => benchmark.Name)] : null);
        RecipeFieldKind kind = choices is not null ? RecipeFieldKind.Choice : type switch
        {
            _ when type == typeof(bool) => RecipeFieldKind.YesNo,
            _ when type == typeof(int) || type == typeof(long) => RecipeFieldKind.Whole,
            _ when type == typeof(double) => RecipeFieldKind.Number,
            _ when type == typeof(int[]) => RecipeFieldKind.Wholes,
            _ when type == typeof(JsonObject) => RecipeFieldKind.Json,
            _ when type == typeof(string) => RecipeFieldKind.Text,
            _ => throw new NotSupportedException($"No form field is known for {property.DeclaringType!.Name}.{property.Name}, which is a {type.Name}."),
        };
        bool optional = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        return new(path, kind, optional, FieldText.Of(JsonSerializer.SerializeToNode(property.GetValue(defaults))), RecipeDocs.Of(property), choices ?? []);
    }

    private static bool IsPart(PropertyInfo property) => property.PropertyType.Namespace == typeof(Recipe).Namespace;

    private static string Join(string path, PropertyInfo property) =>
        (path.Length == 0 ? "" : path + '.') + JsonNamingPolicy.CamelCase.ConvertName(property.Name);
}
