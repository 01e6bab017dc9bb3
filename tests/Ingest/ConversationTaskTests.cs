namespace Das.Tests.Ingest;

public sealed class ConversationTaskTests
{
    private static readonly string[] Splits = ["train", "val", "test"];

    private static LanguageBenchmark Benchmark(string name) => (LanguageBenchmark)BenchmarkCatalog.Get(name);

    [Fact]
    public async Task A_question_and_its_answer_make_a_row_and_a_pictures_questions_stay_on_one_side()
    {
        using TemporaryFolder source = ConversationSources.Slake(), folder = new();
        DatasetManifest manifest = await Ingested.Write("slake", source.Path, folder, new() { ["valPercent"] = 20 });
        LanguageSample[][] splits = [.. Splits.Select(s => manifest.Samples(s))];
        Assert.Equal([8, 2, 4], splits.Select(s => s.Length));
        Assert.Single(splits[1].Select(s => s.Facts["image"]).Distinct());
        Assert.Empty(splits[0].Select(s => s.Facts["image"]).Intersect(splits[1].Select(s => s.Facts["image"])));
        LanguageSample sample = splits[2][0];
        Assert.Equal(("10", "What is 10?\nBriefly.\n", "lung", "What is 10?\nBriefly.\n", "lung", "OPEN"),
            (sample.Id, sample.Prompt, sample.Target, sample.Query, sample.Expected, sample.Facts["answer_type"]));
        Assert.True(sample.HasImage);
        Assert.Empty(sample.Choices);
        Assert.Equal(14, splits.SelectMany(s => s).Select(s => s.Id).Distinct().Count());
    }

    [Fact]
    public async Task The_sets_own_lists_are_read_as_well_and_only_in_English()
    {
        using TemporaryFolder source = new(), slake = new(), rad = new();
        source.Write("train.json", """
            [{"img_id":1,"img_name":"a/source.jpg","question":"Which organ?","answer":"Lung","q_lang":"en","answer_type":"OPEN","qid":0},
             {"img_id":1,"img_name":"a/source.jpg","question":"什么器官?","answer":"肺","q_lang":"zh","answer_type":"OPEN","qid":1},
             {"img_id":2,"img_name":"b/source.jpg","question":"Is it a lung?","answer":"Yes","q_lang":"en","answer_type":"CLOSED","qid":2}]
            """);
        File.WriteAllText(source["test.json"],
            """[{"img_name":"c/source.jpg","question":"How many?","answer":2,"q_lang":"en","answer_type":"CLOSED ","qid":3}]""");
        ConversationSources.Draw(source, "imgs", ["a/source.jpg", "b/source.jpg", "c/source.jpg"]);
        DatasetManifest manifest = await Ingested.Write("slake", source.Path, slake,
            new() { ["train"] = "train.json", ["test"] = "test.json", ["valPercent"] = 50 });
        LanguageSample[] all = [.. Splits.SelectMany(s => manifest.Samples(s))];
        Assert.Equal(["0", "2", "3"], all.Select(s => s.Id).Order());
        Assert.Equal(("How many?\nAnswer the question using a single word or phrase.\n", "2", "CLOSED"),
            (all[2].Query, all[2].Expected, all[2].Facts["answer_type"]));

        source.Write("VQA_RAD_Dataset_Public.json", """
            [{"qid":1,"phrase_type":"freeform","image_name":"x.jpg","question":"Is it?","answer":"No","answer_type":"CLOSED"},
             {"qid":2,"phrase_type":"para","image_name":"y.jpg","question":"Where?","answer":"here","answer_type":"OPEN"},
             {"qid":3,"phrase_type":"test_para","image_name":"y.jpg","question":"What?","answer":"this","answer_type":"OPEN"}]
            """);
        ConversationSources.Draw(source, "images", ["x.jpg", "y.jpg"]);
        manifest = await Ingested.Write("vqa-rad", source.Path, rad);
        Assert.Equal([1, 1, 1], Splits.Select(s => manifest.Samples(s).Length));
        Assert.Equal("3", manifest.Samples("test")[0].Id);
    }

