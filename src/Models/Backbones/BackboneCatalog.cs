namespace Das.Models.Backbones;

/// <summary>The backbones there are, by the name a recipe uses.</summary>
public static class BackboneCatalog
{
    public static IReadOnlyDictionary<string, string> All { get; } = new SortedDictionary<string, string>
    {
        ["vilt"] = "ViLT-B/32 and smaller: one stream of BERT embeddings and image patches",
    };
}
