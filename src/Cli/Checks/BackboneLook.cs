using Das.Models;
using Das.Models.Backbones;
using Das.Search;
using Das.Training;
using Das.Training.Files;

namespace Das.Cli.Checks;

/// <summary>What is found where a recipe says that its backbone lies.</summary>
/// <param name="Flaws">What keeps it from being used.</param>
/// <param name="Sizes">Null where it cannot be opened.</param>
internal sealed record BackboneLook(IReadOnlyList<Flaw> Flaws, BackboneSizes? Sizes)
{
    private const string Name = "backbone.name", Checkpoint = "backbone.checkpoint", Vision = "backbone.visionCheckpoint", Text = "backbone.textCheckpoint",
        Vocabulary = "backbone.vocabulary", Config = "backbone.config";

    /// <param name="recipe">Names the files.</param>
    /// <param name="here">Whether stages compute on this machine.</param>
    public static BackboneLook At(Recipe recipe, bool here)
    {
        BackboneRecipe backbone = recipe.Backbone;
        if (!BackboneCatalog.Names.Contains(backbone.Name))
            return new([Said(Name, Nearest.Unknown("backbone", backbone.Name, BackboneCatalog.Names.Order(StringComparer.Ordinal)))], null);
        List<Flaw> flaws = [];
        (string Key, string? Path)[] weights = [(Checkpoint, backbone.Checkpoint), (Vision, backbone.VisionCheckpoint), (Text, backbone.TextCheckpoint)];
        foreach ((string key, string? path) in weights.Append((Vocabulary, backbone.Vocabulary)))
            if (path is not null && !Path.Exists(path)) flaws.Add(new(key, $"names '{path}', which does not exist: give the path of the file or folder"));
        if (flaws.Count > 0) return new(flaws, null);

        foreach ((string key, string? path) in weights)
            if (path is not null) Try(key, () => { using var opened = CheckpointFiles.Open(path); });
        Try(Vocabulary, () =>
        {
            if (BackboneFiles.Vocabulary(backbone).FirstOrDefault(file => !File.Exists(file)) is { } missing)
                throw new DasException(ErrorKind.Checkpoint, $"{missing} does not exist, which the tokenizer needs.");
        });
        BackboneSizes? sizes = null;
        if (flaws.Count == 0) Try(Config, () => sizes = ModelFiles.Sizes(backbone));
        if (sizes is not null) flaws.AddRange([.. SearchWork.Flaws(recipe.Search, sizes.Candidates), .. here ? Machine(recipe, sizes) : []]);
        return new(flaws, sizes);

        void Try(string key, Action look)
        {
            try { look(); }
            catch (DasException refused) { flaws.Add(Said(key, refused.Message)); }
        }
    }

    /// <summary>Whether this machine can compute the model at all.</summary>
    private static IEnumerable<Flaw> Machine(Recipe recipe, BackboneSizes sizes)
    {
        string? refusal = null;
        try
        {
            if (Devices.IsCpu(recipe.Device)) ModelBounds.ThrowIfOverMemory($"A model of {sizes.Elements:N0} numbers", sizes.Bytes);
            else Devices.Resolve(recipe.Device);
        }
        catch (DasException refused) { refusal = refused.Message; }
        if (refusal is not null) yield return Said(Devices.IsCpu(recipe.Device) ? Checkpoint : "device", refusal);
    }

    private static Flaw Said(string key, string sentence) => new(key, "cannot be used") { Sentence = $"'{key}': {sentence}" };
}
