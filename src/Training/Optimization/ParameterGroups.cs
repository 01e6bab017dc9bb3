using TorchSharp.Modules;

namespace Das.Training.Optimization;

/// <summary>Parameters that share a learning rate and a decay.</summary>
public sealed record ParameterGroup(IReadOnlyList<(string Name, Parameter Parameter)> Parameters, double LearningRate, double WeightDecay);

/// <summary>Which parameter decays and which learns faster (spec §2.6).</summary>
public static class ParameterGroups
{
    private static readonly string[] NoDecay = ["bias", "LayerNorm.bias", "LayerNorm.weight", "norm.bias", "norm.weight", "norm1.bias", "norm1.weight", "norm2.bias", "norm2.weight"];
    private static readonly string[] Heads = ["vqa_classifier", "nlvr2_classifier"];

    /// <summary>Four groups: base and head, each with and without decay.</summary>
    public static IReadOnlyList<ParameterGroup> Of(IEnumerable<(string Name, Parameter Parameter)> parameters, double learningRate, double headMultiplier, double weightDecay) =>
        [.. parameters
            .GroupBy(p => (Head: Heads.Any(h => p.Name.Contains(h, StringComparison.Ordinal)), Decays: !NoDecay.Any(n => p.Name.Contains(n, StringComparison.Ordinal))))
            .Select(g => new ParameterGroup([.. g], g.Key.Head ? learningRate * headMultiplier : learningRate, g.Key.Decays ? weightDecay : 0))];
}
