namespace Das.Tests.Benchmarks;

public sealed class TaskKindTests : FolderTest
{
    private static readonly VqaSample question = new(default, "7", "which?", 12, [3, 4], [0.3f, 1], ["red", "rose"]);

    /// <summary>A prediction of each task with the line that evaluations wrote before lines named their task.</summary>
    private static (TaskPrediction Prediction, string Line)[] Lines =>
    [
        (VqaPrediction.Of(question, 3, ["", "", "", "red"]),
            """{"question_id":12,"image_id":"7","question":"which?","answer":"red","expected":["red","rose"],"score":0.3}"""),
        (PairPrediction.Of("dev", new(default, default, "It is red.", false, "test-3-0"), true),
            """{"split":"dev","identifier":"test-3-0","sentence":"It is red.","answer":true,"expected":false,"score":0}"""),
        (new RetrievalPrediction(RetrievalTask.CaptionQuery, "a boy", "1.jpg", 4, 9), """{"query":"caption","caption":"a boy","image_id":"1.jpg","rank":4}"""),
        (new RetrievalPrediction(RetrievalTask.ImageQuery, null, "1.jpg", int.MaxValue, 0), """{"query":"image","image_id":"1.jpg","rank":2147483647}"""),
        (new LanguagePrediction("t7", "2 + 2?", "well", null, "4", 0, ["A"], [-0.5]),
            """{"id":"t7","query":"2 \u002B 2?","continuation":"well","answer":null,"expected":"4","score":0,"letters":["A"],"likelihoods":[-0.5]}"""),
    ];

    [Fact]
    public void A_line_names_its_task_first_and_says_the_rest_as_before() => Assert.All(Lines, one =>
        Assert.Equal($$"""{"task":"{{one.Prediction.Task}}",{{one.Line[1..]}}""", one.Prediction.ToJson()));

    [Fact]
    public void A_line_with_its_task_is_shown_as_one_from_before_lines_named_it()
    {
        Assert.All(Lines, one => Assert.Equal(Show(one.Line), Show(one.Prediction.ToJson())));
        Assert.Equal(new("caption", "1.jpg", 4, "a boy", "1.jpg", "1.jpg", "rank 5"), Show(Lines[2].Line));
        Assert.Equal(new("", "t7", 0, "2 + 2?", "t7", "4", "no answer: well"), Show(Lines[4].Line));
    }

    private static string Known => string.Join(", ", TaskKinds.All.Select(kind => kind.Name));

    [Fact]
    public void A_line_of_an_unknown_task_is_refused_with_the_known_ones() => Assert.Equal($"the task \"vqb\" is none of {Known}",
        Assert.Throws<FormatException>(() => Show("""{"task":"vqb"}""")).Message);

    [Fact]
    public void Every_task_has_a_name_of_its_own_and_can_be_trained() => Assert.All(TaskKinds.All, kind =>
    {
        Assert.Same(kind, TaskKinds.Get(kind.Name));
        Assert.Same(kind, TrainableTasks.Of(kind).Kind);
        Assert.Contains(kind.Metrics, metric => metric.Headline);
        Assert.Subset(kind.Columns.FieldsList.Select(field => field.Name).ToHashSet(), new HashSet<string>([kind.IdColumn, .. kind.PictureColumns]));
    });

    [Fact]
    public void A_metric_says_which_questions_it_is_the_mean_of_and_what_each_contributes()
    {
        Assert.Equal(("test", "dev"), (TaskKinds.Pairs.Metric("accuracy")!.GroupOf("test"), TaskKinds.Pairs.Metric("devAccuracy")!.GroupOf("test")));
        TaskMetric recall = TaskKinds.Retrieval.Metric("irRecall5")!;
        Assert.Equal(("IR R@5", "caption", 1.0, 0.0), (recall.Title, recall.GroupOf("test"), recall.Contribution!(4), recall.Contribution(5)));
        Assert.False(TaskKinds.Language.Metric("unanswered")!.HigherIsBetter);
        Assert.Null(TaskKinds.Language.Metric("publishedAccuracy")!.Contribution);
        Assert.Null(TaskKinds.Vqa.Metric("devAccuracy"));
    }

    [Fact]
    public void A_manifest_of_an_unknown_task_is_refused_by_the_files_name_with_the_known_ones()
    {
        Tables.Manifest(folder.Path, TaskKinds.Pairs, []);
        string written = File.ReadAllText(folder[DatasetManifest.FileName]);
        Assert.Contains("\"task\": \"nlvr2\"", written);
        Assert.Same(TaskKinds.Pairs, DatasetManifest.Load(folder.Path).Task);
        folder.Write(DatasetManifest.FileName, written.Replace("nlvr2", "nlvr3"));
        string message = Refuses.Data(() => DatasetManifest.Load(folder.Path)).Message;
        Assert.StartsWith(folder[DatasetManifest.FileName], message);
        Assert.EndsWith($"Did you mean 'nlvr2'? Known: {Known}.", message);
    }

    [Fact]
    public void Long_choices_are_not_disfavoured_per_character()
    {
        LanguageSample asked = Asked("four", "fives", "twelve signs");
        Assert.Equal(("A", "C"), (asked.Likeliest([-4, -6, -9], perCharacter: false), asked.Likeliest([-4, -6, -9], perCharacter: true)));
    }

    [Fact]
    public void A_character_of_a_choice_is_a_code_point()
    {
        Assert.Equal("B", Asked("😀😀", "ab").Likeliest([-2.2, -2.0], perCharacter: true)); // two characters each
        Assert.Null(Asked("a", "b").Likeliest([], perCharacter: true));
    }

    private static LanguageSample Asked(params string[] choices) => new("t", "q", "", "q", choices, [.. choices.Select((_, i) => $"{(char)('A' + i)}")], "A",
        default, new Dictionary<string, string>());

    private static ShownPrediction Show(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return TaskKinds.OfPrediction(document.RootElement).Show(document.RootElement);
    }
}
