namespace Das.Models.Layers;

/// <summary>
/// Modules under names of our choice, gaps included: <c>blocks.0</c>, <c>blocks.2</c>. (TorchSharp's <c>ModuleList</c>
/// numbers without gaps, and its <c>ModuleDict</c> cannot be moved to another device or type.)
/// </summary>
internal sealed class Named : nn.Module
{
    public Named(params IEnumerable<(string Name, nn.Module Module)> modules) : base(nameof(Named))
    {
        foreach ((string name, nn.Module module) in modules) register_module(name, module);
    }
}
