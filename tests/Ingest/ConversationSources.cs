namespace Das.Tests.Ingest;

/// <summary>Small raw files of questions about pictures.</summary>
internal static class ConversationSources
{
    /// <summary>A picture for every name of a list, the same one.</summary>
    public static void Draw(TemporaryFolder source, string folder, IEnumerable<string> names)
    {
        byte[] picture = ShapesBenchmark.Png(ShapesScene.At(0, 0));
        foreach (string path in names.Distinct().Select(name => source[$"{folder}/{name}"]))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, picture);
        }
    }

    private static JsonObject Said(int i, string answer, string type = "OPEN", string key = "conversations") => new()
    {
        ["id"] = $"{i}", ["image"] = $"p{i / 2}.png", ["answer_type"] = type,
        [key] = new JsonArray(new JsonObject { ["from"] = "human", ["value"] = $"<image>\nWhat is {i}?\nBriefly." },
            new JsonObject { ["from"] = "gpt", ["value"] = answer }),
    };

    /// <summary>Ten questions about five pictures to train on, four about two others to be tested on.</summary>
    public static TemporaryFolder Slake(Action<JsonArray>? change = null, Action<JsonArray>? changeTest = null)
    {
        TemporaryFolder source = new();
        JsonArray train = [.. Enumerable.Range(0, 10).Select(i => Said(i, i % 2 == 0 ? "a lung" : i == 1 ? "no" : "yes", i % 2 == 0 ? "OPEN" : "CLOSED", i == 3
            ? "conversatons" : "conversations"))];
        JsonArray test = [Said(10, "lung"), Said(11, "yes", "CLOSED"), Said(12, "the left lung"), Said(13, "no", "CLOSED")];
        change?.Invoke(train);
        changeTest?.Invoke(test);
        source.Write("train_llava_en.json", train.ToJsonString());
        source.Write("testval_llava_en.json", test.ToJsonString());
        Draw(source, "imgs", Enumerable.Range(0, 7).Select(i => $"p{i}.png"));
        return source;
    }
}