    [Fact]
    public async Task Unusable_questions_are_named_and_stop_or_are_left_out()
    {
        using TemporaryFolder source = ConversationSources.Slake(train =>
        {
            train[0]!["image"] = "nowhere.png";
            train[1]!["image"] = "../p0.png";
            train[2]!["answer_type"] = "SOMETIMES";
            train[4]!["conversations"]!.AsArray().RemoveAt(1);
            train[5]!["id"] = "6";
            train[7]!["conversations"]![1]!["value"] = ""; // teaches to say nothing, as one question of the published file does
        }, test => test[0]!["conversations"]![1]!["value"] = ""), folder = new();
        DatasetManifest manifest = await Ingested.Write("slake", source.Path, folder, onBadInput: "skip");
        Assert.Equal(5, manifest.BadInputs);
        string[] reasons = [.. manifest.FirstBadInputs.Select(b => $"{b.Input}: {b.Reason}")];
        Assert.Contains("train_llava_en.json item 1 (at 1:2): There is no picture imgs/nowhere.png.", reasons[0]);
        Assert.Contains("There is no picture imgs/../p0.png.", reasons[1]);
        Assert.Contains("'answer_type' is 'SOMETIMES'; expected OPEN or CLOSED", reasons[2]);
        Assert.Contains("one turn from human and one from gpt", reasons[3]);
        Assert.Contains("The id 6 stands twice", reasons[4]);
        Assert.Equal("test: 1 questions without an answer to be compared with", manifest.LeftOut!.ToString());
        Assert.Equal([5, 3], new[] { manifest.Samples("train").Length + manifest.Samples("val").Length, manifest.Samples("test").Length });

        await Refuses.DataAsync("5 inputs cannot be used", () => Ingested.Write("slake", source.Path, folder));
        source.Write("train_llava_en.json", "[{");
        await Refuses.DataAsync("train_llava_en.json:1:2: the file ends within item 1", () => Ingested.Write("slake", source.Path, folder));
        Directory.Delete(source["imgs"], recursive: true);
        await Refuses.DataAsync("lacks the folder imgs/", () => Ingested.Write("slake", source.Path, folder));
        await Refuses.DataAsync("lacks train20.json", () => Ingested.Write("aid20", source.Path, folder));
    }

    [Fact]
    public async Task Answers_are_scored_by_words_and_beside_that_as_published_and_baselines_look_at_no_question()
    {
        using TemporaryFolder source = ConversationSources.Slake(), folder = new();
        DatasetManifest manifest = await Ingested.Write("slake", source.Path, folder);
        LanguageSample[] test = manifest.Samples("test");
        LanguageBenchmark slake = Benchmark("slake");
        (LanguageSample, Judgement)[] judged = [.. test.Zip(["Lungs.", " Yes, it is", "Lung", ""], (s, said) => (s, slake.Judge(s, said)))];
        Assert.Equal([(false, true), (true, true), (false, false), (false, false)], judged.Select(j => (j.Item2.Right, j.Item2.RightAsPublished)));
        Assert.Null(judged[3].Item2.Answer);
        Dictionary<string, double> scores = slake.Breakdown(judged).ToDictionary(s => s.Name, s => s.Score.Mean);
        Assert.Equal((0, 0.5, 0.5, 0.5), (scores["openAccuracy"], scores["closedAccuracy"], scores["publishedOpenAccuracy"],
            scores["publishedClosedAccuracy"]));
        Assert.Equal((0, 0), (scores["openExact"], scores["closedExact"]));
        // "lungs" shares no word with "lung"; "lung" is all of one and one of "left lung", "the" being dropped.
        Assert.Equal((0.5, 0.5, 0.25), (scores["publishedExactMatch"], scores["openPrecision"], scores["openRecall"]));
        Assert.Equal(2.0 / 3 / 2, scores["openF1"], 12);
        Assert.Equal(Math.Exp(-1) / 2, scores["openBleu1"], 12);

        using LanguageTable train = TaskKinds.Language.Open(manifest, "train"), asked = TaskKinds.Language.Open(manifest, "test");
        IReadOnlyDictionary<string, double> baselines = slake.Baselines(train, asked);
        Assert.Equal(["majorityAnswer", "openMajorityAnswer", "closedMajorityAnswer"], baselines.Keys);
        // "lung", and "yes" to closed ones
        Assert.Equal((0.25, 0.5, 0.5), (baselines["majorityAnswer"], baselines["openMajorityAnswer"], baselines["closedMajorityAnswer"]));
    }

    [Fact]
    public void A_label_is_right_only_where_nothing_else_is_said()
    {
        LanguageSample sample = new("1", "", "", "", [], [], "Pond", default, new Dictionary<string, string> { ["answer_type"] = "CLOSED" });
        // articles are dropped
        Assert.Equal([true, false, true], new[] { " pond", "a pond here", "the pond." }.Select(said => Benchmark("aid20").Judge(sample, said).Right));
        Assert.Empty(Benchmark("aid20").Breakdown([]));
    }

