using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace Das.Tests;

/// <summary>Every project's folders have an order, and a folder uses only what stands before it, so there are no cycles between folders.</summary>
public partial class LayerTests
{
    /// <summary>
    /// Project → its folders, the lowest first; files that lie in no folder stand last, as <c>.</c>. A group in one entry would be a cycle.
    /// </summary>
    private static readonly Dictionary<string, string[]> orders = new()
    {
        ["Foundation"] = ["."],
        ["Shared"] = ["Recipes", "Contracts", "Artifacts", "Stages", "Bus"],
        ["Models"] = ["Layers", "Checkpoints", "Skipping", "Adapters", "Backbones", "Vision", "Bert", "Vilt", "Meter", "Decoders", "Generation", "Export", "."],
        ["Benchmarks"] =
        [
            "Text/Pieces", "Text/Unicode", "Text/Fast", "Text/Prompts", "Text",
            "Images/Formats", "Images", "Images/Augmentation", "Arrow", "Raw", "Scoring", "Tasks", "Catalog/Shapes", "Catalog",
        ],
        ["Training"] = ["Batches", "Objectives", "Optimization", "Hub", "Files", "Data", "Tasks", "."],
        ["Ingest"] = ["."],
        ["Search"] = ["."],
        ["Finetune"] = ["."],
        ["Evaluate"] = ["."],
        ["Reports"] = ["Evaluations", "Predictions", "Paired", "Tables", "Plots", "SideBySide", "Datasets", "."],
        ["Control"] = ["Registry", "Registry/Migrations", "Access", "Curves", "Progress", "Runs", "History", "Schedules", "Telemetry", "."],
        ["Site"] =
        [
            "Access", "Api", "Pages", "Pages/Charts", "Pages/Data", "Pages/Start", "Pages/Runs", "Pages/Compare", "Pages/Schedules", "Pages/Layout", ".",
        ],
        ["Cli"] = ["Checks", "Hosting", "Doctor", "Display", "Compare", "Suites", "Init", "Commands", "."],
    };

    private static readonly Lazy<Architecture> built = new(() =>
        new ArchLoader().LoadAssemblies([.. orders.Keys.Select(project => System.Reflection.Assembly.Load(project == "Cli" ? "das" : $"Das.{project}"))])
            .Build());

    public static TheoryData<string> Projects => [.. orders.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Every_folder_of_a_project_has_its_place(string project) =>
        Assert.Equal(orders[project].Order(), Sources(project).Select(file => FolderOf(project, file)).Distinct().Order());

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_folder_uses_only_what_stands_before_it(string project)
    {
        string[] upwards = [.. built.Value.Types.Where(type => Belongs(type, project)).SelectMany(type => type.Dependencies
            .Where(use => Belongs(use.Target, project) && Place(project, use.Target) > Place(project, type))
            .Select(use => $"{Folder(project, type)} → {Folder(project, use.Target)}: {type.Name} uses {use.Target.Name}")).Distinct().Order()];
        Assert.True(upwards.Length == 0, string.Join('\n', upwards));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void No_using_runs_back_up(string project)
    {
        foreach (string file in Sources(project))
        {
            int own = Array.IndexOf(orders[project], FolderOf(project, file));
            foreach (Match use in Using().Matches(File.ReadAllText(file))
                .Where(use => use.Groups[1].Value.StartsWith(Below(project))))
                Assert.False(Array.IndexOf(orders[project], FolderIn(project, use.Groups[1].Value)) > own, $"{file}: using {use.Groups[1].Value} runs back up");
        }
    }

    private static IEnumerable<string> Sources(string project) => Repository.Files(Path.Combine("src", project), "*.cs", "*.razor")
        .Where(file => Path.GetFileName(file) != "_Imports.razor");

    private static string FolderOf(string project, string file) =>
        Path.GetDirectoryName(Path.GetRelativePath(Path.Combine(Repository.Root, "src", project), file)) is { Length: > 0 } folder ? folder : ".";

    /// <summary>A type that the loader only heard of has no assembly.</summary>
    private static bool Belongs(IType type, string project) => type is { Assembly: not null, Namespace: not null }
        && type.Assembly.Name.Split(',')[0] == (project == "Cli" ? "das" : $"Das.{project}") && type.Namespace.FullName.StartsWith("Das");

    private static int Place(string project, IType type) => Array.IndexOf(orders[project], Folder(project, type));

    private static string Folder(string project, IType type) => FolderIn(project, type.Namespace.FullName);

    /// <summary>The folder of a namespace, which it follows: <c>Das.Models.Vilt</c>, and in Shared <c>Das.Recipes</c>.</summary>
    private static string FolderIn(string project, string name)
    {
        string below = Below(project);
        return name.StartsWith(below) ? name[below.Length..].Replace('.', '/') : ".";
    }

    private static string Below(string project) => project == "Shared" ? "Das." : $"Das.{project}.";

    [GeneratedRegex(@"^@?using (?:static )?(Das\.[\w.]+?);?\r?$", RegexOptions.Multiline)]
    private static partial Regex Using();
}
