namespace Das.Tests.Deployment;

/// <summary>What code, recipes and docs cite of the method (<c>method §2.6</c>, <c>§8 B3</c>) stands in <c>docs/method.md</c>.</summary>
public sealed partial class CitationTests
{
    private static readonly string[] folders = ["src", "tests", "bench", "docs", "recipes", "README.md", "CONTRIBUTING.md"];
    private static readonly string[] forms = [".cs", ".csproj", ".razor", ".js", ".md", ".json"];
    private static readonly string method = Read("docs/method.md");

    /// <summary>Anchor of a section or defect → the section that it stands in; a section stands in itself.</summary>
    private static readonly Dictionary<string, string> anchors = Anchors();

    public static TheoryData<string> CitingFiles => [.. Files().Where(file => Citations(Read(file)).Any())];

    [Theory]
    [MemberData(nameof(CitingFiles))]
    public void What_a_file_cites_of_the_method_is_there(string file) => Assert.DoesNotContain(Citations(Read(file)), cited => !Exists(cited));

    [Fact]
    public void Every_heading_of_the_method_has_its_number_as_its_anchor()
    {
        Assert.NotEmpty(CitingFiles);
        Assert.All(Heading().Matches(method), heading => Assert.Matches("""^##+ <a id="([^"]+)"></a>\1\.? """, heading.Value));
        Assert.Equal(Anchor().Count(method), anchors.Count);
    }

    [Fact]
    public void Every_defect_that_we_differ_in_is_told_by_the_method() =>
        Assert.DoesNotContain(Defect().Matches(Read("docs/differences.md")), defect => !anchors.ContainsKey(defect.Value));

    [Fact]
    public void A_citation_of_a_section_that_is_missing_is_found()
    {
        string[] cited = ["2.6", "8 B3", "8.2 B14", "1.3", "1.5", "8 B2", "8 B4", "A", "9.7"];
        Assert.Equal(cited, Citations("method §2.6, §8 B3 and §8.2 B14 (ViLT §3.2); §1.3-1.5, §8 B2-B4, method\n/// appendix A, method.md#9.7"));
        Assert.All(cited, c => Assert.True(Exists(c), c));
        Assert.All(["2.9", "8 B31", "8.1 B14", "2 B3", "C"], c => Assert.False(Exists(c), c));
    }

    /// <summary>Sections, and sections with a defect, in the form <c>8 B3</c>. A section of somebody else's paper is none.</summary>
    private static IEnumerable<string> Citations(string text)
    {
        foreach (Match found in Citation().Matches(Break().Replace(text, " ")))
        {
            string section = found.Groups["section"].Value;
            if (!found.Groups["defect"].Success) yield return section;
            foreach (Capture until in found.Groups["until"].Captures) yield return until.Value;
            foreach (Capture defect in found.Groups["defect"].Captures) yield return $"{section} {defect.Value}";
        }
    }

    private static bool Exists(string cited) => cited.Split(' ') is [var section, .. var defect] && anchors.ContainsKey(section)
        && (defect is [] || (anchors.TryGetValue(defect[0], out string? place) && $"{place}.".StartsWith($"{section}.")));

    private static Dictionary<string, string> Anchors()
    {
        Dictionary<string, string> found = [];
        string section = "";
        foreach (Match anchor in Anchor().Matches(method)) found.Add(anchor.Groups["id"].Value, anchor.Groups["heading"].Success
            ? section = anchor.Groups["id"].Value : section);
        return found;
    }

    private static IEnumerable<string> Files() => folders.Select(name => Repository.PathOf(name))
        .SelectMany(path => File.Exists(path) ? [path] : Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories))
        .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
        .Where(path => forms.Contains(Path.GetExtension(path)) && !path.Split('/').Any(part => part is "bin" or "obj" or "fixtures"))
        .Order(StringComparer.Ordinal);

    private static string Read(string file) => File.ReadAllText(Repository.PathOf(file));

    [GeneratedRegex("""
        (?<!ViLT\ |1935,\ )§(?<section>\d+(\.\d+)?)(-(?<until>\d+(\.\d+)?))?(\ (?<defect>B\d+[a-z]?)(-(?<defect>B\d+[a-z]?))?)?
        |method,?\ appendix\ (?<section>[A-Z])|method\.md\#(?<section>[\w.]*\w)|\]\(\#(?<section>[\w.]+)\)
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Citation();

    /// <summary>The end of a line and the start of a comment's next one.</summary>
    [GeneratedRegex(@"\s*\n\s*(//+\s*)?")]
    private static partial Regex Break();

    [GeneratedRegex("^##.*$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("""(?<heading>^##+ )?<a id="(?<id>[^"]+)"></a>""", RegexOptions.Multiline)]
    private static partial Regex Anchor();

    [GeneratedRegex(@"\bB[1-9]\d?[a-z]?\b")]
    private static partial Regex Defect();
}
