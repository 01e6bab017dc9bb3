using System.Reflection;

namespace Das.Recipes;

/// <summary>
/// The recipe got this value later than others: a stage's key names it only where it is not <paramref name="standard"/>, so results from before stay
/// valid (<c>docs/decisions/0014-recipe-keys.md</c>).
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeyedUnlessAttribute(object? standard) : Attribute
{
    /// <summary>What a stage's key says of a part of the recipe.</summary>
    public static JsonObject KeyOf(object part)
    {
        JsonObject members = JsonSerializer.SerializeToNode(part, part.GetType(), JsonSerializerOptions.Web)!.AsObject();
        LeaveOut(part, members);
        return members;
    }

    private static void LeaveOut(object part, JsonObject members)
    {
        foreach (PropertyInfo property in part.GetType().GetProperties())
        {
            string name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            object? value = property.GetValue(part);
            if (property.GetCustomAttribute<KeyedUnlessAttribute>() is { } later && Equals(value, later.Standard)) members.Remove(name);
            else if (value is not (null or JsonNode) && members[name] is JsonObject inner) LeaveOut(value, inner);
        }
    }

    private object? Standard => standard;
}
