using System.Globalization;
using System.Text.Json;
using Das.Benchmarks.Arrow;
using Das.Benchmarks.Catalog;
using Das.Benchmarks.Catalog.Shapes;
using Das.Benchmarks.Text;
using Das.Ingest;
using Das.Tests.Ingest;

namespace Das.Tests.Parity;

/// <summary>VQA's answers and soft labels.</summary>
internal static class LabelParity
{
    public static void Normalized(ParityCase recorded)
    {
        foreach (JsonElement pair in recorded.Read().GetProperty("pairs").EnumerateArray())
            Assert.Equal(pair[1].GetString(), AnswerNormalizer.Normalize(pair[0].GetString()!));
    }

    /// <summary>The raw files, with a picture for every image id, go through the whole ingest; the tables are read back.</summary>
    public static void SoftLabels(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        using TemporaryFolder source = new(), dataset = new();
        Lay(Path.Combine(recorded.Folder, "vqa_raw"), source);
        const int rest = 5;
        DatasetManifest manifest = DatasetWriter.WriteAsync(BenchmarkCatalog.Get("vqav2"), source.Path, new() { ["restVal"] = rest }, "stop", dataset.Path, null, default).GetAwaiter().GetResult();

        Assert.Equal(json.GetProperty("answer_to_label").EnumerateObject().OrderBy(a => a.Value.GetInt32()).Select(a => a.Name), manifest.Answers);
        foreach (JsonProperty score in json.GetProperty("score_of_count").EnumerateObject())
            Assert.Equal(score.Value.GetDouble(), VqaLabels.ScoreOf(int.Parse(score.Name, CultureInfo.InvariantCulture)));
        foreach (JsonProperty table in json.GetProperty("tables").EnumerateObject())
        {
            string[] files = table.Name == "vqav2_val" ? ["vqav2_trainable_val.arrow", "vqav2_rest_val.arrow"] : [$"{table.Name}.arrow"];
            using VqaTable ours = new([.. files.Select(f => dataset[f])]);
            Rows(table.Value, ours);
        }
        using VqaTable held = manifest.OpenSplit("val");
        Assert.Equal(rest, held.Rows);
    }

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
                    Assert.Equal(row.Value.GetProperty("answers")[q].EnumerateArray().Select(a => a.GetString()), samples[q].Answers);
                    Assert.Equal(row.Value.GetProperty("answer_labels")[q].EnumerateArray().Select(a => a.GetInt32()), samples[q].Labels);
                    Assert.Equal(row.Value.GetProperty("answer_scores")[q].EnumerateArray().Select(a => (float)a.GetDouble()), samples[q].Scores);
                }
        }
    }

    private static IEnumerable<T> List<T>(JsonElement row, string key, Func<JsonElement, T> read) => row.GetProperty(key).EnumerateArray().Select(read);

    /// <summary>Copies the JSON and gives every image that a question names a small picture in the folder where COCO has it.</summary>
    private static void Lay(string raw, TemporaryFolder source)
    {
        byte[] picture = ShapesBenchmark.Png(ShapesScene.At(0, 0));
        foreach (string file in Directory.EnumerateFiles(raw))
        {
            string name = Path.GetFileName(file);
            File.Copy(file, source[name]);
            if (!name.EndsWith("_questions.json", StringComparison.Ordinal)) continue;
            string split = name.Split('_')[^2].Replace("test-dev", "test");
            Directory.CreateDirectory(source[split]);
            foreach (JsonElement question in JsonDocument.Parse(File.ReadAllBytes(file)).RootElement.GetProperty("questions").EnumerateArray())
                File.WriteAllBytes(Path.Combine(source[split], $"COCO_{split}_{question.GetProperty("image_id").GetInt64():D12}.jpg"), picture);
        }
    }
}
