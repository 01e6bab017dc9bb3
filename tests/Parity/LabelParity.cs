
namespace Das.Tests.Parity;

/// <summary>VQA's answers and soft labels, NLVR2's pairs, Flickr30K's captions.</summary>
internal static class LabelParity
{
    public static void Normalized(ParityCase recorded)
    {
        foreach (JsonElement pair in recorded.Read().Items("pairs"))
            Assert.Equal(pair[1].GetString(), AnswerNormalizer.Normalize(pair[0].GetString()!));
    }

    /// <summary>The raw files, with a picture for every image id, go through the whole ingest; the tables are read back.</summary>
    public static void SoftLabels(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        using TemporaryFolder source = new(), dataset = new();
        Lay(Path.Combine(recorded.Folder, "vqa_raw"), source);
        int rest = Math.Max(1, json.GetProperty("tables").GetProperty("vqav2_val").EnumerateObject().Count() / 2);
        DatasetManifest manifest = Write("vqav2", source, dataset, new() { ["restVal"] = rest });

        Assert.Equal(json.GetProperty("answer_to_label").EnumerateObject().OrderBy(a => a.Value.GetInt32()).Select(a => a.Name), manifest.Answers);
        foreach (JsonProperty score in json.GetProperty("score_of_count").EnumerateObject())
            Assert.Equal(score.Value.GetDouble(), VqaLabels.ScoreOf(int.Parse(score.Name, CultureInfo.InvariantCulture)));
        foreach (JsonProperty table in json.GetProperty("tables").EnumerateObject())
        {
            string[] files = table.Name == "vqav2_val" ? ["vqav2_trainable_val.arrow", "vqav2_rest_val.arrow"] : [$"{table.Name}.arrow"];
            using VqaTable ours = new([.. files.Select(f => dataset[f])]);
            Rows(table.Value, ours);
        }
        using VqaTable held = TaskKinds.Vqa.Open(manifest, "val");
        Assert.Equal(rest, held.Rows);
    }

    /// <summary>NLVR2's training table is the published one in two parts; Flickr30K's rows are compared by picture, as both sides shuffle them.</summary>
    public static void Tables(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        using TemporaryFolder source = new(), pairs = new(), captions = new();
        PairSources.Lay(source, json.GetProperty("nlvr2_input"));
        CaptionSources.LayFlickr30K(source, json.GetProperty("f30k_input"));
        DatasetManifest nlvr2 = Write("nlvr2", source, pairs, new() { ["valRows"] = 1 });
        DatasetManifest f30k = Write("f30k", source, captions, null);

        foreach (JsonProperty table in json.GetProperty("nlvr2_tables").EnumerateObject())
        {
            using PairTable ours = table.Name == "train" ? TaskKinds.Pairs.Open(nlvr2, "all_train") : new(pairs[$"nlvr2_{table.Name}.arrow"]);
            var rows = Enumerable.Range(0, ours.Count).Select(i => ours[i]).GroupBy(s => s.Identifier);
            if (table.Name == "train") rows = rows.OrderBy(r => r.Key);
            Assert.Equal(
                table.Value.EnumerateArray().Select(r => $"{r.GetProperty("identifier")}: {r.GetProperty("questions")} {r.GetProperty("answers")}"),
                rows.Select(r => $"{r.Key}: {JsonSerializer.Serialize(r.Select(s => s.Sentence))} "
                    + $"{JsonSerializer.Serialize(r.Select(s => s.Label!.Value.ToString()))}"));
        }
        foreach (JsonProperty table in json.GetProperty("f30k_tables").EnumerateObject())
        {
            using ArrowTableFile file = new(captions[$"f30k_caption_karpathy_{table.Name}.arrow"]);
            var rows = file.Batches.SelectMany(b => Enumerable.Range(0, (int)b.Rows).Select(at => new StoredRow(b.Columns, at)))
                .OrderBy(r => r.Text("image_id"), StringComparer.Ordinal);
            Assert.Equal(
                table.Value.EnumerateArray().Select(r => $"{r.GetProperty("image_id")} {r.GetProperty("split")}: {r.GetProperty("caption")}"),
                rows.Select(r => $"{r.Text("image_id")} {r.Text("split")}: "
                    + $"{JsonSerializer.Serialize(Enumerable.Range(0, (int)r.Length("caption")).Select(i => r.Item("caption", i)))}"));
        }
        Assert.Equal(["f30k_caption_karpathy_train.arrow"], f30k.Splits["train"]);
    }

    private static DatasetManifest Write(string benchmark, TemporaryFolder source, TemporaryFolder folder, System.Text.Json.Nodes.JsonObject? options) =>
        DatasetWriter.WriteAsync(BenchmarkCatalog.Get(benchmark), source.Path, options, "stop", folder.Path, null, default).GetAwaiter().GetResult();

    private static void Rows(JsonElement expected, VqaTable ours)
    {
        var rows = Enumerable.Range(0, ours.Count).Select(i => ours[i]).GroupBy(s => s.ImageId).ToDictionary(g => g.Key, g => g.ToArray());
        Assert.Equal(expected.EnumerateObject().Select(r => r.Name).Order(), rows.Keys.Order());
        foreach (JsonProperty row in expected.EnumerateObject())
        {
            VqaSample[] samples = rows[row.Name];
            Assert.Equal(List(row.Value, "questions", q => q.GetString()), samples.Select(s => s.Question));
            Assert.Equal(List(row.Value, "question_id", q => q.GetInt64()), samples.Select(s => s.QuestionId));
            if (row.Value.GetProperty("answers").GetArrayLength() == 0) Assert.All(samples, s => Assert.Empty(s.Labels));
            else
                for (int q = 0; q < samples.Length; q++)
                {
                    Assert.Equal(row.Value.GetProperty("answers")[q].Texts(), samples[q].Answers);
                    Assert.Equal(row.Value.GetProperty("answer_labels")[q].Ints(), samples[q].Labels);
                    Assert.Equal(row.Value.GetProperty("answer_scores")[q].EnumerateArray().Select(a => (float)a.GetDouble()), samples[q].Scores);
                }
        }
    }

    private static IEnumerable<T> List<T>(JsonElement row, string key, Func<JsonElement, T> read) => row.Items(key).Select(read);

    /// <summary>Copies the JSON and gives every image that a question names a small picture in the folder where COCO has it.</summary>
    private static void Lay(string raw, TemporaryFolder source)
    {
        byte[] picture = ShapesBenchmark.Png(ShapesScene.At(0, 0));
        foreach (string file in Directory.EnumerateFiles(raw))
        {
            string name = Path.GetFileName(file);
            File.Copy(file, source[name]);
            if (!name.EndsWith("_questions.json")) continue;
            string split = name.Split('_')[^2].Replace("test-dev", "test");
            Directory.CreateDirectory(source[split]);
            foreach (JsonElement question in JsonDocument.Parse(File.ReadAllBytes(file)).RootElement.Items("questions"))
                File.WriteAllBytes(Path.Combine(source[split], $"COCO_{split}_{question.GetProperty("image_id").GetInt64():D12}.jpg"), picture);
        }
    }
}
