using Parquet.Serialization;

namespace Das.Tests.Ingest;

/// <summary>One's own data in every form that is read.</summary>
public sealed class OwnDataTests
{
    private static readonly string[] Splits = ["train", "val", "test"];

    private static async Task<DatasetManifest> Write(string benchmark, TemporaryFolder source, TemporaryFolder folder, string? options = null,
        string onBadInput = "stop") =>
        await DatasetWriter.WriteAsync(BenchmarkCatalog.Get(benchmark), source.Path, options is null ? null : JsonNode.Parse(options)!.AsObject(), onBadInput,
            folder.Path, null, Token);

    private static async Task<string> Refused(string benchmark, TemporaryFolder source, string? options = null)
    {
        using TemporaryFolder folder = new();
        return (await Assert.ThrowsAsync<DasException>(() => Write(benchmark, source, folder, options))).Message;
    }

    private static LanguageSample[] Texts(DatasetManifest manifest, string split)
    {
        using LanguageTable table = TaskKinds.Language.Open(manifest, split);
        return [.. table.Samples.Select(sample => sample with { Image = sample.Image.ToArray() })];
    }

    private static TemporaryFolder Folder(params (string Name, string Text)[] files)
    {
        TemporaryFolder folder = new();
        foreach ((string name, string text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
            File.WriteAllText(folder[name], text);
        }
        return folder;
    }

    private static TemporaryFolder WithPictures(TemporaryFolder folder, string below, int count)
    {
        ConversationSources.Draw(folder, below, Enumerable.Range(0, count).Select(i => $"p{i}.png"));
        return folder;
    }

    private static JsonObject Conversation(int id, string? image, params string[] turns) => new()
    {
        ["id"] = $"c{id}", ["image"] = image,
        ["conversations"] = new JsonArray([.. turns.Select((turn, i) =>
            (JsonNode)new JsonObject { ["from"] = i % 2 == 0 ? "human" : "gpt", ["value"] = turn })]),
    };

    /// <summary>Twenty conversations to train on and four to be tested on, about pictures of their own.</summary>
    private static TemporaryFolder Conversations(Func<int, JsonObject> at, string images = "images")
    {
        TemporaryFolder folder = Folder(("train.json", new JsonArray([.. Enumerable.Range(0, 20).Select(at)]).ToJsonString()),
            ("test.json", new JsonArray([.. Enumerable.Range(20, 4).Select(at)]).ToJsonString()));
        return WithPictures(folder, images, 24);
    }

    public static TheoryData<string> Forms => ["no_answer_type", "multi_turn", "text_only", "image_list"];

    private static JsonObject OfForm(string form, int i)
    {
        JsonObject item = form == "text_only" && i % 5 == 3 ? Conversation(i, null, "What color is grass?", "green")
            : form == "multi_turn" && i % 5 == 3 ? Conversation(i, $"p{i}.png", "<image>\nWhat color is it?", "red", "Is it dark?", "No")
            : Conversation(i, $"p{i}.png", "<image>\nWhat color is it?", "red");
        if (form == "image_list") item["image"] = new JsonArray($"p{i}.png");
        if (item["image"] is null) item.Remove("image");
        if (form != "no_answer_type") item["answer_type"] = "OPEN";
        return item;
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Conversations_in_the_form_that_llava_documents_are_read_as_ones_own_and_as_a_published_set(string form)
    {
        foreach ((string benchmark, string images, string options) in new[] { ("conversations", "images", "{}"),
            ("slake", "imgs", """{"train": "train.json", "test": "test.json"}""") })
        {
            using TemporaryFolder source = Conversations(i => OfForm(form, i), images), folder = new();
            DatasetManifest manifest = await Write(benchmark, source, folder, options);
            Assert.Equal((0, null), (manifest.BadInputs, manifest.LeftOut));
            LanguageSample[][] splits = [.. Splits.Select(split => Texts(manifest, split))];
            Assert.Equal((20 + (form == "multi_turn" ? 4 : 0), form == "multi_turn" ? 5 : 4), (splits[0].Length + splits[1].Length, splits[2].Length));
            Assert.InRange(splits[1].Length, 2, 4);
            LanguageSample[] all = [.. splits.SelectMany(split => split)];
            Assert.Equal(all.Length, all.Select(sample => sample.Id).Distinct().Count());
            Assert.Equal(form == "text_only" ? 5 : 0, all.Count(sample => !sample.HasImage));
            Assert.Equal(("red", "What color is it?\n", "OPEN"), (all[0].Expected, all[0].Query, all[0].Facts["answer_type"]));
            if (form != "multi_turn") continue;
            LanguageSample second = Assert.Single(splits[2], sample => sample.Earlier.Count > 0);
            Assert.Equal(("c23/2", "Is it dark?\n", "No", "CLOSED"), (second.Id, second.Query, second.Expected, second.Facts["answer_type"]));
            Assert.Equal(["What color is it?", "red"], second.Earlier);
        }
    }

    public static TheoryData<string, string> WrongConversations => new()
    {
        { """{"id": "a", "conversations": "x"}""", "'conversations' is a text (\"x\") where a list is expected" },
        { """{"id": "a"}""", "'conversations' or 'conversatons' is missing; expected a list among id" },
        { """{"id": "a", "conversations": []}""", "'conversations' holds 0 turns; expected for each question one turn from human and one from gpt" },
        { """{"id": "a", "conversations": [{"from": "human", "value": "x"}]}""", "'conversations' holds 1 turns" },
        { """{"id": "a", "conversations": [{"from": "user", "value": "x"}, {"from": "gpt", "value": "y"}]}""",
            "'conversations[0].from' is 'user'; expected human" },
        { """{"id": "a", "conversations": [{"from": "human", "value": "x"}, {"from": "gpt"}]}""",
            "'conversations[1].value' is missing; expected a text among from" },
        { """{"id": "a", "conversations": [{"from": "human", "value": 3.5}, {"from": "gpt", "value": ["y"]}]}""",
            "'conversations[1].value' is a list ([\"y\"])" },
        { """{"id": "a", "conversations": [{"from": "human", "value": "<image>\nx"}, {"from": "gpt", "value": "y"}]}""",
            "'conversations[0].value' holds the mark <image>, but the item has no 'image'" },
        { """{"id": "a", "image": ["p0.png", "p1.png"], "conversations": [{"from": "human", "value": "x"}, {"from": "gpt", "value": "y"}]}""",
            "'image' names 2 pictures" },
        { """{"id": "a", "image": {"path": "p0.png"}, "conversations": [{"from": "human", "value": "x"}, {"from": "gpt", "value": "y"}]}""",
            "'image' is an object" },
        { """{"id": "a", "image": "nowhere.png", "conversations": [{"from": "human", "value": "x"}, {"from": "gpt", "value": "y"}]}""",
            "There is no picture images/nowhere.png" },
        { """{"id": "a", "image": "../train.json", "conversations": [{"from": "human", "value": "x"}, {"from": "gpt", "value": "y"}]}""",
            "There is no picture images/../train.json" },
        { """{"id": "a", "answer_type": "MAYBE", "conversations": [{"from": "human", "value": "x"}, {"from": "gpt", "value": "y"}]}""",
            "'answer_type' is 'MAYBE'; expected OPEN or CLOSED" },
    };

    [Theory]
    [MemberData(nameof(WrongConversations))]
    public async Task What_is_wrong_with_a_conversation_is_named_by_its_one_key_and_can_be_skipped(string item, string told)
    {
        using TemporaryFolder source = Conversations(i => i == 4 ? JsonNode.Parse(item)!.AsObject() : OfForm("no_answer_type", i)), folder = new();
        string message = await Refused("conversations", source);
        Assert.Contains("train.json item 5 (at 1:", message);
        Assert.Contains(told, message);
        DatasetManifest manifest = await Write("conversations", source, folder, onBadInput: "skip");
        Assert.Equal((1, 19), (manifest.BadInputs, Texts(manifest, "train").Length + Texts(manifest, "val").Length));
    }

    [Fact]
    public async Task A_conversation_may_begin_with_the_assistant_have_no_id_or_share_one_and_an_unanswered_question_is_not_tested_on()
    {
        using TemporaryFolder folder = new(), source = Conversations(i =>
        {
            JsonObject item = OfForm("no_answer_type", i);
            if (i == 0) item["conversations"]!.AsArray().Insert(0, new JsonObject { ["from"] = "gpt", ["value"] = "Hello" });
            if (i == 1) item.Remove("id");
            if (i == 3) item["id"] = "c2";
            if (i == 21) item["conversations"]![1]!["value"] = "";
            return item;
        });
        DatasetManifest manifest = await Write("conversations", source, folder);
        string[] ids = [.. Splits.SelectMany(split => Texts(manifest, split)).Select(sample => sample.Id)];
        Assert.Superset(new HashSet<string> { "c0", "train-2", "c2", "c2#2" }, ids.ToHashSet());
        Assert.Equal(23, ids.Length);
        Assert.Equal("test: 1 questions without an answer to be compared with", manifest.LeftOut!.ToString());
    }

    private static string Csv(int rows, Func<int, string> row, string header = "question,answer,image") =>
        $"{header}\n{string.Concat(Enumerable.Range(0, rows).Select(i => row(i) + "\n"))}";

    [Fact]
    public async Task Questions_are_drawn_into_splits_by_picture_and_a_seed()
    {
        string csv = Csv(60, i => $"what is {i}?,{(i % 3 == 0 ? "red" : "green")},p{i / 2}.png");
        using TemporaryFolder source = WithPictures(Folder(("all.csv", csv)), "images", 30), folder = new(), again = new(), other = new();
        DatasetManifest manifest = await Write("questions", source, folder);
        Assert.Equal(["red", "green"], manifest.Answers);
        VqaTable[] tables = [.. Splits.Select(split => TaskKinds.Vqa.Open(manifest, split))];
        Assert.Equal([42, 6, 12], tables.Select(table => table.Count));
        Assert.Equal(60, tables.SelectMany(table => table.Samples).Select(sample => sample.QuestionId).Distinct().Count());
        Assert.Equal(30, tables.SelectMany(table => table.Samples.Select(sample => sample.ImageId).Distinct()).Distinct().Count());
        Assert.Equal(1f, tables[2][0].Worth(tables[2][0].Labels[0]));
        foreach (VqaTable table in tables) table.Dispose();
        Assert.Equal(Digests(manifest), Digests(await Write("questions", source, again)));
        Assert.NotEqual(Digests(manifest), Digests(await Write("questions", source, other, """{"seed": 1}""")));

        static IEnumerable<string> Digests(DatasetManifest manifest) => manifest.Files.Select(file => file.Sha256);
    }

    [Theory]
    [InlineData("train.jsonl")]
    [InlineData("train.json")]
    [InlineData("train.parquet")]
    public async Task Questions_in_other_forms_with_other_columns_and_a_column_that_splits(string file)
    {
        using TemporaryFolder source = WithPictures(new TemporaryFolder(), "pictures", 12), folder = new();
        AskedRow[] rows = [.. Enumerable.Range(0, 12).Select(i => new AskedRow { Q = $"what is {i}?", A = i == 11 ? ["blue", "blue", "red", "blue"] : ["red"],
            File = $"p{i}.png", Part = i < 6 ? "train" : i < 8 ? "Validation" : "test" })];
        if (file.EndsWith("parquet", StringComparison.Ordinal))
            await using (FileStream stream = File.Create(source[file])) await ParquetSerializer.SerializeAsync(rows, stream, cancellationToken: Token);
        else
        {
            string[] lines = [.. rows.Select(row => JsonSerializer.Serialize(row))];
            File.WriteAllText(source[file], file.EndsWith('l') ? string.Join('\n', lines) : $"[{string.Join(',', lines)}]");
        }
        DatasetManifest manifest = await Write("questions", source, folder,
            """{"question": "Q", "answer": "A", "image": "File", "images": "pictures", "splitColumn": "Part"}""");
        using VqaTable train = TaskKinds.Vqa.Open(manifest, "train"), val = TaskKinds.Vqa.Open(manifest, "val"), test = TaskKinds.Vqa.Open(manifest, "test");
        Assert.Equal((6, 2, 4), (train.Count, val.Count, test.Count));
        Assert.Equal(["red"], manifest.Answers); // blue occurs in the test alone: every answer to its questions that is not red is wrong
        Assert.Equal((0.3f, 1f), (test[3].Scores[0], test[2].Scores[0]));
    }

    private sealed class AskedRow
    {
        public string? Q { get; set; }
        public List<string>? A { get; set; }
        public string? File { get; set; }
        public string? Part { get; set; }
    }

    [Fact]
    public async Task Pictures_may_lie_in_the_parquet_file_itself()
    {
        byte[] png = ShapesBenchmark.Png(ShapesScene.At(0, 0)), other = ShapesBenchmark.Png(ShapesScene.At(0, 1));
        using TemporaryFolder source = new(), folder = new();
        StoredRow[] rows = [.. Enumerable.Range(0, 20).Select(i => new StoredRow { question = $"what is {i}?", answer = "red",
            image = new() { bytes = i % 2 == 0 ? png : other, path = $"{i}.png" } })];
        await using (FileStream stream = File.Create(source["train.parquet"]))
            await ParquetSerializer.SerializeAsync(rows, stream, new() { RowGroupSize = 3 }, cancellationToken: Token);
        DatasetManifest manifest = await Write("questions", source, folder);
        foreach (string split in Splits)
        {
            using VqaTable table = TaskKinds.Vqa.Open(manifest, split);
            Assert.All(table.Samples, sample => Assert.True(sample.Image.Span.SequenceEqual(IsEven(sample) ? png : other)));
        }
    }

    private static bool IsEven(VqaSample sample) => int.Parse(sample.Question[8..^1], CultureInfo.InvariantCulture) % 2 == 0;

#pragma warning disable IDE1006 // Columns are called so.
    private sealed class StoredRow
    {
        public string? question { get; set; }
        public string? answer { get; set; }
        public StoredPicture? image { get; set; }
    }

    private sealed class StoredPicture
    {
        public byte[]? bytes { get; set; }
        public string? path { get; set; }
    }
#pragma warning restore IDE1006

    [Theory]
    [InlineData("what?,red,", "line 2: 'image' names no picture")]
    [InlineData("what?,red,p99.png", "line 2: There is no picture images/p99.png")]
    [InlineData("what?,,p0.png", "line 2: 'answer' is missing; expected a text among question, answer, image")]
    [InlineData(",red,p0.png", "line 2: 'question' is missing")]
    public async Task A_question_that_cannot_be_used_is_named_with_its_line_and_column(string row, string told)
    {
        string table = Csv(20, i => i == 0 ? row : $"what is {i}?,red,p{i}.png");
        using TemporaryFolder source = WithPictures(Folder(("train.csv", table)), "images", 20), folder = new();
        Assert.Contains($"train.csv {told}", await Refused("questions", source));
        Assert.Equal(1, (await Write("questions", source, folder, onBadInput: "skip")).BadInputs);
    }

    [Fact]
    public async Task Rare_answers_are_left_out_and_counted_and_an_empty_vocabulary_is_refused_with_the_counts()
    {
        using TemporaryFolder source = WithPictures(Folder(("train.csv", Csv(20, i => $"what is {i}?,{(i < 3 ? $"rare {i}" : "red")},p{i}.png")),
            ("val.csv", Csv(2, i => $"what?,red,p{i}.png")), ("test.csv", Csv(2, i => $"what?,{(i == 0 ? "red" : "unheard")},p{i}.png"))), "images", 20),
            folder = new();
        DatasetManifest manifest = await Write("questions", source, folder, """{"leastOccurrences": 2}""");
        Assert.Equal(["red"], manifest.Answers);
        Assert.Equal("train: 3 questions none of whose answers is in the vocabulary", manifest.LeftOut!.ToString());
        using VqaTable test = TaskKinds.Vqa.Open(manifest, "test");
        Assert.Equal((2, 0), (test.Count, test[1].Labels.Count));
        Assert.Contains("of 4 different answers to 22 annotated questions none occurs 100 times, the commonest 19",
            await Refused("questions", source, """{"leastOccurrences": 100}"""));
    }

    [Fact]
    public async Task A_split_whose_own_file_holds_nothing_usable_is_refused_and_never_drawn_instead()
    {
        using TemporaryFolder source = WithPictures(Folder(("train.csv", Csv(20, i => $"what?,red,p{i}.png")),
            ("dev.csv", Csv(2, _ => "what?,red,nowhere.png"))), "images", 20), folder = new();
        string message = (await Assert.ThrowsAsync<DasException>(() => Write("questions", source, folder, onBadInput: "skip"))).Message;
        Assert.Contains("Benchmark questions would have no rows in val; 2 unusable inputs skipped, the first", message);
    }

    [Fact]
    public async Task Files_and_columns_that_are_not_there_are_named()
    {
        using TemporaryFolder source = WithPictures(Folder(("a.csv", Csv(5, _ => "w,r,p0.png")), ("b.jsonl", "{}")), "images", 1), none = new();
        Assert.Contains("holds a.csv and b.jsonl: name the one to be read as benchmark.options.train", await Refused("questions", source));
        Assert.Contains("lacks c.csv", await Refused("questions", source, """{"train": "c.csv"}"""));
        Assert.Contains("'colour' is missing; expected a text among question, answer, image",
            await Refused("questions", source, """{"train": "a.csv", "answer": "colour"}"""));
        Assert.Contains("is none of", await Refused("questions", source, """{"train": "images/p0.png"}"""));
        Assert.Contains("holds no file of rows: expected train with one of the endings .csv", await Refused("questions", none));
        Assert.Contains("'question' is 'w'; expected train, val or test",
            await Refused("questions", source, """{"train": "a.csv", "splitColumn": "question"}"""));
    }

    [Fact]
    public async Task A_free_text_is_asked_in_the_words_of_the_template_and_judged_by_its_metric()
    {
        using TemporaryFolder source = Folder(("train.csv", Csv(40, i => $"{i},how many {i}?,{i}.0", "id,question,answer"))), folder = new();
        DatasetManifest manifest = await Write("texts", source, folder, """{"prompt": "{{Q}} {question}\nA:", "metric": "number", "id": "id"}""");
        LanguageSample sample = Texts(manifest, "test")[0];
        Assert.Equal(($"{{Q}} how many {sample.Id}?\nA:\n", $"The answer is {sample.Id}.0.", $"{sample.Id}.0"), (sample.Query, sample.Target, sample.Expected));
        var texts = (LanguageBenchmark)BenchmarkCatalog.Get("texts");
        Assert.Equal([true, false], new[] { $" The answer is {sample.Id}.", "no" }.Select(said => texts.Judge(sample, said).Right));
        Assert.Equal([28, 4, 8], Splits.Select(split => Texts(manifest, split).Length));

        LanguageSample Free(string metric) => sample with { Expected = "a pond", Facts = new Dictionary<string, string> { ["metric"] = metric } };
        Assert.Equal([true, false], new[] { "The pond.", "a pond here" }.Select(said => texts.Judge(Free("exact"), said).Right));
        Assert.Equal([true, true, false], new[] { "pond", "a pond here", "ponds" }.Select(said => texts.Judge(Free("contains"), said).Right));
        using LanguageTable train = TaskKinds.Language.Open(manifest, "train"), test = TaskKinds.Language.Open(manifest, "test");
        Assert.Equal(["majorityAnswer"], texts.Baselines(train, test).Keys);
    }

    [Theory]
    [InlineData("train.jsonl", "\"choices\": \"options\"", "{\"question\": \"q\", \"options\": [\"x\", \"y\", \"z\"], \"answer\": \"y\"}")]
    [InlineData("train.jsonl", "\"choices\": \"options\"", "{\"question\": \"q\", \"options\": [\"x\", \"y\", \"z\"], \"answer\": \"B\"}")]
    [InlineData("train.jsonl", "\"choices\": \"options\"", "{\"question\": \"q\", \"options\": [\"x\", \"y\", \"z\"], \"answer\": 1}")]
    [InlineData("train.jsonl", "\"choices\": \"a, b, c\"", "{\"question\": \"q\", \"a\": \"x\", \"b\": \"y\", \"c\": \"z\", \"answer\": \"y\"}")]
    [InlineData("train.jsonl", "\"labels\": \"x, y, z\"", "{\"question\": \"q\", \"answer\": \"y\"}")]
    public async Task Choices_are_lists_columns_or_labels_and_the_answer_is_one_by_text_letter_or_number(string file, string options, string row)
    {
        string[] rows = [.. Enumerable.Range(0, 10).Select(i => row.Replace("\"q\"", $"\"q{i}\"", StringComparison.Ordinal))];
        using TemporaryFolder source = Folder((file, string.Join('\n', rows))), folder = new();
        DatasetManifest manifest = await Write("texts", source, folder, $$"""{"prompt": "{question}", {{options}}}""");
        LanguageSample sample = Texts(manifest, "test")[0];
        Assert.Matches("^q\\d\nOptions: A. x\nB. y\nC. z\n$", sample.Query);
        Assert.Equal(("B", "Answer: The answer is B. y."), (sample.Expected, sample.Target));
        Assert.Equal(["A", "B", "C"], sample.Letters);
        var texts = (LanguageBenchmark)BenchmarkCatalog.Get("texts");
        Assert.True(texts.Judge(sample, sample.Target).Right);
        using LanguageTable train = TaskKinds.Language.Open(manifest, "train"), test = TaskKinds.Language.Open(manifest, "test");
        Assert.Equal(1.0 / 3, texts.Baselines(train, test)["chance"], 12);
    }

    [Theory]
    [InlineData("\"prompt\": \"{question\"", "has a '{' without its counterpart")]
    [InlineData("\"prompt\": \"{passage}\"", "'passage' is missing; expected a text among question, answer")]
    [InlineData("\"prompt\": \"{question}\", \"choices\": \"answer\"", "'answer' is no list of choices")]
    [InlineData("\"prompt\": \"{question}\", \"labels\": \"x, z\"", "'answer' is 'y', which is none of the choices x, z")]
    [InlineData("\"prompt\": \"{question}\", \"labels\": \"x\"", "holds 1 choices; expected 2 to 26")]
    [InlineData("\"prompt\": \"{question}\", \"metric\": \"number\"", "'answer' is 'y', which is no number")]
    [InlineData("\"prompt\": \"{question}\", \"metric\": \"bleu\"", "'benchmark.options.metric' must be exact or contains or number, not 'bleu'")]
    [InlineData("\"prompt\": \"{question}\", \"labels\": \"x, y\", \"choices\": \"answer\"", "say the same thing twice")]
    [InlineData("\"metric\": \"exact\"", "the required key 'benchmark.options.prompt' is missing")]
    public async Task What_does_not_fit_the_rows_is_named(string options, string told)
    {
        using TemporaryFolder source = Folder(("train.jsonl", "{\"question\": \"q\", \"answer\": \"y\"}"));
        Assert.Contains(told, await Refused("texts", source, $"{{{options}}}"));
    }

    [Fact]
    public async Task Captions_are_one_a_row_or_lists_and_a_picture_stands_once()
    {
        string[] rows = [.. Enumerable.Range(0, 20).SelectMany(i => new[] { $"{{\"image\": \"p{i}.png\", \"caption\": \"a {i}\"}}",
            $"{{\"image\": \"p{i}.png\", \"caption\": [\"b {i}\", \"a {i}\", \" \"]}}" })];
        using TemporaryFolder source = WithPictures(Folder(("train.jsonl", string.Join('\n', rows))), "images", 20), folder = new();
        DatasetManifest manifest = await Write("captions", source, folder);
        CaptionTable[] tables = [.. Splits.Select(split => TaskKinds.Retrieval.Open(manifest, split))];
        Assert.Equal([14, 2, 4], tables.Select(table => table.Rows));
        Assert.All(tables, table => Assert.Equal(2 * table.Rows, table.Count));
        Assert.Contains("test: 4 captions that repeat one of the same picture", manifest.LeftOut!.ToString());
        foreach (CaptionTable table in tables) table.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_text_file_beside_each_picture_holds_its_captions(bool folders)
    {
        using TemporaryFolder source = new(), folder = new();
        foreach ((string below, int count) in folders ? [("train", 6), ("test", 3)] : new[] { (".", 10) })
        {
            WithPictures(source, below, count);
            for (int i = 0; i < count; i++) File.WriteAllText(source[$"{below}/p{i}.txt"], $"\ufeffa dog {i}\r\n\r\na cat {i}\n");
        }
        DatasetManifest manifest = await Write("captions", source, folder);
        using CaptionTable train = TaskKinds.Retrieval.Open(manifest, "train"), val = TaskKinds.Retrieval.Open(manifest, "val"),
            test = TaskKinds.Retrieval.Open(manifest, "test");
        Assert.Equal(folders ? (5, 1, 3) : (7, 1, 2), (train.Rows, val.Rows, test.Rows));
        Assert.Matches("^a dog \\d$", train.Captions(0)[0]);
        File.Delete(source[folders ? "train/p0.txt" : "p0.txt"]);
        string message = await Refused("captions", source);
        Assert.Contains("p0.png: There is no p0.txt with its captions beside it.", message);
    }
}
