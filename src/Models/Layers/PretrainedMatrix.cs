using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Das.Models.Layers;

/// <summary>
/// A matrix that a checkpoint is going to fill: no memory is written before that, and none at all in another type, so that a
/// model takes no more than its weights while it is built.
/// </summary>
internal sealed class PretrainedMatrix : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;

    public PretrainedMatrix(long rows, long columns, ScalarType type) : base(nameof(PretrainedMatrix))
    {
        weight = nn.Parameter(empty(rows, columns, dtype: type));
        RegisterComponents();
    }

    /// <summary>The matrix as a linear map without bias.</summary>
    /// <param name="x">(…, columns).</param>
    /// <returns>(…, rows).</returns>
    public override Tensor forward(Tensor x) => nn.functional.linear(x, weight);

    /// <summary>The matrix as a table.</summary>
    /// <param name="ids">(B, T) row numbers.</param>
    /// <returns>(B, T, columns).</returns>
    public Tensor Rows(Tensor ids)
    {
        using Tensor flat = ids.reshape(-1), found = weight.index_select(0, flat);
        return found.view([.. ids.shape, weight.shape[1]]);
    }

    /// <summary>The standard deviation of the published models' start, whatever the layer.</summary>
    public void Initialize() => nn.init.normal_(weight, 0, 0.02);
}
