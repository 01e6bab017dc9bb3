namespace Das.Tests.Checkpoints;

/// <summary>A module with exactly the given parameters (and buffers, for names that end in <c>position_ids</c>), all zero.</summary>
internal sealed class NamedWeights : nn.Module
{
    public NamedWeights(IEnumerable<(string Name, long[] Shape)> weights, ScalarType type = ScalarType.Float32) : base(nameof(NamedWeights))
    {
        foreach (var group in weights.GroupBy(w => w.Name.Split('.')[0]))
        {
            (string name, long[] shape) = group.First();
            if (name != group.Key) register_module(group.Key, new NamedWeights(group.Select(w => (w.Name[(group.Key.Length + 1)..], w.Shape)), type));
            else if (name == "position_ids") register_buffer(name, zeros(shape, dtype: int64));
            else register_parameter(name, nn.Parameter(zeros(shape, dtype: type)));
        }
    }
}
