namespace Das.Models.Backbones;

/// <summary>Parameters of a finished model.</summary>
/// <param name="Total">All that exist.</param>
/// <param name="Updated">Those that adapter training updates (method §2.5, §3.5).</param>
public sealed record ParameterCounts(long Total, long Updated);

/// <summary>Multiply-accumulates of one forward pass over one text and one image, and the parameters.</summary>
/// <remarks>
/// Counted are the products of linear layers, of patch convolutions and of attention (queries x keys, weights x values).
/// Counted is, as published, every token through every layer, though <c>Fuse</c> computes only those tokens of the last layers that a head reads.
/// Norms, activations, softmax, additions and the resizing of positions are not multiply-accumulates of that order and are left out.
/// </remarks>
/// <param name="Macs">Of this model, its skipped layers run as their replacements.</param>
/// <param name="MacsFull">Of the same model with in-layer adapters and nothing skipped.</param>
/// <param name="MacsBackbone">Of the pretrained network without any adapter.</param>
/// <param name="Parameters">Of this model.</param>
public sealed record ModelCost(long Macs, long MacsFull, long MacsBackbone, ParameterCounts Parameters);
