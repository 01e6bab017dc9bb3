using System.Globalization;
using static TorchSharp.torch.nn;

namespace Das.Models.Layers;

/// <summary>Modules named by their index, of which some may not exist: a finished model keeps the published numbering without the layers it does without.</summary>
public sealed class IndexedModules<T> : Module where T : Module
{
    private readonly SortedDictionary<int, T> byIndex = [];

    public IndexedModules(IEnumerable<int> indices, Func<int, T> create) : base(nameof(IndexedModules<T>))
    {
        foreach (int index in indices)
        {
            byIndex[index] = create(index);
            register_module(index.ToString(CultureInfo.InvariantCulture), byIndex[index]);
        }
    }

    public T this[int index] => byIndex[index];
}
