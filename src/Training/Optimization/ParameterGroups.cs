using TorchSharp.Modules;

namespace Das.Training.Optimization;

/// <summary>Parameters that share a learning rate and a weight decay.</summary>
/// <param name="LearningRate">Before the schedule's multiplier.</param>
/// <param name="WeightDecay">Decoupled; 0 for none.</param>
/// <param name="Parameters">Names and values.</param>
public sealed record ParameterGroup(double LearningRate, double WeightDecay, IReadOnlyList<(string Name, Parameter Value)> Parameters);

/// <summary>Which parameter learns how fast and decays or not, by its name (spec §2.6).</summary>
public static class ParameterGroups
{
    /// <summary>
    /// Names that do not decay. Neither an adapter's <c>adapter_layer_norm_before.weight</c> nor a classifier's norm
    /// (<c>vqa_classifier.1.weight</c>) is among them: both decay, as published.
    /// </summary>
    private static readonly string[] NoDecay = ["bias", "LayerNorm.weight", "norm.weight", "norm1.weight", "norm2.weight"];

    private static readonly string[] Heads = ["vqa_classifier", "nlvr2_classifier", "mlm_score", "itm_score", "snli_classifier"];

    /// <summary>What METER's cross layers and their poolers have in their names, and nothing of ViLT.</summary>
    private const string CrossModal = "cross_modal";

    private enum Part { Body, Head, CrossModal }

    /// <summary>Body, head and cross-modal layers, each with and without decay; groups of nothing are left out.</summary>
    /// <param name="parameters">A model's named parameters; frozen ones are passed over.</param>
    /// <param name="learningRate">Base learning rate.</param>
    /// <param name="headMultiplier">The task head's learning rate over the base.</param>
    /// <param name="weightDecay">Decay of whatever decays.</param>
    /// <param name="crossModalMultiplier">The cross-modal layers' learning rate over the base (spec §3.5).</param>
    public static IReadOnlyList<ParameterGroup> Of(
        IEnumerable<(string Name, Parameter Value)> parameters, double learningRate, double headMultiplier, double weightDecay, double crossModalMultiplier = 1)
    {
        return [.. parameters
            .Where(p => p.Value.requires_grad)
            .GroupBy(p => (Part: PartOf(p.Name), Decays: !NoDecay.Any(p.Name.Contains)))
            .OrderBy(g => g.Key.Part).ThenByDescending(g => g.Key.Decays)
            .Select(g => new ParameterGroup(learningRate * Multiplier(g.Key.Part), g.Key.Decays ? weightDecay : 0, [.. g]))];

        double Multiplier(Part part) => part switch { Part.Head => headMultiplier, Part.CrossModal => crossModalMultiplier, _ => 1 };
    }

    private static Part PartOf(string name) =>
        Heads.Any(name.Contains) ? Part.Head : name.Contains(CrossModal, StringComparison.Ordinal) ? Part.CrossModal : Part.Body;
}
