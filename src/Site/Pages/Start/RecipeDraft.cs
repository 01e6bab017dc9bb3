using Das.Benchmarks.Catalog;

namespace Das.Site.Pages.Start;

/// <summary>A recipe while somebody writes it: a text for every field, what it began with, and what is wrong with it.</summary>
public sealed class RecipeDraft
{
    private const string BenchmarkName = "benchmark.name";
    private readonly Dictionary<string, string> _texts = [], _basis = [];
    private readonly JsonNode? _recipe;

    private RecipeDraft(JsonNode? recipe)
    {
        _recipe = recipe;
        Sections = RecipeFields.For((string?)(At(recipe, BenchmarkName) as JsonValue));
        Begin();
        Unknown = [.. RecipeLeaves.Of(recipe).Keys.Where(path => !_basis.ContainsKey(path)
            && !Fields.Any(field => field.Kind == RecipeFieldKind.Json && path.StartsWith(field.Path + '.', StringComparison.Ordinal)))];
        Check();
    }

    /// <summary>The recipe's sections; those of the benchmark's options follow the benchmark.</summary>
    public IReadOnlyList<RecipeSection> Sections { get; private set; }

    private IEnumerable<RecipeField> Fields => Sections.SelectMany(section => section.Fields);

    /// <summary>Begins with a recipe of any age; what this version does not know is in <see cref="Unknown"/>.</summary>
    /// <param name="recipeJson">As a run holds it.</param>
    public static RecipeDraft From(string recipeJson)
    {
        JsonNode? recipe = null;
        try { recipe = JsonNode.Parse(recipeJson); }
        catch (JsonException) { /* Every field begins with its default. */ }
        return new(recipe);
    }

    /// <summary>Begins with a usable recipe.</summary>
    public static RecipeDraft From(Recipe recipe) => From(recipe.ToCanonicalJson());

    /// <summary>Keys of the recipe it began with that no field stands for.</summary>
    public IReadOnlyList<string> Unknown { get; }

    /// <summary>Path → what is wrong there, as a sentence. A flaw between fields stands at the first of them.</summary>
    public IReadOnlyDictionary<string, string> Flaws { get; private set; } = new Dictionary<string, string>();

    /// <summary>The recipe; null while there are flaws.</summary>
    public Recipe? Recipe { get; private set; }

    public string this[string path] => _texts[path];

    /// <summary>What the field began with.</summary>
    public string Basis(string path) => _basis[path];

    public bool Changed(string path) => _texts[path] != _basis[path];

    /// <summary>How many fields differ from what they began with.</summary>
    public int Changes => Fields.Select(one => one.Path).Count(Changed);

    public void Set(string path, string text)
    {
        _texts[path] = text;
        if (path == BenchmarkName)
        {
            Sections = RecipeFields.For(text);
            Begin();
        }
        Check();
    }

    /// <summary>The whole as indented JSON; a field that cannot be read has its default there.</summary>
    public string Json => Build([]).ToJsonString(FieldText.Pretty);

    /// <summary>Takes the values of a whole recipe; nothing is taken if it cannot be used.</summary>
    /// <returns>Why it cannot be used; null if it can.</returns>
    public string? Take(string json)
    {
        Recipe recipe;
        try { recipe = RecipeFile.Parse(json, "recipe", []); }
        catch (DasException flawed) { return flawed.Message; }
        RecipeDraft taken = From(recipe);
        Set(BenchmarkName, taken[BenchmarkName]);
        foreach (RecipeField field in Fields) _texts[field.Path] = taken[field.Path];
        Check();
        return null;
    }

    /// <summary>Fields that have no text yet begin with the recipe's value.</summary>
    private void Begin()
    {
        foreach (RecipeField field in Fields.Where(field => !_texts.ContainsKey(field.Path)))
            _texts[field.Path] = _basis[field.Path] = At(_recipe, field.Path) is { } value ? FieldText.Of(value) : field.Unstated;
    }

    private void Check()
    {
        Dictionary<string, string> flaws = [];
        Recipe? recipe = null;
        try
        {
            recipe = StrictJson.Read<Recipe>(Build(flaws).ToJsonString(), "recipe", [], _ => []);
            foreach (Flaw flaw in RecipeValidator.Validate(recipe)) flaws.TryAdd(flaw.Path, Sentence(flaw.Problem));
            if (BenchmarkCatalog.All.All(benchmark => benchmark.Name != recipe.Benchmark.Name))
                flaws["benchmark.name"] = Nearest.Unknown("benchmark", recipe.Benchmark.Name, BenchmarkCatalog.All.Select(benchmark => benchmark.Name));
        }
        catch (DasException broken) { flaws.TryAdd("", broken.Message); }
        (Flaws, Recipe) = (flaws, flaws.Count == 0 ? recipe : null);
    }

    private JsonObject Build(Dictionary<string, string> flaws)
    {
        JsonObject recipe = [];
        foreach (RecipeField field in Fields)
        {
            var (value, problem) = FieldText.Read(field, _texts[field.Path]);
            if (problem is not null)
            {
                flaws[field.Path] = Sentence(problem);
                (value, _) = FieldText.Read(field, field.Unstated);
            }
            if (value is null) continue;
            string[] keys = field.Path.Split('.');
            JsonObject owner = recipe;
            foreach (string key in keys[..^1])
            {
                if (owner[key] is not JsonObject) owner[key] = new JsonObject();
                owner = owner[key]!.AsObject();
            }
            owner[keys[^1]] = value;
        }
        return recipe;
    }

    private static string Sentence(string problem) => $"{char.ToUpperInvariant(problem[0])}{problem[1..]}.";

    private static JsonNode? At(JsonNode? node, string path)
    {
        foreach (string key in path.Split('.')) node = node is JsonObject members && members.TryGetPropertyValue(key, out JsonNode? value) ? value : null;
        return node;
    }
}
