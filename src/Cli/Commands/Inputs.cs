namespace Das.Cli.Commands;

/// <summary>Arguments and options that several verbs take.</summary>
internal static class Inputs
{
    public static Argument<string> Recipe() => new("recipe") { Description = "A name from das recipes, or the path of a .json file" };

    public static Argument<string> Run() => new("run") { Description = "A run's id or the beginning of it, its name for the latest so called, or 'last'" };

    public static Argument<string[]> Runs() =>
        new("run") { Description = "Each a run's id or the beginning of it, its name for the latest so called, or 'last'", Arity = ArgumentArity.OneOrMore };

    public static Option<bool> Fresh() => new("--fresh") { Description = "Compute every stage anew instead of reusing finished ones" };

    public static Option<string[]> Set() => new("--set", "-s")
    {
        Description = "Override one value of the recipe; may be repeated",
        HelpName = "key=value",
        AllowMultipleArgumentsPerToken = false,
    };
}
