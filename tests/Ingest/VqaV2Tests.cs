namespace Das.Tests.Ingest;

public sealed class VqaV2Tests
{
    private static Task<DatasetManifest> Write(TemporaryFolder source, TemporaryFolder folder, string onBadInput = "stop", int seed = 0) =>
        Ingested.Write("vqav2", source.Path, folder, new() { ["restVal"] = 4, ["seed"] = seed }, onBadInput);

    [Fact]
    public async Task Val_is_cut_into_training_and_reward_rows_and_there_is_no_test_without_its_files()
    {
        using TemporaryFolder source = Source(), folder = new();
        DatasetManifest manifest = await Write(source, folder);
        Assert.Equal(["red", "2"], manifest.Answers);
        Assert.Equal(["all_val", "train", "val"], manifest.Splits.Keys);
        using VqaTable train = TaskKinds.Vqa.Open(manifest, "train"), val = TaskKinds.Vqa.Open(manifest, "val"), all = TaskKinds.Vqa.Open(manifest, "all_val");
        Assert.Equal((12 + 6, 4, 10), (train.Rows, val.Rows, all.Rows));
        Assert.Empty(Ids(train).Intersect(Ids(val)));
        Assert.All(Enumerable.Range(0, val.Count), i => Assert.Equal([1f, 0.6f], val[i].Scores)); // Eight say red, two say 2.
    }

    [Fact]
    public async Task The_order_of_the_pictures_is_the_seeds()
    {
        using TemporaryFolder source = Source(), a = new(), b = new(), c = new();
        await Write(source, a);
        await Write(source, b);
        await Write(source, c, seed: 1);
        string Digest(TemporaryFolder f) => DatasetManifest.Load(f.Path).Files[0].Sha256;
        Assert.Equal(Digest(a), Digest(b));
        Assert.NotEqual(Digest(a), Digest(c));
    }

    [Fact]
    public async Task A_question_without_a_picture_is_named_or_counted()
    {
        using TemporaryFolder source = Source(), folder = new();
        File.Delete(source["train2014/COCO_train2014_000000000003.jpg"]);
        string message = (await Refuses.DataAsync(() => Write(source, folder))).Message;
        Assert.Contains("v2_OpenEnded_mscoco_train2014_questions.json question 30", message);
        Assert.Contains("image 3", message);
        DatasetManifest manifest = await Write(source, folder, "skip");
        Assert.Equal((1, 11), (manifest.BadInputs, manifest.Files[0].Rows));
    }

    [Fact]
    public async Task A_truncated_annotation_file_is_named_and_never_skipped()
    {
        using TemporaryFolder source = Source(), folder = new();
        string file = source["v2_mscoco_train2014_annotations.json"], json = File.ReadAllText(file);
        File.WriteAllText(file, json[..^200]);
        foreach (string onBadInput in new[] { "stop", "skip" })
            Assert.Contains("ends within item 12", (await Refuses.DataAsync(() => Write(source, folder, onBadInput))).Message);
    }

    [Fact]
    public async Task A_missing_file_is_named()
    {
        using TemporaryFolder source = Source(), folder = new();
        File.Delete(source["v2_OpenEnded_mscoco_val2014_questions.json"]);
        await Refuses.DataAsync("v2_OpenEnded_mscoco_val2014_questions.json", () => Write(source, folder));
    }

    private static IEnumerable<string> Ids(VqaTable table) => Enumerable.Range(0, table.Count).Select(i => table[i].ImageId);

    /// <summary>12 training and 10 validation pictures with a question each; 11 are commonly answered "Red", 10 "two", 1 "rare".</summary>
    private static TemporaryFolder Source()
    {
        TemporaryFolder folder = new();
        int asked = 0;
        foreach ((string split, int first, int count) in new[] { ("train2014", 0, 12), ("val2014", 100, 10) })
        {
            Directory.CreateDirectory(folder[split]);
            JsonArray questions = [], annotations = [];
            for (int i = 0; i < count; i++)
            {
                int image = first + i, id = image * 10;
                folder.Write($"{split}/COCO_{split}_{image:D12}.jpg", ShapesBenchmark.Png(ShapesScene.At(1, image)));
                questions.Add(new JsonObject { ["image_id"] = image, ["question"] = "what?", ["question_id"] = id });
                string commonest = asked++ == 5 ? "rare" : asked % 2 == 0 ? "two" : "Red";
                JsonArray answers = [.. Enumerable.Range(0, 10).Select(a => new JsonObject { ["answer"] = a < 8 ? "red" : "2", ["answer_id"] = a })];
                annotations.Add(new JsonObject { ["question_id"] = id, ["image_id"] = image, ["multiple_choice_answer"] = commonest, ["answers"] = answers });
            }
            File.WriteAllText(folder[$"v2_OpenEnded_mscoco_{split}_questions.json"],
                new JsonObject { ["info"] = new JsonObject(), ["questions"] = questions }.ToJsonString());
            folder.Write($"v2_mscoco_{split}_annotations.json", new JsonObject { ["annotations"] = annotations }.ToJsonString());
        }
        return folder;
    }
}
