using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Das.Training.Optimization;

/// <summary>
/// AdamW as transformers 4.6 has it (spec §2.6): epsilon joins sqrt(v) before the bias correction, decay follows the
/// update with the group's current learning rate, and a parameter without a gradient is left alone, its step count too.
/// </summary>
public sealed class HfAdamW : IDisposable
{
    private readonly double beta1, beta2, epsilon;
    private readonly List<Entry> entries = [];

    private sealed class Entry(string name, Parameter parameter, ParameterGroup group)
    {
        public readonly string Name = name;
        public readonly Parameter Parameter = parameter;
        public readonly ParameterGroup Group = group;
        public readonly Tensor First = zeros_like(parameter).DetachFromDisposeScope(), Second = zeros_like(parameter).DetachFromDisposeScope();
        public long Steps;
    }

    public HfAdamW(IEnumerable<ParameterGroup> groups, double beta1 = 0.9, double beta2 = 0.98, double epsilon = 1e-8)
    {
        (this.beta1, this.beta2, this.epsilon) = (beta1, beta2, epsilon);
        using (no_grad())
            foreach (ParameterGroup group in groups)
                entries.AddRange(group.Parameters.Select(p => new Entry(p.Name, p.Parameter, group)));
    }

    /// <summary>One update with every group's learning rate times <paramref name="factor"/>.</summary>
    public void Step(double factor)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        foreach (Entry e in entries)
        {
            if (e.Parameter.grad is not { } gradient) continue;
            e.Steps++;
            double rate = e.Group.LearningRate * factor;
            e.First.mul_(beta1).add_(gradient, alpha: 1 - beta1);
            e.Second.mul_(beta2).addcmul_(gradient, gradient, value: 1 - beta2);
            double step = rate * Math.Sqrt(1 - Math.Pow(beta2, e.Steps)) / (1 - Math.Pow(beta1, e.Steps));
            e.Parameter.addcdiv_(e.First, e.Second.sqrt().add_(epsilon), value: -step);
            if (e.Group.WeightDecay > 0) e.Parameter.add_(e.Parameter, alpha: -rate * e.Group.WeightDecay);
        }
    }

    /// <summary>Sets gradients to zero; they stay, so a parameter used once keeps moving by its momentum.</summary>
    public void ZeroGrad()
    {
        using var frozen = no_grad();
        foreach (Entry e in entries) e.Parameter.grad?.zero_();
    }

    /// <summary>Moments and step counts, by parameter name.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() => entries.Where(e => e.Steps > 0).SelectMany(e =>
        ((string, Tensor)[])[($"{e.Name}.first", e.First), ($"{e.Name}.second", e.Second)])
        .Append(("steps", tensor(entries.Select(e => e.Steps).ToArray())));

    /// <summary>Takes back what <see cref="State"/> gave.</summary>
    public void Restore(Func<string, Tensor> read)
    {
        using var frozen = no_grad();
        long[] steps = read("steps").data<long>().ToArray();
        foreach ((Entry e, long count) in entries.Zip(steps))
        {
            if (count == 0) continue;
            e.Steps = count;
            e.First.copy_(read($"{e.Name}.first"));
            e.Second.copy_(read($"{e.Name}.second"));
            e.Parameter.grad = zeros_like(e.Parameter).DetachFromDisposeScope();
        }
    }

    public void Dispose()
    {
        foreach (Entry e in entries)
        {
            e.First.Dispose();
            e.Second.Dispose();
        }
    }
}
