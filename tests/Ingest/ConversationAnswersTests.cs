namespace Das.Tests.Ingest;

/// <summary>Questions that others write the answers to, answered from a vocabulary.</summary>
public sealed class ConversationAnswersTests
{
    private static readonly string[] Splits = ["train", "val", "test"];

    [Fact]
    public async Task The_answers_of_training_are_the_vocabulary_and_the_questions_those_of_the_written_task()
    {
        using TemporaryFolder source = new(), chosen = new(), written = new();
        string Item(int id, string phrase, string image, string answer) => $$"""
            {"qid":{{id}},"phrase_type":"{{phrase}}","image_name":"{{image}}.jpg","question":"What is {{id}}?","answer":"{{answer}}","answer_type":"OPEN"}
            """;
        source.Write("VQA_RAD_Dataset_Public.json", $"[{string.Join(',', Item(1, "freeform", "a", "Yes"), Item(2, "para", "a", "the lung"),
            Item(3, "freeform", "b", "yes"), Item(4, "freeform", "c", "No"), Item(5, "test_freeform", "a", "YES"), Item(6, "test_para", "d", "spleen"))}]");
        ConversationSources.Draw(source, "images", ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]);
        JsonObject Options() => new() { ["valPercent"] = 20, ["seed"] = 1 };
        DatasetManifest manifest = await Ingested.Write("vqa-rad-answers", source.Path, chosen, Options());
        DatasetManifest other = await Ingested.Write("vqa-rad", source.Path, written, Options());

        Assert.Equal(["lung", "no", "yes"], manifest.Answers.Order());
        foreach (string split in Splits)
            Assert.Equal(other.Samples(split).Select(s => s.Query.Split('\n')[0]), Asked(manifest, split).Select(s => s.Question).Order());
        VqaSample[] all = [.. Splits.SelectMany(split => Asked(manifest, split))];
        Assert.Equal(["What is 1?", "What is 2?", "What is 3?", "What is 4?", "What is 5?", "What is 6?"], all.Select(s => s.Question).Order());
        Assert.Equal(["yes", "lung", "yes", "no", "yes", ""], all.OrderBy(s => s.Question).Select(s => string.Concat(s.Answers)));
        Assert.All(all, s => Assert.Equal(s.Answers, s.Labels.Select(label => manifest.Answers[label])));
        Assert.Equal(2, Asked(manifest, "test").Length);

        DatasetManifest twice = await Ingested.Write("vqa-rad-answers", source.Path, chosen, new() { ["leastOccurrences"] = 2 });
        Assert.Equal(["yes"], twice.Answers);
    }

    [Fact]
    [Trait("Needs", "shared-data")]
    public async Task The_real_pictures_of_AID_have_thirty_answers()
    {
        using TemporaryFolder folder = new();
        DatasetManifest manifest = await Ingested.Write("aid-answers", Repository.DataOf("aid_rsicd"), folder,
            new() { ["train"] = "train20_subset.json", ["test"] = "test20_subset.json" });
        Assert.Equal([810, 90, 420], Splits.Select(split => Asked(manifest, split).Length));
        Assert.Equal(30, manifest.Answers.Count);
        Assert.All(Asked(manifest, "test"), s => Assert.Equal("What is the label for this image?", s.Question));
    }

    private static VqaSample[] Asked(DatasetManifest manifest, string split)
    {
        using VqaTable table = TaskKinds.Vqa.Open(manifest, split);
        return [.. table.Samples];
    }
}
