using System.Text;
using System.Text.Json.Nodes;

namespace Das.Cli.Init;

/// <summary>A recipe's text with a comment behind each value that says why it has it.</summary>
internal sealed class CommentedRecipe
{
    private const int Widest = 150;

    private readonly OrderedDictionary<string, object> root = [];

    private sealed record Value(JsonNode? Node, string? Why);

    /// <summary>Adds a value.</summary>
    /// <param name="path">Dotted.</param>
    /// <param name="value">Null leaves it out.</param>
    /// <param name="why">One line; null where the value needs none.</param>
    public void Add(string path, JsonNode? value, string? why = null)
    {
        if (value is null) return;
        string[] keys = path.Split('.');
        OrderedDictionary<string, object> owner = root;
        foreach (string key in keys[..^1])
        {
            if (!owner.TryGetValue(key, out object? inner)) owner.Add(key, inner = new OrderedDictionary<string, object>());
            owner = (OrderedDictionary<string, object>)inner;
        }
        owner[keys[^1]] = new Value(value, why);
    }

    /// <summary>The file's text.</summary>
    /// <param name="heading">Comment lines at the beginning.</param>
    public string ToText(IEnumerable<string> heading)
    {
        StringBuilder text = new("{\n");
        foreach (string line in heading) text.Append("  // ").Append(line).Append('\n');
        Write(text, root, "  ");
        return text.Append("}\n").ToString();
    }

    private static void Write(StringBuilder text, OrderedDictionary<string, object> members, string indent)
    {
        int left = members.Count;
        foreach ((string key, object member) in members)
        {
            string comma = --left > 0 ? "," : "";
            if (member is OrderedDictionary<string, object> inner)
            {
                text.Append(indent).Append('"').Append(key).Append("\": {\n");
                Write(text, inner, indent + "  ");
                text.Append(indent).Append('}').Append(comma).Append('\n');
                continue;
            }
            (JsonNode? node, string? why) = (Value)member;
            string line = $"{indent}\"{key}\": {node!.ToJsonString(StrictJson.Options)}{comma}";
            if (why is not null && line.Length + why.Length > Widest) text.Append(indent).Append("// ").Append(why).Append('\n').Append(line);
            else text.Append(line).Append(why is null ? "" : $" // {why}");
            text.Append('\n');
        }
    }
}
