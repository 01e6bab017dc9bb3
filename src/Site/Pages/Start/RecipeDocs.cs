using System.Reflection;
using System.Xml;
using System.Xml.Linq;
using Das.Benchmarks.Catalog;

namespace Das.Site.Pages.Start;

/// <summary>What the docstrings of the recipe and of benchmarks' options say, out of the documentation files beside their assemblies.</summary>
internal static partial class RecipeDocs
{
    private static readonly Lazy<Dictionary<string, string>> summaries = new(Read);

    /// <summary>The summary as one paragraph of plain text; empty where there is none.</summary>
    public static string Of(PropertyInfo property) => summaries.Value.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}", "");

    /// <inheritdoc cref="Of(PropertyInfo)"/>
    public static string Of(Type type) => summaries.Value.GetValueOrDefault($"T:{type.FullName}", "");

    private static Dictionary<string, string> Read()
    {
        Dictionary<string, string> found = [];
        foreach (Assembly assembly in new[] { typeof(Recipe).Assembly, typeof(BenchmarkCatalog).Assembly })
        {
            string file = Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.xml");
            try
            {
                if (!File.Exists(file)) continue;
                foreach (XElement member in XDocument.Load(file).Descendants("member"))
                    if (member.Element("summary") is { } summary) found[(string)member.Attribute("name")!] = Plain(summary);
            }
            catch (XmlException) { /* Fields then stand without their meaning. */ }
        }
        return found;
    }

    private static string Plain(XElement summary)
    {
        StringBuilder text = new();
        foreach (XNode node in summary.Nodes())
            text.Append(node switch
            {
                XText plain => plain.Value,
                XElement { Name.LocalName: "see" } see => Name((string?)see.Attribute("cref") ?? (string?)see.Attribute("langword") ?? ""),
                XElement element => element.Value,
                _ => "",
            });
        return Spaces().Replace(text.ToString(), " ").Trim();
    }

    /// <summary>A member as it is called in a recipe.</summary>
    private static string Name(string reference) => JsonNamingPolicy.CamelCase.ConvertName(reference.Split('(')[0].Split('.', ':')[^1]);

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
