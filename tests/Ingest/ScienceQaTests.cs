namespace Das.Tests.Ingest;

public sealed class ScienceQaTests : FolderTest
{
    private static string Data => Repository.DataOf("scienceqa");

    private static readonly string[] Splits = ["train", "val", "test"];

    private static Task<DatasetManifest> Write(string source, TemporaryFolder folder, JsonObject? options = null, string onBadInput = "stop") =>
        Ingested.Write("scienceqa", source, folder, options, onBadInput);

    private static JsonObject Problem(int i, string? image = null) => new()
    {
        ["question"] = $"What is {i}?", ["choices"] = new JsonArray("one", "two", "three"), ["answer"] = i % 3, ["hint"] = i == 2 ? "a hint" : "",
            ["image"] = image,
        ["grade"] = "grade4", ["subject"] = "natural science", ["lecture"] = "line\nline", ["solution"] = "",
    };

    /// <summary>Three problems in three splits: the first with a picture where the published set has it, the second where subsets have it.</summary>
    private static TemporaryFolder Source(Action<JsonObject>? change = null)
    {
        TemporaryFolder source = new();
        JsonObject problems = new() { ["1"] = Problem(1, "image.png"), ["2"] = Problem(2, "val/2.png"), ["3"] = Problem(3) };
        change?.Invoke(problems);
        source.Write("problems.json", problems.ToJsonString());
        source.Write("pid_splits.json", """{"train":["1"],"val":["2"],"test":["3"],"minival":["2"]}""");
        source.Write("captions.json", """{"captions":{"1":"a shape"}}""");
        source.Write("images/train/1/image.png", ShapesBenchmark.Png(ShapesScene.At(0, 0)));
        source.Write("images/val/2.png", ShapesBenchmark.Png(ShapesScene.At(0, 1)));
        return source;
    }

    /// <summary>Three problems to train on, of which the outer ones are about the same picture, one held out, two to be tested on.</summary>
    internal static TemporaryFolder Mixed(int test)
    {
        TemporaryFolder source = new();
        JsonObject problems = [];
        foreach (int i in Enumerable.Range(1, 4 + test)) problems[$"{i}"] = Problem(i, i % 2 == 1 ? "p.png" : null);
        source.Write("problems.json", problems.ToJsonString());
        source.Write("pid_splits.json",
            new JsonObject { ["train"] = new JsonArray("1", "2", "3"), ["val"] = new JsonArray("4"),
                ["test"] = new JsonArray([.. Enumerable.Range(5, test).Select(i => (JsonNode)$"{i}")]) }.ToJsonString());
        source.Write("images/p.png", ShapesBenchmark.Png(ShapesScene.At(0, 0)));
        return source;
    }

    [Fact]
    [Trait("Needs", "shared-data")]
    public async Task The_published_subset_is_ingested_whole()
    {
        DatasetManifest manifest = await Write(Data, folder);
        Assert.Equal(0, manifest.BadInputs);
        LanguageSample[][] splits = [.. Splits.Select(s => manifest.Samples(s))];
        Assert.Equal([1041, 680, 1194], splits.Select(s => s.Length));
        Assert.Equal([521, 500, 1000], splits.Select(s => s.Count(p => p.HasImage)));
        Assert.Equal(2915, splits.SelectMany(s => s).Select(s => s.Id).Distinct().Count());
        Assert.All(splits[2], s => Assert.True(BenchmarkCatalog.Get("scienceqa") is LanguageBenchmark b && b.Judge(s, s.Target).Right, s.Target));
        using LanguageTable train = TaskKinds.Language.Open(manifest, "train"), test = TaskKinds.Language.Open(manifest, "test");
        Assert.Equal(0.37, test.Chance(), 2);
        Assert.InRange(test.Always(train.Majority().Answer).Mean, 0.3, 0.5);
        var columns = ((LanguageBenchmark)BenchmarkCatalog.Get("scienceqa")).Breakdown(splits[2].Select(s => (s, new Judgement(s.Expected, true, true))));
        Assert.Equal((9, 1194, 1000), (columns.Count, columns[^1].Score.Count, columns[4].Score.Count));
    }

    [Fact]
    public async Task Pictures_are_found_where_either_layout_has_them_and_facts_say_what_a_problem_is()
    {
        using TemporaryFolder source = Source(), captioned = new();
        DatasetManifest manifest = await Write(source.Path, folder);
        LanguageSample[] all = [.. Splits.SelectMany(s => manifest.Samples(s))];
        Assert.Equal([true, true, false], all.Select(s => s.HasImage));
        Assert.True(ImageDecoder.DecodeRgb(all[1].Image.Span).Width > 0);
        Assert.Equal("Question: What is 1?\nContext: N/A\nOptions: (A) one (B) two (C) three\nResponse:", all[0].Prompt);
        Assert.Equal(("The answer is B. BECAUSE: line\\nline", "B", all[0].Prompt), (all[0].Target, all[0].Expected, all[0].Query));
        Assert.Equal(["The answer is A.", "The answer is B.", "The answer is C."], all[0].Choices);
        Assert.Equal("natural science grade4 yes yes", string.Join(' ', all[1].Facts.Values));

        manifest = await Write(source.Path, captioned, new() { ["useCaption"] = true, ["promptFormat"] = "CQM-A" });
        Assert.Equal(("Context: a shape\nQuestion: What is 1?\nOptions: (A) one (B) two (C) three\nResponse:", "The answer is B."),
            (manifest.Samples("train")[0].Prompt, manifest.Samples("train")[0].Target));
        await Refuses.DataAsync("prompt format 'QCM-AX'", () => Write(source.Path, captioned, new() { ["promptFormat"] = "QCM-AX" }));
    }

    [Fact]
    public async Task Unusable_problems_are_named_by_their_id()
    {
        using TemporaryFolder source = Source(problems =>
        {
            problems["1"]!["image"] = "other.png";
            problems["2"]!["answer"] = 3;
            problems.Remove("3");
            foreach (int i in new[] { 4, 5, 6 }) problems[$"{i}"] = Problem(i);
        }), folder = new();
        source.Write("pid_splits.json", """{"train":["1","4"],"val":["2",5],"test":["3","6"]}""");
        DatasetManifest manifest = await Write(source.Path, folder, onBadInput: "skip");
        Assert.Equal(3, manifest.BadInputs);
        Assert.Contains("problems.json problem 1", manifest.FirstBadInputs[0].Input);
        Assert.Contains("no picture images/train/1/other.png", manifest.FirstBadInputs[0].Reason);
        Assert.Contains("must be 0 to 2", manifest.FirstBadInputs[1].Reason);
        Assert.Contains("lists it in test, and it is not there", manifest.FirstBadInputs[2].Reason);

        source.Write("problems.json", "{\"1\": {");
        await Refuses.DataAsync("problems.json:1:8: not valid JSON", () => Write(source.Path, folder));
        source.Write("problems.json", "[]");
        await Refuses.DataAsync("is no JSON object", () => Write(source.Path, folder));
        File.Delete(source["pid_splits.json"]);
        await Refuses.DataAsync("is no JSON object", () => Write(source.Path, folder));
    }
}
