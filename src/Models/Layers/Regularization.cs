namespace Das.Models.Layers;

/// <summary>Dropout (Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html) of hidden states and of attention weights.</summary>
public static class Regularization
{
    /// <summary>Dropout while training; x itself where nothing is dropped.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="rate">Share of the elements that become zero; the others are scaled up by 1 / (1 - rate).</param>
    /// <param name="training">Whether the layer is in training mode.</param>
    public static Tensor Dropout(this Tensor x, double rate, bool training)
    {
        if (!training || rate <= 0) return x;
        if (x.device_type != DeviceType.CPU) return F.dropout(x, rate, training: true);
        using DisposeScope scope = NewDisposeScope();
        return x.mul(DropoutMask.Of(x.shape, rate).As(x.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Attention whose weights are dropped while training. libtorch's kernel for the CPU knows no dropout; what it falls back to computes all samples at
    /// once, which leaves the cache, and draws slowly.
    /// </summary>
    /// <param name="q">(B, H, S, d).</param>
    /// <param name="k">(B, H, C, d).</param>
    /// <param name="v">(B, H, C, d).</param>
    /// <param name="bias">(B or 1, 1, 1, C), added to the scores; null for none.</param>
    /// <param name="rate">Share of the weights that become zero.</param>
    /// <param name="training">Whether the layer is in training mode.</param>
    /// <returns>(B, H, S, d).</returns>
    public static Tensor Attend(Tensor q, Tensor k, Tensor v, Tensor? bias, double rate, bool training)
    {
        double dropped = training ? rate : 0;
        if (dropped <= 0 || q.device_type != DeviceType.CPU) return F.scaled_dot_product_attention(q, k, v, bias, dropped);
        using DisposeScope scope = NewDisposeScope();
        Tensor scaled = q.Times(1 / Math.Sqrt(q.shape[^1])), turned = k.transpose(-2, -1);
        return cat([.. Enumerable.Range(0, (int)q.shape[0]).Select(Sample)]).MoveToOuterDisposeScope();

        Tensor Sample(int row)
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor scores = scaled.narrow(0, row, 1).matmul(turned.narrow(0, row, 1));
            if (bias is not null) scores = scores.Plus_(bias.narrow(0, bias.shape[0] == 1 ? 0 : row, 1));
            return scores.softmax(-1).Dropout(dropped, training: true).matmul(v.narrow(0, row, 1)).MoveToOuterDisposeScope();
        }
    }
}
