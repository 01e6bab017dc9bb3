using Das.Models;
using Das.Models.Backbones;
using Das.Search;
using Das.Training;
using Das.Training.Files;
using Das.Training.Hub;

namespace Das.Cli.Checks;

/// <summary>What is found where a recipe says that its backbone lies.</summary>
/// <param name="Flaws">What keeps it from being used.</param>
/// <param name="Sizes">Null where it cannot be opened.</param>
internal sealed record BackboneLook(IReadOnlyList<Flaw> Flaws, BackboneSizes? Sizes)
{
    private const string Name = "backbone.name", Checkpoint = "backbone.checkpoint", Vision = "backbone.visionCheckpoint", Text = "backbone.textCheckpoint",
        Vocabulary = "backbone.vocabulary", Config = "backbone.config";

    /// <summary>What is worth knowing before a run: what it downloads first.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    /// <summary>Whether files must be downloaded before more can be seen.</summary>
    public bool IsAwaited => Notes.Count > 0;

    /// <summary>The recipe as a run of it would have it: its models on a hub are named by their commits.</summary>
    public required Recipe Exact { get; init; }

    /// <param name="recipe">Valid by itself; names the files.</param>
    /// <param name="here">Whether stages compute on this machine.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<BackboneLook> AtAsync(Recipe recipe, bool here, CancellationToken cancellation)
    {
        List<Flaw> flaws = [];
        List<string> notes = [];
        Dictionary<string, string> exact = [];
        ModelHub? hub = null;
        foreach ((string key, HubName name) in ModelHub.Names(recipe.Backbone))
            try
            {
                hub ??= ModelHub.FromEnvironment();
                HubName decided = await hub.ExactAsync(name, cancellation);
                exact[$"{name}"] = $"{decided}";
                if (hub.Find(decided) is not null) continue;
                (int files, long bytes) = await hub.PlanAsync(decided, cancellation);
                if (files > 0) notes.Add($"'{key}': {name} is downloaded first: {files} files, {Units.Bytes(bytes)}; das pull {name} does that now.");
            }
            catch (DasException refused) { flaws.Add(Said(key, refused.Message)); }
        hub?.Dispose();
        Recipe whole = recipe with { Backbone = recipe.Backbone.Renamed(path => exact.GetValueOrDefault(path, path)) };
        return (flaws.Count + notes.Count > 0 ? new(flaws, null) { Notes = notes, Exact = whole } : At(ModelHub.Here(whole), here)) with { Exact = whole };
    }

    private static BackboneLook At(Recipe recipe, bool here)
    {
        BackboneRecipe backbone = recipe.Backbone;
        if (!BackboneCatalog.Names.Contains(backbone.Name))
            return new([Said(Name, Nearest.Unknown("backbone", backbone.Name, BackboneCatalog.Names.Order(StringComparer.Ordinal)))], null) { Exact = recipe };
        List<Flaw> flaws = [];
        (string Key, string? Path)[] weights = [(Checkpoint, backbone.Checkpoint), (Vision, backbone.VisionCheckpoint), (Text, backbone.TextCheckpoint)];
        foreach ((string key, string? path) in weights.Append((Vocabulary, backbone.Vocabulary)))
            if (path is not null && !Path.Exists(path)) flaws.Add(new(key, $"names '{path}', which does not exist: give the path of the file or folder"));
        if (flaws.Count > 0) return new(flaws, null) { Exact = recipe };

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
        return new(flaws, sizes) { Exact = recipe };

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
