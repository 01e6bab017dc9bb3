namespace Das.Models.Checkpoints;

/// <summary>Puts a weight file's tensors into a model.</summary>
public static class CheckpointLoader
{
    /// <summary>Names listed after the first in an error.</summary>
    private const int MoreNames = 5;

    /// <summary>
    /// Copies every tensor the model has a parameter or persistent buffer for, converted to that one's element type and
    /// device. All names and shapes are compared first, so a model is changed only by a file that fits. Tensors the
    /// model does not have are not read, and one is held at a time.
    /// </summary>
    /// <exception cref="DasException">A name is missing or left over that the rules do not allow, or a shape differs.</exception>
    public static LoadResult LoadInto(nn.Module module, Checkpoint checkpoint, LoadRules rules)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        Dictionary<string, Tensor> parameters = module.state_dict();
        Dictionary<string, Tensor> derived = rules.Derived
            .Where(d => parameters.ContainsKey(d.Name) && checkpoint.Contains(d.Source) && (d.Source == d.Name || !checkpoint.Contains(d.Name)))
            .ToDictionary(d => d.Name, d => Derive(d, checkpoint));
        HashSet<string> sources = [.. rules.Derived.Where(d => derived.ContainsKey(d.Name)).Select(d => d.Source)];
        string[] missing = [.. parameters.Keys.Where(name => !checkpoint.Contains(name) && !derived.ContainsKey(name))];
        string[] ignored = [.. checkpoint.Names.Where(name => !parameters.ContainsKey(name) && !sources.Contains(name))];
        Check(module, checkpoint, rules, parameters, derived, missing, ignored);

        foreach ((string name, Tensor parameter) in parameters)
        {
            if (derived.TryGetValue(name, out Tensor? value)) parameter.copy_(value);
            else if (checkpoint.Contains(name))
            {
                if (!rules.Encoded.TryGetValue(name, out Action<Tensor>? encode))
                {
                    checkpoint.CopyTo(name, parameter);
                    continue;
                }
                using Tensor stored = checkpoint.Read(name);
                encode(stored);
            }
        }
        return new(missing, ignored);
    }

    private static Tensor Derive(DerivedParameter parameter, Checkpoint checkpoint)
    {
        using Tensor stored = checkpoint.Read(parameter.Source);
        return parameter.Make(stored);
    }

    private static void Check(nn.Module module, Checkpoint checkpoint, LoadRules rules, Dictionary<string, Tensor> parameters,
        Dictionary<string, Tensor> derived, string[] missing, string[] ignored)
    {
        IReadOnlyList<long> Given(string name) => derived.TryGetValue(name, out Tensor? value) ? value.shape : checkpoint.Shape(name);
        if (missing.Select(checkpoint.Refusal).FirstOrDefault(r => r is not null) is { } refusal) throw new DasException(ErrorKind.Checkpoint, refusal);

        string[] misshaped = [.. parameters.Where(p => (derived.ContainsKey(p.Key) || checkpoint.Contains(p.Key)) && !p.Value.shape.SequenceEqual(Given(p.Key)))
            .Select(p => p.Key)];
        string[] lacking = [.. missing.Where(name => !rules.AllowsMissing(name))];
        string[] unexpected = [.. ignored.Where(name => !rules.AllowsIgnored(name))];
        int wrong = misshaped.Length + lacking.Length + unexpected.Length;
        if (wrong == 0) return;

        IEnumerable<string> problems = misshaped.Select(Misshaped).Concat(lacking.Select(Missing)).Concat(unexpected.Select(Unexpected));
        string[] named = [.. problems.Take(1 + MoreNames)];
        string rest = wrong > named.Length ? $"; and {wrong - named.Length} more" : "";
        throw new DasException(ErrorKind.Checkpoint,
            $"'{checkpoint.Path}' does not fit {module.GetName()} ({misshaped.Length} of another shape, {lacking.Length} missing, {unexpected.Length} "
                + $"unexpected): {string.Join("; ", named)}{rest}. "
            + "Give the weight file of this backbone and configuration, or allow these names in its load rules.");

        string Misshaped(string name) => $"'{name}' has shape {TensorMemory.Text(Given(name))} where {TensorMemory.Text(parameters[name].shape)} is expected";
        string Missing(string name) => $"'{name}' of shape {TensorMemory.Text(parameters[name].shape)} is missing{Near(name, checkpoint.Names, "the file")}";
        string Unexpected(string name) => $"'{name}' of shape {TensorMemory.Text(checkpoint.Shape(name))} is unexpected"
            + Near(name, parameters.Keys, "the model");
        static string Near(string name, IEnumerable<string> existing, string where) =>
            Nearest.To(name, existing) is { } near ? $" (nearest in {where}: '{near}')" : "";
    }
}