    [Theory]
    [Trait("Needs", "shared-data")]
    [InlineData("aid20", "aid_rsicd", 810, 90, 420)]
    [InlineData("vqa-rad", "vqa_rad", 1617, 180, 451)]
    public async Task A_published_set_is_ingested_whole_and_no_picture_is_both_trained_on_and_held_out(string name, string folder, int train, int val, int test)
    {
        using TemporaryFolder written = new();
        JsonObject? subset = name == "aid20" ? new() { ["train"] = "train20_subset.json", ["test"] = "test20_subset.json" } : null;
        DatasetManifest manifest = await Ingested.Write(name, Repository.DataOf(folder), written, subset);
        Assert.Equal(0, manifest.BadInputs);
        LanguageSample[][] splits = [.. Splits.Select(s => manifest.Samples(s))];
        Assert.Equal((train + val, test), (splits[0].Length + splits[1].Length, splits[2].Length));
        Assert.InRange(splits[1].Length, val, val + 15); // A picture that was drawn last may have more questions than were missing.
        string[][] pictures = [.. splits.Select(s => s.Select(q => q.Facts["image"]).Distinct().ToArray())];
        Assert.Empty(pictures[0].Intersect(pictures[1]));
        Assert.Equal(name == "aid20" ? 0 : 202, pictures[2].Intersect(pictures[0].Concat(pictures[1])).Count()); // VQA-RAD is published so.
        Assert.All(splits.SelectMany(s => s), s => Assert.True(s.HasImage));
        Assert.All(splits[2], s => Assert.True(Benchmark(name).Judge(s, $" {s.Target}") is { Right: true, RightAsPublished: true }, s.Target));

        using LanguageTable learnt = TaskKinds.Language.Open(manifest, "train"), asked = TaskKinds.Language.Open(manifest, "test");
        IReadOnlyDictionary<string, double> baselines = Benchmark(name).Baselines(learnt, asked);
        if (name == "aid20") Assert.All([baselines["chance"], baselines["majorityAnswer"]], b => Assert.Equal(1.0 / 30, b, 12));
        else Assert.InRange(baselines["closedMajorityAnswer"], 0.4, 0.6);
    }

    [Fact]
    [Trait("Needs", "shared-data")]
    public async Task Slakes_published_questions_become_the_published_conversations()
    {
        string data = Repository.DataOf("slake_text");
        using TemporaryFolder source = new(), folder = new();
        string[] files = ["train_llava_en.json", "testval_llava_en.json"];
        JsonElement[][] published = [.. files.Select(f => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(data, f))).RootElement.EnumerateArray().ToArray())];
        foreach (string file in files) File.Copy(Path.Combine(data, file), source[file]);
        ConversationSources.Draw(source, "imgs", published.SelectMany(p => p).Select(p => p.String("image")));
        DatasetManifest manifest = await Ingested.Write("slake", source.Path, folder);
        Assert.Equal(0, manifest.BadInputs);
        Dictionary<string, LanguageSample> train = manifest.Samples("train").Concat(manifest.Samples("val")).ToDictionary(s => s.Id),
            test = manifest.Samples("test").ToDictionary(s => s.Id);
        Assert.Equal((4919, 2976, 2114, 1276), (train.Count, train.Values.Count(s => s.Facts["answer_type"] == "OPEN"), test.Count,
            test.Values.Count(s => s.Facts["answer_type"] == "OPEN")));

        var tokenizer = PieceTokenizer.Load(Path.Combine(Repository.Data, "tokenizers", "llama", "tokenizer.model"));
        ConversationForm form = new(tokenizer);
        foreach (JsonElement item in published[0].Where((_, i) => i % 20 == 0))
        {
            var expected = ConversationRow.Of(tokenizer, ConversationParity.Turns(item));
            LearntText ours = form.Training(train[item.String("id")], 2048);
            Assert.False(expected.Mismatch);
            Assert.Equal(expected.Ids.Select(i => (long)i), ours.Ids);
            Assert.Equal(expected.Labels.Select(i => (long)i), ours.Labels);
        }
        foreach (JsonElement asked in File.ReadLines(Path.Combine(data, "testval_llava_en_new.json")).Where((_, i) => i % 20 == 0)
            .Select(line => JsonDocument.Parse(line).RootElement))
            Assert.Equal(ConversationRow.Encode(tokenizer, Conversation.Query(asked.String("text"))), form.Query(test[asked.String("question_id")]));
    }
}
