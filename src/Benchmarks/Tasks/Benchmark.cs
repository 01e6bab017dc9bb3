namespace Das.Benchmarks.Tasks;

/// <summary>A task's data as published: where rows come from, which splits they make, how answers are scored.</summary>
public abstract class Benchmark
{
    /// <summary>What recipes call it.</summary>
    public abstract string Name { get; }

    /// <summary>Raised when the same raw files give other rows.</summary>
    public abstract int Version { get; }

    /// <summary>What its samples ask of a model.</summary>
    public abstract TaskKind Task { get; }

    /// <summary>One sentence.</summary>
    public abstract string Description { get; }

    /// <summary>False for a benchmark that generates its pictures.</summary>
    public virtual bool NeedsSource => true;

    /// <summary>Split → tables: <c>train</c>, <c>val</c> (held out: the search's reward), <c>test</c>, and what else is published.</summary>
    public abstract IReadOnlyDictionary<string, string[]> Splits { get; }

    /// <summary>The record of what a recipe may say under <c>benchmark.options</c>; its docstrings say meaning, unit and source.</summary>
    public virtual Type OptionsType => typeof(NoOptions);

    /// <summary>
    /// Reads what is small (questions, answers) and says which rows are to be written. Pictures are read later, row by row. Unusable questions go
    /// to <paramref name="bad"/>.
    /// </summary>
    /// <param name="source">Folder or zip of the raw files.</param>
    /// <param name="options">The recipe's values that only this benchmark knows.</param>
    /// <param name="bad">Where unusable inputs are reported; it throws if the recipe says so.</param>
    /// <param name="cancel">Ends reading.</param>
    /// <exception cref="DasException">A raw file is missing, or an option unknown; the message names it.</exception>
    public abstract RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default);

    /// <summary>What is wrong with options that stand at <paramref name="path"/>: unknown or missing keys, wrong types, values out of range.</summary>
    public IEnumerable<Flaw> Flaws(JsonObject? options, string path) => ValueRules.Flaws(options ?? [], OptionsType, path);

    /// <summary>The recipe's options, with defaults for what it does not say.</summary>
    /// <exception cref="DasException">They have a flaw.</exception>
    protected TOptions Read<TOptions>(JsonObject? options) where TOptions : class => Flaws(options, "benchmark.options").FirstOrDefault() is { } flaw
        ? throw new DasException(ErrorKind.Recipe, $"Benchmark {Name}: {flaw.Sentence}")
        : (options ?? []).Deserialize<TOptions>(StrictJson.Options)!;
}
