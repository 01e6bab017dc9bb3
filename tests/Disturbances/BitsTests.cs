using Das.Disturbances;

namespace Das.Tests.Disturbances;

/// <summary>How <c>bench/faults</c> tells a right run from a wrong one.</summary>
public sealed class BitsTests : FolderTest
{
    [Fact]
    public void Two_runs_are_equal_whatever_they_took_and_differ_in_every_bit_fact_and_number()
    {
        SortedDictionary<string, string> one = Of("one", "predictions", 1, 0.5);
        Assert.Empty(Bits.Different(one, Of("two", "predictions", 2, 0.5)));
        Assert.Equal(["evaluate/predictions.jsonl"], Bits.Different(one, Of("three", "prediction!", 1, 0.5)));
        Assert.Equal(["metric accuracy"], Bits.Different(one, Of("four", "predictions", 1, 0.6)));
    }

    [Fact]
    public void A_file_that_is_not_what_its_result_says_equals_nothing()
    {
        SortedDictionary<string, string> right = Of("right", "predictions", 1, 0.5);
        Of("wrong", "predictions", 1, 0.5);
        folder.Write("artifacts/evaluate/wrong/predictions.jsonl", "predictionz");
        Assert.Equal(["evaluate/predictions.jsonl"], Bits.Different(right, Read("wrong", 0.5)));
        folder.Write("artifacts/evaluate/wrong/result.json", "{");
        Assert.Contains("evaluate/result.json", Bits.Different(right, Read("wrong", 0.5)));
    }

    /// <summary>The bits of a run with one stage, in a folder of its own.</summary>
    private SortedDictionary<string, string> Of(string key, string predictions, int seconds, double accuracy)
    {
        string at = $"artifacts/evaluate/{key}";
        folder.Write($"{at}/predictions.jsonl", predictions);
        folder.Write($"{at}/report.json", $$"""{"queries":1, "timing": {"seconds":{{seconds}}} }""");
        JsonObject files = [];
        foreach (string name in new[] { "predictions.jsonl", "report.json" })
            files[name] = new JsonObject { ["sha256"] = Digest.Of(File.ReadAllBytes(folder[$"{at}/{name}"])) };
        folder.Write($"{at}/result.json", new JsonObject { ["files"] = files, ["facts"] = new JsonObject() }.ToJsonString());
        return Read(key, accuracy);
    }

    private SortedDictionary<string, string> Read(string key, double accuracy) => Bits.Of(new JsonObject
    {
        ["metrics"] = new JsonObject { ["accuracy"] = accuracy },
        ["artifacts"] = new JsonObject { ["evaluate"] = new JsonObject { ["uri"] = $"evaluate/{key}/result.json" } },
    }, folder["artifacts"]);
}
