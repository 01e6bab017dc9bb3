namespace Das.Tests.Ingest;

public sealed class LanguageTasksTests
{
    private static string BoolQ(int i, string passage, string title = "") =>
        new JsonObject { ["question"] = $"is it {i}", ["passage"] = passage, ["title"] = title, ["answer"] = i % 2 == 0 }.ToJsonString();

    internal static string Gsm8k(int i) =>
        new JsonObject { ["question"] = $"How many are {i}?", ["answer"] = $"It is <<{i}={i}>>{i}.\n#### {i}" }.ToJsonString();

    private static string CommonsenseQa(int i, string key = "B") =>
        $$$"""{"answerKey":"{{{key}}}","id":"id{{{i}}}","question":{"question_concept":"thing {{{i}}}","stem":"What is {{{i}}}?",""" +
        """ "choices":[{"label":"A","text":"one"},{"label":"B","text":"two"}]}}""";

    [Theory]
    [Trait("Needs", "shared-data")]
    [InlineData("boolq", 1962, 327, 981, 0.60)]
    [InlineData("commonsenseqa", 8766, 975, 1221, 0.2)]
    [InlineData("gsm8k", 6725, 748, 1319, 0)]
    public async Task A_published_set_is_ingested_whole_and_nothing_stands_on_two_sides(string name, int train, int val, int test, double majority)
    {
        string data = Repository.DataOf(name);
        using TemporaryFolder folder = new(), again = new(), seeded = new();
        DatasetManifest manifest = await Ingested.Write(name, data, folder);
        Assert.Equal(manifest.Files, (await Ingested.Write(name, data, again)).Files);
        Assert.NotEqual(manifest.Files, (await Ingested.Write(name, data, seeded, new() { ["seed"] = 1 })).Files);
        Assert.Equal((TaskKinds.Language, 0), (manifest.Task, manifest.BadInputs));
        LanguageSample[][] splits = [.. new[] { "train", "val", "test" }.Select(s => manifest.Samples(s))];
        Assert.Equal(train + val + test, splits.Sum(s => s.Length));
        Assert.InRange(splits[1].Length, val, val + 15); // A group that was drawn last may be longer than what was missing.
        Assert.InRange(splits[2].Length, test, name == "boolq" ? test + 15 : test);
        Assert.Equal(train + val + test, splits.SelectMany(s => s).Select(s => s.Id).Distinct().Count());
        Func<LanguageSample, string>[] shared = name == "boolq" ? [s => s.Facts["title"], s => s.Prompt.Split("\n\nQuestion: ")[0]] : [s => s.Prompt];
        foreach (Func<LanguageSample, string> key in shared)
            for (int a = 0; a < 3; a++)
                for (int b = 0; b < a; b++) Assert.Empty(splits[a].Select(key).Intersect(splits[b].Select(key)));

        Assert.All(splits[2], s =>
        {
            Assert.Equal(s.Prompt, s.Query);
            Judgement judged = ((LanguageBenchmark)BenchmarkCatalog.Get(name)).Judge(s, s.Target);
            Assert.Equal((true, !s.Expected.StartsWith('-')), (judged.Right, judged.RightAsPublished)); // The published evaluation loses signs.
        });
        if (majority == 0) return;
        using LanguageTable learnt = TaskKinds.Language.Open(manifest, "train"), asked = TaskKinds.Language.Open(manifest, "test");
        Assert.Equal(majority, asked.Always(learnt.Majority().Answer).Mean, tolerance: 0.05);
    }

