using System.Reflection;
using System.Xml;
using System.Xml.Linq;

namespace Das.Site.Pages.Start;

/// <summary>What the recipe's docstrings say, out of the documentation file beside its assembly.</summary>
internal static partial class RecipeDocs
{
    private static readonly Lazy<Dictionary<string, string>> summaries = new(Read);

    /// <summary>The summary as one paragraph of plain text; empty where there is none.</summary>
    public static string Of(PropertyInfo property) => summaries.Value.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}", "");

    /// <inheritdoc cref="Of(PropertyInfo)"/>
    public static string Of(Type type) => summaries.Value.GetValueOrDefault($"T:{type.FullName}", "");

    private static Dictionary<string, string> Read()
    {
        string file = Path.Combine(AppContext.BaseDirectory, $"{typeof(Recipe).Assembly.GetName().Name}.xml");
        if (!File.Exists(file)) return [];
        try
        {
            return XDocument.Load(file).Descendants("member").Where(member => member.Element("summary") is not null)
                .ToDictionary(member => (string)member.Attribute("name")!, member => Plain(member.Element("summary")!));
        }
        catch (XmlException) { return []; }
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
