using Das.Models.Decoders;

namespace Das.Models;

/// <summary>The backbones there are. A new one is its family's folder and a line here.</summary>
public static class BackboneCatalog
{
    private static readonly Dictionary<string, Backbone> Known = new[]
    {
        Vilt.Vilt.Backbone,
        Meter.Meter.Backbone,
        Llama.Backbone,
        Lavin.Backbone,
        Llava.Backbone,
    }.ToDictionary(backbone => backbone.Name, StringComparer.Ordinal);

    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <exception cref="DasException">There is none of that name; the message says what there is.</exception>
    public static Backbone Get(string name) =>
        Known.TryGetValue(name, out Backbone? backbone) ? backbone
            : throw new DasException(ErrorKind.Recipe, Nearest.Unknown("backbone", name, Known.Keys.Order(StringComparer.Ordinal)));
}
