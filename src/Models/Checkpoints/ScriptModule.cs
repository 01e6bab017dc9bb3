namespace Das.Models.Checkpoints;

/// <summary>
/// The module in a TorchScript archive: objects of classes below <c>__torch__</c>, whose attributes are tensors, numbers
/// and further objects. Their code is neither read nor run.
/// </summary>
internal static class ScriptModule
{
    private const string Classes = "__torch__.";

    /// <summary>Bounds for files whose objects refer to each other; CLIP's largest tower has some 1500 attributes, 6 deep.</summary>
    private const int MostVisits = 200_000, Deepest = 32;

    /// <summary>All attributes under dotted names, as the module's <c>state_dict()</c> spells them; null when the value is no such module.</summary>
    /// <exception cref="InvalidDataException">Its objects contain each other, or two attributes have one name.</exception>
    public static PickleDict? StateDict(object? value)
    {
        if (Attributes(value) is not { } root) return null;
        PickleDict found = new();
        int visits = 0;
        Visit(root, "", 0);
        return found;

        void Visit(PickleDict attributes, string path, int depth)
        {
            if (depth > Deepest) throw new InvalidDataException($"its module is more than {Deepest} levels deep");
            foreach ((string key, object? item) in attributes.Items)
            {
                if (++visits > MostVisits) throw new InvalidDataException($"its module has more than {MostVisits} attributes");
                string name = path + key;
                if (name.Length > PickleDict.LongestKey) throw new InvalidDataException($"its module has a name of {name.Length} characters");
                if (Attributes(item) is { } inner) Visit(inner, name + ".", depth + 1);
                else if (!found.Items.TryAdd(name, item)) throw new InvalidDataException($"its module has two attributes '{name}'");
            }
        }
    }

    private static PickleDict? Attributes(object? value) =>
        value is PickleOpaque { Attributes: { } attributes } opaque && opaque.Global.StartsWith(Classes, StringComparison.Ordinal) ? attributes : null;
}
