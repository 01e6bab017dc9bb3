namespace Das.Tests;

public partial class ArchitectureTests
{
    private static readonly string[] code = ["src", "tests", "bench"];
    private static readonly string[] computing = ["Search", "Finetune", "Evaluate"];
    private static readonly string[] stages = ["Ingest", .. computing];

    private static readonly Dictionary<string, string[]> allowedReferences = new()
    {
        ["Foundation"] = [],
        ["Shared"] = ["Foundation", "Benchmarks"],
        ["Models"] = ["Foundation"],
        ["Benchmarks"] = ["Foundation"],
        ["Training"] = ["Models", "Benchmarks", "Shared"],
        ["Ingest"] = ["Shared", "Benchmarks"],
        ["Search"] = ["Shared", "Training"],
        ["Finetune"] = ["Shared", "Training"],
        ["Evaluate"] = ["Shared", "Training"],
        ["Reports"] = ["Shared", "Benchmarks"],
        ["Control"] = ["Shared", "Reports"],
        ["Site"] = ["Shared", "Benchmarks", "Reports", "Control"],
        ["Cli"] = ["Shared", "Models", "Benchmarks", "Training", "Reports", "Control", "Site", .. stages],
    };

    /// <summary>Who may ask for a package, or use its namespace: packages flow on to whoever references their users.</summary>
    private static readonly (string Library, string[] Projects)[] allowedPackages =
    [
        ("MassTransit", ["Shared", "Control"]),
        ("TorchSharp", ["Models", "Training", .. computing]),
        ("Microsoft.EntityFrameworkCore", ["Control"]),
        ("Hangfire", ["Control"]),
        ("MudBlazor", ["Site"]),
        ("OpenTelemetry", ["Control", "Site"]),
        ("Polly", ["Training", "Control"]),
        ("ScottPlot", ["Reports", "Cli"]),
        ("Spectre.Console", ["Cli"]),
        ("System.CommandLine", ["Cli"]),
    ];

    /// <summary>Files that use a library outside its projects, each for a reason.</summary>
    private static readonly Dictionary<string, string> exceptions = new()
    {
        ["src/Cli/Doctor/TorchChecks.cs"] = "TorchSharp", // das doctor says whether libtorch loads.
        ["src/Cli/Hosting/PipelineHost.cs"] = "MassTransit", // The composition root: which modules are on which process's bus.
    };

    private static string Source => Repository.PathOf("src");

    public static TheoryData<string> Projects => [.. Directory.EnumerateDirectories(Source).Select(folder => Path.GetFileName(folder))];

    [Fact]
    public void The_projects_are_those_of_the_design() =>
        Assert.Equal(allowedReferences.Keys.Order(), Directory.EnumerateDirectories(Source).Select(Path.GetFileName).Order());

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_design_allows(string project)
    {
        var references = Items(project, "ProjectReference")
            .Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')).Replace("Das.", ""));
        Assert.Empty(references.Except(allowedReferences[project]));
    }

    [Fact]
    public void The_foundation_stands_on_no_package() => Assert.Empty(Items("Foundation", "PackageReference"));

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_asks_only_for_the_packages_that_the_design_allows_it(string project)
    {
        foreach (string package in Items(project, "PackageReference"))
            foreach (var (library, projects) in allowedPackages)
                Assert.False(BelongsTo(package, library) && !projects.Contains(project), $"{project} asks for {package}");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_uses_only_the_libraries_that_the_design_allows_it(string project)
    {
        foreach (string file in SourceFiles(Path.Combine("src", project)))
        {
            string code = Comment().Replace(File.ReadAllText(file), "");
            string path = Path.GetRelativePath(Repository.Root, file).Replace('\\', '/');
            foreach (var (library, projects) in allowedPackages)
            {
                if (projects.Contains(project) || exceptions.GetValueOrDefault(path) == library) continue;
                Assert.False(Regex.IsMatch(code, $@"\b{Regex.Escape(library)}\."), $"{path} uses {library}");
                Assert.False(Regex.IsMatch(code, $@"\busing (static )?{Regex.Escape(library)}\b"), $"{path} uses {library}");
            }
        }
    }

    [Fact]
    public void No_type_is_called_a_helper_of_anything()
    {
        foreach (string file in code.SelectMany(SourceFiles))
            Assert.False(VagueType().IsMatch(Comment().Replace(File.ReadAllText(file), "")), $"{file} has a type whose name says nothing");
    }

    [Fact]
    public void Every_package_version_is_central()
    {
        var central = XDocument.Load(Repository.PathOf("Directory.Packages.props")).Descendants("PackageVersion").ToList();
        Assert.All(central, package => Assert.NotNull(package.Attribute("Version")));
        foreach (string file in ProjectFiles())
            foreach (var reference in XDocument.Load(file).Descendants("PackageReference"))
            {
                Assert.True(reference.Attribute("Version") is null && reference.Attribute("VersionOverride") is null && reference.Element("Version") is null,
                    $"{file}: {reference}");
                Assert.Contains((string?)reference.Attribute("Include"), central.Select(package => (string?)package.Attribute("Include")));
            }
    }

    [Fact]
    public void MassTransit_stays_below_the_version_that_needs_a_licence() =>
        Assert.EndsWith(",9.0.0)", (string?)XDocument.Load(Repository.PathOf("Directory.Packages.props")).Descendants("PackageVersion")
            .Single(package => (string?)package.Attribute("Include") == "MassTransit.RabbitMQ").Attribute("Version"));

    [Fact]
    public void A_file_has_at_most_400_lines_of_at_most_160_characters()
    {
        foreach (string file in code.SelectMany(SourceFiles).Where(file => !file.Contains("Migrations")))
        {
            string[] lines = File.ReadAllLines(file);
            Assert.True(lines.Length <= 400, $"{file} has {lines.Length} lines");
            int wide = Array.FindIndex(lines, line => line.Length > 160);
            Assert.True(wide < 0, $"{file}:{wide + 1} is wider than 160 characters");
        }
    }

    private static IEnumerable<string> Items(string project, string item) =>
        XDocument.Load(Path.Combine(Source, project, $"Das.{project}.csproj")).Descendants(item).Select(element => (string)element.Attribute("Include")!);

    private static bool BelongsTo(string package, string library) =>
        package == library || package.StartsWith(library + ".") || package.StartsWith(library + "-");

    private static IEnumerable<string> ProjectFiles() =>
        code.SelectMany(folder => Repository.Files(folder, "*.csproj"))
            .Append(Repository.PathOf("Directory.Build.props"))
            .Append(Repository.PathOf("Directory.Build.targets"));

    private static IEnumerable<string> SourceFiles(string folder) => Repository.Files(folder, "*.cs");

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(class|record|struct|interface|enum)\s+(struct\s+|class\s+)?\w*(Utils?|Helpers?|Common|Managers?)\b")]
    private static partial Regex VagueType();
}