    [Fact]
    public async Task A_question_is_trained_on_and_asked_with_the_same_words_unless_the_published_ones_are_wanted()
    {
        using TemporaryFolder source = new(), ours = new(), published = new();
        File.WriteAllLines(source["train.jsonl"], Enumerable.Range(0, 20).Select(i => BoolQ(i, $"passage {i}")));
        File.WriteAllLines(source["dev.jsonl"], [BoolQ(40, "p"), BoolQ(41, "q")]);
        File.WriteAllLines(source["boolq_0_shot_test.json"], ["""{"subject":"","input":"P\n\nOptions: A. True\nB. False\n\n","output":"B"}"""]);
        DatasetManifest manifest = await Ingested.Write("boolq", source.Path, ours);
        Assert.Equal([18, 2, 2, 1], new[] { "train", "val", "test", "zero_shot" }.Select(s => manifest.Samples(s).Length));
        LanguageSample sample = manifest.Samples("test")[0];
        Assert.Equal(("dev-0", sample.Query, "Answer: The answer is A. True.", "A"), (sample.Id, sample.Prompt, sample.Target, sample.Expected));
        Assert.Equal(["Answer: The answer is A. True.", "Answer: The answer is B. False."], sample.Choices);
        LanguageSample asked = manifest.Samples("zero_shot")[0];
        Assert.Equal(("Answer: The answer is B. False.", "A B"), (asked.Target, string.Join(' ', asked.Letters)));

        LanguageSample drifted = (await Ingested.Write("boolq", source.Path, published, new() { ["publishedPrompts"] = true })).Samples("test")[0];
        Assert.Equal(drifted.Prompt.Replace("passage.\n", "passage\n"), drifted.Query);
        Assert.NotEqual(drifted.Prompt, drifted.Query);
    }

    [Fact]
    public async Task Bad_lines_are_named_with_file_and_line_and_counted()
    {
        using TemporaryFolder source = new(), folder = new();
        File.WriteAllLines(source["train.jsonl"], [Gsm8k(1), "{\"question\": 3}", Gsm8k(2), """{"question":"q","answer":"no mark"}""", "not json",
            "{\"question\":\"q\",\"answer\":\"s\\n#### many\"}", Gsm8k(3)]);
        File.WriteAllLines(source["test.jsonl"], [Gsm8k(9)]);
        string message = (await Refuses.DataAsync(() => Ingested.Write("gsm8k", source.Path, folder))).Message;
        Assert.Contains("4 inputs cannot be used", message);
        Assert.Contains("train.jsonl line 2", message);
        DatasetManifest manifest = await Ingested.Write("gsm8k", source.Path, folder, onBadInput: "skip");
        Assert.Equal(4, manifest.BadInputs);
        Assert.Contains(manifest.FirstBadInputs, b => b.Input.EndsWith("train.jsonl line 4") && b.Reason.Contains("####"));
        Assert.Contains(manifest.FirstBadInputs, b => b.Input.EndsWith("train.jsonl line 6") && b.Reason.Contains("'many'"));
        Assert.Equal([2, 1, 1], manifest.Files.Select(f => (int)f.Rows));
        Assert.Equal("Answer: The answer is 9.\n\nBecause: It is 9.\n", manifest.Samples("test")[0].Target);
    }

    [Fact]
    public async Task A_key_that_is_no_choice_and_a_repeated_id_are_named()
    {
        using TemporaryFolder source = new(), folder = new();
        File.WriteAllLines(source["train_wrong.jsonl"], []);
        await Refuses.DataAsync("lacks train.jsonl; the source holds train.jsonl and valid.jsonl or",
            () => Ingested.Write("commonsenseqa", source.Path, folder));
        File.WriteAllLines(source["train.jsonl"], [CommonsenseQa(1), CommonsenseQa(2), CommonsenseQa(3, ""), CommonsenseQa(4, "Z"), CommonsenseQa(1)]);
        File.WriteAllLines(source["dev_rand_split.jsonl"], [CommonsenseQa(9)]);
        DatasetManifest manifest = await Ingested.Write("commonsenseqa", source.Path, folder, onBadInput: "skip");
        Assert.Equal(["line 3", "line 4", "line 5"], manifest.FirstBadInputs.Select(b => b.Input[^6..]));
        Assert.Contains("'answerKey' is 'Z', which is none of A, B", manifest.FirstBadInputs[1].Reason);
        LanguageSample sample = manifest.Samples("test")[0];
        Assert.Equal(("id9", "B", "Answer: The answer is B. two."), (sample.Id, sample.Expected, sample.Target));
    }

