namespace Das.Disturbances;

/// <summary>A recipe of seconds.</summary>
/// <param name="Name">Its name here.</param>
/// <param name="Base">A recipe of the repository.</param>
/// <param name="Sets">What makes it short.</param>
internal sealed record Tiny(string Name, string Base, string[] Sets)
{
    private static readonly string[] Short =
    [
        "device=cpu", """benchmark.options={"trainImages":600,"valImages":40,"testImages":100}""",
        "search.every=3", "search.rewardBatch=8",
        "search.epochs=0.1", "search.warmupEpochs=0.025", "search.optimization.batch=16", "search.optimization.microBatch=8", "finetune.epochs=0.1",
        "finetune.optimization.batch=16", "finetune.optimization.microBatch=8", "evaluate.timingRounds=0", "evaluate.batch=16",
    ];

    /// <summary>Every stage takes a second or so.</summary>
    public static readonly Tiny Shapes = new("shapes", "vilt/shapes", Short);

    /// <summary>Searching and fine-tuning take longer than the impatient broker waits.</summary>
    public static readonly Tiny Slow = new("slow", "vilt/shapes", [.. Short, "search.epochs=0.7", "finetune.epochs=0.8"]);

    /// <summary>The image tower is frozen, and what it says of each picture is kept.</summary>
    public static readonly Tiny Towers = new("towers", "meter-shapes/easy-vqa",
        [.. Short, "benchmark.name=shapes", "benchmark.source=null", "search.optimization.augment=false", "finetune.optimization.augment=false"]);

    /// <summary>It is evaluated in a fraction of a second.</summary>
    public static readonly Tiny Quick = new("quick", "vilt/shapes",
        [.. Short, """benchmark.options={"trainImages":600,"valImages":40,"testImages":10}"""]);

    /// <summary>What the API is asked for.</summary>
    /// <param name="name">The run's.</param>
    /// <param name="fresh">Nothing is reused.</param>
    public JsonObject Request(string name, bool fresh) => new()
    {
        ["recipe"] = Base, ["sets"] = new JsonArray([.. Sets.Select(set => JsonValue.Create(set))]), ["name"] = name, ["fresh"] = fresh,
    };
}
