namespace Das.Training.Optimization;

/// <summary>What is done to all gradients together.</summary>
public static class Gradients
{
    /// <summary>Added to the norm it divides by, as torch's <c>clip_grad_norm_</c> does.</summary>
    private const double Margin = 1e-6;

    /// <summary>Scales gradients down in place where their common Euclidean norm exceeds <paramref name="largest"/>.</summary>
    /// <param name="gradients">Those that exist.</param>
    /// <param name="largest">The largest norm allowed.</param>
    /// <returns>The norm before; 0 without gradients.</returns>
    /// <exception cref="InvalidOperationException">The norm is not finite.</exception>
    public static double Clip(IEnumerable<Tensor> gradients, double largest)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor[] all = [.. gradients];
        if (all.Length == 0) return 0;
        double norm = stack([.. all.Select(g => g.norm())]).norm().item<float>();
        if (!double.IsFinite(norm)) throw new DasException(ErrorKind.Training,
            $"The gradients' norm became {norm}. Lower the learning rate, or look at the data of "
            + "that step.");
        double factor = largest / (norm + Margin);
        if (factor >= 1) return norm;
        using Scalar scale = factor.ToScalar();
        foreach (Tensor gradient in all) gradient.mul_(scale);
        return norm;
    }
}
