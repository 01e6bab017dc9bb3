using Das.Models.Skipping;

namespace Das.Models.Backbones;

/// <summary>One backbone as recipes name it.</summary>
/// <param name="Name">The name in a recipe.</param>
/// <param name="Paper">Where it comes from.</param>
/// <param name="Checkpoint">The published weights' file name.</param>
/// <param name="Published">The sizes of those weights.</param>
/// <param name="Build">Builds it: sizes, heads, and the layers a finished model does without (null while searching).</param>
public sealed record Backbone(
    string Name, string Paper, string Checkpoint, ViltConfig Published, Func<ViltConfig, ViltHeads, SkipMask?, Vilt> Build);

/// <summary>The backbones there are. A new one is a file and a line here.</summary>
public static class BackboneCatalog
{
    private static readonly Dictionary<string, Backbone> Known = new(StringComparer.Ordinal)
    {
        ["vilt"] = new("vilt", "https://arxiv.org/abs/2102.03334", "vilt_200k_mlm_itm.ckpt", new(), (config, heads, removed) => new(config, heads, removed)),
    };

    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <exception cref="ArgumentException">There is none of that name; the message says what there is.</exception>
    public static Backbone Get(string name) =>
        Known.TryGetValue(name, out Backbone? backbone) ? backbone : throw new ArgumentException(DidYouMean.Message("backbone", name, Known.Keys));
}
