using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Das.Recipes;

namespace Das.Training;

/// <summary>The files a backbone is read from, and what of a recipe makes two computations the same.</summary>
public static class BackboneFiles
{
    /// <summary>The recipe's vocabulary, else <c>vocab.txt</c> beside the checkpoint.</summary>
    public static string Vocabulary(BackboneRecipe backbone) =>
        backbone.Vocabulary ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(backbone.Checkpoint))!, "vocab.txt");

    /// <summary>SHA-256 of the checkpoint, then of the vocabulary.</summary>
    /// <exception cref="FileNotFoundException">One of them does not exist.</exception>
    public static IReadOnlyList<string> Digests(BackboneRecipe backbone) => [.. new[] { backbone.Checkpoint, Vocabulary(backbone) }.Select(path =>
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"{path}: no such file. backbone.checkpoint and backbone.vocabulary must name the pretrained weights and their vocab.txt.");
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    })];

    /// <summary>What a computing stage's result depends on besides its inputs: backbone (by its values, not its paths), seed, device and the stage's own section.</summary>
    public static JsonObject KeyPart<T>(this Recipe recipe, T section) => new()
    {
        ["backbone"] = JsonSerializer.SerializeToNode(recipe.Backbone with { Checkpoint = "", Vocabulary = null }, JsonSerializerOptions.Web),
        ["seed"] = recipe.Seed,
        ["device"] = recipe.Device,
        ["stage"] = JsonSerializer.SerializeToNode(section, JsonSerializerOptions.Web),
    };
}