    [Fact]
    public async Task Choices_as_texts_are_not_listed_and_the_right_one_s_text_is_the_answer()
    {
        using TemporaryFolder source = new(), folder = new(), boolq = new(), passages = new();
        File.WriteAllLines(source["train.jsonl"], Enumerable.Range(1, 4).Select(i => CommonsenseQa(i)));
        File.WriteAllLines(source["dev_rand_split.jsonl"], [CommonsenseQa(9)]);
        LanguageSample sample = (await Ingested.Write("commonsenseqa", source.Path, folder, new() { ["choices"] = "texts" })).Samples("test").Single();
        Assert.Equal(("Question: What is 9?\nAnswer:", sample.Query, "two", "B"), (sample.Query, sample.Prompt, sample.Target, sample.Expected));
        Assert.Equal(("one, two", "A B", true), (string.Join(", ", sample.Choices), string.Join(' ', sample.Letters), sample.ComparesTexts));

        foreach (string file in (string[])["train.jsonl", "dev.jsonl"]) File.WriteAllLines(boolq[file], [BoolQ(1, "p\n\nQuestion: q", "t"), BoolQ(2, "q")]);
        LanguageSample[] asked = (await Ingested.Write("boolq", boolq.Path, passages, new() { ["choices"] = "texts" })).Samples("test");
        Assert.Equal(("p\n\nQuestion: q\nQuestion: is it 1?\nAnswer:", "no", "no"), (asked[0].Query, asked[0].Target, asked[0].Expected));
        Assert.Equal(("no yes", "yes"), (string.Join(' ', asked[1].Choices), asked[1].Expected));

        Assert.Contains("have no choices 'texts'", (await Refuses.OfAsync(ErrorKind.Recipe, () => Ingested.Write("commonsenseqa", source.Path,
            folder, new() { ["choices"] = "texts", ["publishedPrompts"] = true }))).Message);
        Assert.Contains("must be letters or texts, not 'words'", (await Refuses.OfAsync(ErrorKind.Recipe, () => Ingested.Write("commonsenseqa", source.Path,
            folder, new() { ["choices"] = "words" }))).Message);
    }

    [Fact]
    public async Task An_answer_to_be_measured_is_the_whole_solution_without_the_calculators_notes()
    {
        using TemporaryFolder source = new(), folder = new();
        File.WriteAllLines(source["train.jsonl"], [Gsm8k(1), Gsm8k(2)]);
        File.WriteAllLines(source["test.jsonl"], ["""{"question":"How many?","answer":"Half of 48 is <<48/2=24>>24.\n#### 1,024"}"""]);
        LanguageSample sample = (await Ingested.Write("gsm8k", source.Path, folder, new() { ["answers"] = "likelihood" })).Samples("test").Single();
        Assert.Equal(("Question: How many?\nAnswer:", sample.Query), (sample.Query, sample.Prompt));
        Assert.Equal(("Half of 48 is 24.\n#### 1,024", sample.Target), (sample.Target, sample.Choices.Single()));
        Assert.Equal(("1024", true, true), (sample.Expected, sample.MeasuresAnswer, sample.ComparesTexts));
        Assert.Equal((0.5, 0.0), (sample.LikelihoodPerCharacter([Math.Log(0.5) * sample.Target.Length]), sample.LikelihoodPerCharacter([])));
        Assert.Contains("have no answers 'likelihood'", (await Refuses.OfAsync(ErrorKind.Recipe, () => Ingested.Write("gsm8k", source.Path,
            folder, new() { ["answers"] = "likelihood", ["publishedPrompts"] = true }))).Message);
    }

    [Theory]
    [InlineData("valPercent", "0", "1 to 99, not 0")]
    [InlineData("publishedPrompts", "1", "must be true or false, not 1")]
    [InlineData("valPercents", "3", "Did you mean 'valPercent'?")]
    public async Task An_option_that_makes_no_sense_is_named(string option, string value, string told)
    {
        using TemporaryFolder source = new(), folder = new();
        File.WriteAllLines(source["train.jsonl"], [Gsm8k(1), Gsm8k(2)]);
        File.WriteAllLines(source["test.jsonl"], [Gsm8k(9)]);
        Assert.Contains(told, (await Refuses.OfAsync(ErrorKind.Recipe, () =>
            Ingested.Write("gsm8k", source.Path, folder, new() { [option] = JsonNode.Parse(value) }))).Message);
    }
}
