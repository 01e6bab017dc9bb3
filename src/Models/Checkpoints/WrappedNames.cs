namespace Das.Models.Checkpoints;

/// <summary>Names of tensors without what training tools put around a module's own.</summary>
internal static class WrappedNames
{
    /// <summary>What <c>torch.compile</c> and FSDP insert for every module that they wrap, at any depth.</summary>
    private static readonly string[] Inserted = ["_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."];

    /// <summary>Prefix of all names of a model that was saved while wrapped for several GPUs, or by DeepSpeed.</summary>
    private const string Parallel = "module.";

    /// <summary>From a name as it is stored to the module's own, for the names of one file.</summary>
    public static Func<string, string> Unwrap(IReadOnlyCollection<string> stored)
    {
        int prefixes = stored.Count == 0 ? 0 : stored.Min(name => Prefixes(Bare(name)));
        return name => Bare(name)[(prefixes * Parallel.Length)..];
    }

    private static int Prefixes(string name)
    {
        int count = 0;
        while (name.AsSpan(count * Parallel.Length).StartsWith(Parallel)) count++;
        return count;
    }

    private static string Bare(string name)
    {
        foreach (string part in Inserted)
            for (int at = name.IndexOf(part, StringComparison.Ordinal); at >= 0; at = name.IndexOf(part, at, StringComparison.Ordinal))
                if (at == 0 || name[at - 1] == '.') name = name.Remove(at, part.Length);
                else at++;
        return name;
    }
}
