namespace Das.Training.Optimization;

/// <summary>Where Adam with decoupled weight decay puts its epsilon and when it decays: two libraries differ.</summary>
public enum AdamForm
{
    /// <summary>transformers 4's (ViLT, METER): epsilon is added to the root of the second moment before its bias is corrected, and decay follows the
    /// update.</summary>
    Transformers,

    /// <summary>torch's (LaVIN, LLaVA): epsilon is added to the corrected root, and decay precedes the update.</summary>
    Torch,
}

/// <summary>
/// AdamW. A parameter that never had a gradient is passed over, decay and step count too; one that had keeps moving, for
/// gradients are zeroed and not dropped.
/// </summary>
/// <param name="groups">Parameters with their learning rates and decays.</param>
/// <param name="beta1">Decay of the first moment.</param>
/// <param name="beta2">Decay of the second moment; published for ViLT and METER 0.98, LaVIN 0.95, LLaVA 0.999.</param>
/// <param name="epsilon">Keeps the division finite.</param>
/// <param name="form">Whose arithmetic.</param>
/// <param name="clip">Largest norm of all gradients together; null for any.</param>
public sealed class DecoupledAdam(IReadOnlyList<ParameterGroup> groups, double beta1 = 0.9, double beta2 = 0.98, double epsilon = 1e-8,
    AdamForm form = AdamForm.Transformers, double? clip = null) : IDisposable
{
    private const string FirstPrefix = "exp_avg/", SecondPrefix = "exp_avg_sq/", StepPrefix = "step/";

    private readonly Slot[] slots = [.. groups.SelectMany(g => g.Parameters.Select(p => new Slot(p.Name, p.Value, g.LearningRate, g.WeightDecay)))];

    public IReadOnlyList<ParameterGroup> Groups => groups;

    /// <summary>Moves every parameter that has a gradient.</summary>
    /// <param name="multiplier">The schedule's, applied to every group's learning rate.</param>
    /// <exception cref="InvalidOperationException">Gradients are to be clipped and their norm is not finite.</exception>
    public void Step(double multiplier = 1)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        if (clip is { } largest) Gradients.Clip(slots.Select(s => s.Value.grad).OfType<Tensor>(), largest);
        using Scalar keepFirst = beta1.ToScalar(), addFirst = (1 - beta1).ToScalar(), keepSecond = beta2.ToScalar(),
            addSecond = (1 - beta2).ToScalar(), eps = epsilon.ToScalar();
        foreach (Slot slot in slots)
        {
            if (slot.Value.grad is not { } gradient) continue;
            slot.Start();
            slot.Steps++;
            double rate = slot.LearningRate * multiplier, firstShare = 1 - Math.Pow(beta1, slot.Steps), secondShare = 1 - Math.Pow(beta2, slot.Steps);
            if (form == AdamForm.Torch) slot.Decay(rate);
            slot.First!.mul_(keepFirst).add_(gradient, addFirst);
            slot.Second!.mul_(keepSecond).addcmul_(gradient, gradient, addSecond);

            if (form == AdamForm.Torch)
            {
                using Scalar correction = Math.Sqrt(secondShare).ToScalar(), size = (-rate / firstShare).ToScalar();
                slot.Value.addcdiv_(slot.First, slot.Second.sqrt().div_(correction).add_(eps, Scalars.One), size);
            }
            else
            {
                using Scalar size = (-rate * Math.Sqrt(secondShare) / firstShare).ToScalar();
                slot.Value.addcdiv_(slot.First, slot.Second.sqrt().add_(eps, Scalars.One), size);
                slot.Decay(rate);
            }
        }
    }

    /// <summary>Sets every gradient there is to zero.</summary>
    public void ZeroGradients()
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach (Slot slot in slots) slot.Value.grad?.zero_();
    }

    /// <summary>All that a later <see cref="LoadState"/> needs to go on bit for bit, between two optimizer steps.</summary>
    /// <returns>Moments and step counts by name; the moments are the optimizer's own tensors, not copies.</returns>
    public IReadOnlyDictionary<string, Tensor> State()
    {
        Dictionary<string, Tensor> state = [];
        foreach (Slot slot in slots.Where(s => s.Steps > 0))
        {
            state[FirstPrefix + slot.Name] = slot.First!;
            state[SecondPrefix + slot.Name] = slot.Second!;
            state[StepPrefix + slot.Name] = tensor(slot.Steps);
        }
        return state;
    }

    /// <summary>Takes over a saved state; what it does not name starts afresh.</summary>
    /// <exception cref="DasException">The state names a parameter that is not optimized, lacks a part, or has another shape.</exception>
    public void LoadState(IReadOnlyDictionary<string, Tensor> state)
    {
        using IDisposable frozen = no_grad();
        HashSet<string> unread = [.. state.Keys];
        foreach (Slot slot in slots)
        {
            if (!state.TryGetValue(StepPrefix + slot.Name, out Tensor? steps)) continue;
            slot.Start();
            slot.Steps = steps.to(ScalarType.Int64).item<long>();
            Copy(FirstPrefix + slot.Name, slot.First!);
            Copy(SecondPrefix + slot.Name, slot.Second!);
            unread.Remove(StepPrefix + slot.Name);
            if (slot.Value.grad is null) slot.Value.grad = zeros_like(slot.Value).DetachFromDisposeScope();
        }
        if (unread.Count > 0) throw new DasException(ErrorKind.Data, $"The optimizer's state names '{unread.Order().First()}', which is not being optimized.");

        void Copy(string name, Tensor target)
        {
            if (!state.TryGetValue(name, out Tensor? source)) throw new DasException(ErrorKind.Data, $"The optimizer's state lacks '{name}'.");
            if (!source.shape.AsSpan().SequenceEqual(target.shape))
                throw new DasException(ErrorKind.Data, string.Create(CultureInfo.InvariantCulture,
                    $"'{name}' has shape ({string.Join(", ", source.shape)}), not ({string.Join(", ", target.shape)})."));
            target.copy_(source);
            unread.Remove(name);
        }
    }

    public void Dispose()
    {
        foreach (Slot slot in slots) slot.Dispose();
    }

    private sealed class Slot(string name, Parameter value, double learningRate, double weightDecay) : IDisposable
    {
        public string Name => name;
        public Parameter Value => value;
        public double LearningRate => learningRate;
        public long Steps { get; set; }
        public Tensor? First { get; private set; }
        public Tensor? Second { get; private set; }

        public void Start()
        {
            First ??= zeros_like(value).DetachFromDisposeScope();
            Second ??= zeros_like(value).DetachFromDisposeScope();
        }

        public void Decay(double rate)
        {
            if (weightDecay == 0 || rate == 0) return;
            using Scalar shrink = (1 - (rate * weightDecay)).ToScalar();
            value.mul_(shrink);
        }

        public void Dispose()
        {
            First?.Dispose();
            Second?.Dispose();
        }
    }
}
