using Brought = System.Func<int, System.Text.Json.Nodes.JsonObject>;

namespace Das.Tests.Ingest;

/// <summary>Raw files as people bring them: each is read as it is meant, or refused with its place, and what is left out is counted.</summary>
public sealed class BroughtDataTests
{
    private static readonly string[] Colours = ["red", "green", "blue", "yellow"];

    private static Task<DatasetManifest> Write(string benchmark, TemporaryFolder source, TemporaryFolder folder, JsonObject? options = null,
        string onBadInput = "stop") =>
        DatasetWriter.WriteAsync(BenchmarkCatalog.Get(benchmark), source.Path, options, onBadInput, folder.Path, null, Token);

    private static async Task<string> Told(string benchmark, TemporaryFolder source, JsonObject? options = null, string onBadInput = "stop")
    {
        using TemporaryFolder folder = new();
        return (await Refuses.DataAsync(() => Write(benchmark, source, folder, options, onBadInput))).Message;
    }

    private static long Rows(DatasetManifest manifest) => manifest.Files.Sum(file => file.Rows);

    /// <summary>VQA v2's files: 40 pictures to train on and 40 more, a question about the colour of each, and ten like answers to it.</summary>
    private static TemporaryFolder Vqa(Brought? annotation = null, Brought? question = null)
    {
        TemporaryFolder source = new();
        byte[] picture = ShapesBenchmark.Png(ShapesScene.At(0, 0));
        foreach ((string split, int first) in new[] { ("train2014", 0), ("val2014", 100_000) })
        {
            Directory.CreateDirectory(source[split]);
            int[] images = [.. Enumerable.Range(first + 1, 40)];
            foreach (int image in images) File.WriteAllBytes(source[$"{split}/COCO_{split}_{image:D12}.jpg"], picture);
            Write("annotations", $"v2_mscoco_{split}_annotations.json", annotation ?? (image => Answered(image, Colours[image % 4])));
            Write("questions", $"v2_OpenEnded_mscoco_{split}_questions.json", question
                ?? (image => new() { ["image_id"] = image, ["question"] = "What color?", ["question_id"] = image * 1000 }));

            void Write(string key, string file, Brought one) =>
                File.WriteAllText(source[file], new JsonObject { ["info"] = new JsonObject(), [key] = new JsonArray([.. images.Select(one)]) }.ToJsonString());
        }
        return source;
    }

    private static JsonObject Annotated(int image, string? commonest, params IEnumerable<JsonNode> answers)
    {
        JsonObject annotation = new() { ["question_id"] = image * 1000, ["image_id"] = image, ["answers"] = new JsonArray([.. answers]) };
        if (commonest is not null) annotation["multiple_choice_answer"] = commonest;
        return annotation;
    }

    private static JsonObject Answered(int image, string answer) =>
        Annotated(image, answer, Enumerable.Range(0, 10).Select(_ => new JsonObject { ["answer"] = answer }));

    private static JsonObject Kept(int least = 9) => least == 9 ? new() { ["restVal"] = 8 } : new() { ["restVal"] = 8, ["leastOccurrences"] = least };

    [Fact]
    public async Task Answers_that_are_plain_texts_or_numbers_and_ids_that_are_texts_are_read_as_what_they_mean()
    {
        Brought[] annotations =
        [
            image => Annotated(image, Colours[image % 4], Enumerable.Range(0, 10).Select(_ => (JsonNode)Colours[image % 4])),
            image => Annotated(image, $"{image % 4}", Enumerable.Range(0, 10).Select(_ => new JsonObject { ["answer"] = image % 4 })),
            image => Annotated(image, null, Enumerable.Range(0, 10).Select(_ => (JsonNode)Colours[image % 4])),
        ];
        foreach (Brought annotation in annotations)
        {
            using TemporaryFolder source = Vqa(annotation,
                image => new() { ["image_id"] = $"{image}", ["question"] = "What?", ["question_id"] = $"{image * 1000}" });
            using TemporaryFolder folder = new();
            DatasetManifest manifest = await Write("vqav2", source, folder, Kept());
            Assert.Equal((0, 80, 4), (manifest.BadInputs, Rows(manifest), manifest.Answers.Count));
            Assert.Null(manifest.LeftOut);
            using VqaTable train = TaskKinds.Vqa.Open(manifest, "train");
            Assert.All(train.Samples, sample => Assert.Equal([1f], sample.Scores));
        }
    }

    [Theory]
    [InlineData("\"image_id\": [1]", "'image_id' is a list ([1]) where a whole number is expected")]
    [InlineData("\"image_id\": \"one\"", "'image_id' is a text (\"one\") where a whole number is expected")]
    [InlineData("\"question_id\": 1.5", "'question_id' is a number (1.5) where a whole number is expected")]
    [InlineData("\"question\": {}", "'question' is an object ({}) where a text is expected")]
    [InlineData("\"question\": \" \"", "'question' is empty")]
    [InlineData("\"question\": null", "'question' is missing; expected a text among image_id, question, question_id")]
    public async Task A_wrong_type_is_named_with_its_key_and_can_be_skipped(string member, string told)
    {
        JsonObject wrong = JsonNode.Parse($"{{{member}}}")!.AsObject();
        using TemporaryFolder folder = new(), source = Vqa(question: image =>
        {
            JsonObject question = new() { ["image_id"] = image, ["question"] = "What?", ["question_id"] = image * 1000 };
            if (image == 2) foreach ((string key, JsonNode? value) in wrong) question[key] = value?.DeepClone();
            return question;
        });
        string message = await Told("vqav2", source, Kept());
        Assert.Contains("train2014_questions.json item 2 (at 1:", message);
        Assert.Contains(told, message);
        Assert.Equal((1, 79), (await Write("vqav2", source, folder, Kept(), "skip")) is var skipped ? (skipped.BadInputs, Rows(skipped)) : default);
    }

    [Fact]
    public async Task Answers_that_occur_once_are_a_vocabulary_where_the_option_says_so_and_an_empty_one_is_refused()
    {
        using TemporaryFolder own = Vqa(image => Annotated(image, null, new JsonObject { ["answer"] = $"shape{image}" })), folder = new();
        Assert.Contains("The vocabulary is empty: of 80 different answers to 80 annotated questions none occurs 9 times, the commonest 1; give the least "
            + "number of occurrences that an answer must have as benchmark.options.leastOccurrences", await Told("vqav2", own, Kept()));
        Assert.Equal((80, 80), await Write("vqav2", own, folder, Kept(1)) is var read ? (read.Answers.Count, Rows(read)) : default);

        using TemporaryFolder other = Vqa(image => Annotated(image, $"sentence {image}", new JsonObject { ["answer"] = $"another {image}" }));
        Assert.Contains("Benchmark vqav2 would have no rows in all_val, train, val; left out of train: 40 questions none of whose answers is in the "
            + "vocabulary; val: 40 questions none", await Told("vqav2", other, Kept(1)));
    }

    [Fact]
    public async Task Questions_whose_answers_are_not_in_the_vocabulary_are_dropped_as_published_and_counted()
    {
        using TemporaryFolder source = Vqa(image => Answered(image, image % 4 == 0 ? "a" : Colours[image % 4])), folder = new(); // "a" normalises to nothing.
        DatasetManifest manifest = await Write("vqav2", source, folder, Kept());
        Assert.Equal(("", 60L, 0L), (manifest.Answers[3], Rows(manifest), manifest.BadInputs));
        Assert.Equal("train: 10 questions none of whose answers is in the vocabulary; val: 10 questions none of whose answers is in the vocabulary",
            $"{manifest.LeftOut}");
    }

    [Fact]
    public async Task A_manifest_from_before_left_out_rows_were_counted_is_read()
    {
        using TemporaryFolder source = Vqa(image => Answered(image, image % 4 == 0 ? "a" : Colours[image % 4])), folder = new();
        await Write("vqav2", source, folder, Kept());
        string path = folder[DatasetManifest.FileName];
        JsonObject manifest = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        Assert.True(manifest.Remove("left_out"));
        File.WriteAllText(path, manifest.ToJsonString());
        Assert.Null(DatasetManifest.Load(folder.Path).LeftOut);
    }

    [Fact]
    public async Task A_byte_order_mark_is_accepted_in_every_file()
    {
        using TemporaryFolder source = Vqa(), folder = new();
        foreach (string file in Directory.GetFiles(source.Path, "*.json")) File.WriteAllBytes(file, [0xef, 0xbb, 0xbf, .. File.ReadAllBytes(file)]);
        Assert.Equal(80, Rows(await Write("vqav2", source, folder, Kept())));
    }

    /// <summary>BoolQ's lines about balls, 24 to train on and 12 to be tested on.</summary>
    private static TemporaryFolder BoolQ(Func<int, string>? answer = null, Func<int, string>? passage = null, Func<string, byte[]>? encode = null)
    {
        TemporaryFolder source = new();
        foreach ((string split, int count) in new[] { ("train", 24), ("dev", 12) })
            source.Write($"{split}.jsonl", (encode ?? Encoding.UTF8.GetBytes)(string.Concat(Enumerable.Range(0, count).Select(i =>
                $$"""{"question": "is ball {{i}} red", "title": "Ball {{split}} {{i}}", """
                + $$"""{{answer?.Invoke(i) ?? $"\"answer\": {(i % 2 == 0 ? "true" : "false")}"}}"""
                + $$""", "passage": "{{passage?.Invoke(i) ?? $"Tim has ball {i} of {split}."}}"}""" + "\n"))));
        return source;
    }

    [Theory]
    [InlineData("\"answer\": \"yes\"")]
    [InlineData("\"answer\": \"True\"")]
    [InlineData("\"label\": 1")]
    [InlineData("\"label\": \"1\"")]
    public async Task Labels_are_read_in_their_usual_spellings(string answer)
    {
        using TemporaryFolder source = BoolQ(i => answer), folder = new();
        DatasetManifest manifest = await Write("boolq", source, folder);
        Assert.Equal((0, 36), (manifest.BadInputs, Rows(manifest)));
        using LanguageTable test = TaskKinds.Language.Open(manifest, "test");
        Assert.All(test.Samples, sample => Assert.Equal("A", sample.Expected));
    }

    [Theory]
    [InlineData("\"answer\": -1", "line 6: 'answer' or 'label' is a number (-1)", "line 6: 'answer' is a number (-1) where true or false is expected")]
    [InlineData("\"answer\": null", "", "line 6: 'answer' or 'label' is missing; expected true or false among question, title, answer, passage")]
    [InlineData("\"answer\": NaN", "", "line 6: At 6:66, NaN is no JSON: write null or a number")]
    [InlineData("\"answer\": false, \"answer\": true", "", "line 6: At 6:73, the key 'answer' is given twice")]
    [InlineData("\"answer\": true, \"note\": \"\\ud83d\"", "", "line 6: At 6:81, \\ud83d is half a surrogate pair, which is no character")]
    public async Task A_line_that_cannot_be_read_is_named_and_alone_is_skipped(string answer, string never, string told)
    {
        using TemporaryFolder source = BoolQ(i => i == 5 ? answer : "\"answer\": true"), folder = new();
        File.WriteAllText(source["dev.jsonl"], File.ReadAllText(source["dev.jsonl"]).Replace(answer, "\"answer\": true", StringComparison.Ordinal));
        string message = await Told("boolq", source);
        Assert.Contains("1 input cannot be used", message);
        Assert.Contains($"train.jsonl {told}", message);
        if (never.Length > 0) Assert.DoesNotContain(never, message);
        DatasetManifest manifest = await Write("boolq", source, folder, onBadInput: "skip");
        Assert.Equal((1, 35), (manifest.BadInputs, Rows(manifest)));
    }

    [Fact]
    public async Task Lines_are_the_same_in_every_encoding_that_says_which_it_is()
    {
        const string passage = "A line\u2028separator\u0085, a 😀 and é.";
        using TemporaryFolder plain = BoolQ(passage: i => passage + i), written = new();
        DatasetManifest expected = await Write("boolq", plain, written);
        Assert.Equal(36, Rows(expected));
        Func<string, byte[]>[] encodings =
        [
            text => [0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(text.Replace("\n", "\r\n", StringComparison.Ordinal))],
            text => [0xff, 0xfe, .. Encoding.Unicode.GetBytes(text)],
            text => [0xfe, 0xff, .. Encoding.BigEndianUnicode.GetBytes(text)],
        ];
        foreach (Func<string, byte[]> encode in encodings)
        {
            using TemporaryFolder source = BoolQ(passage: i => passage + i, encode: encode), folder = new();
            Assert.Equal(expected.Files, (await Write("boolq", source, folder)).Files);
        }
        using TemporaryFolder latin = BoolQ(passage: i => $"caf{(i == 3 ? "é" : "e")} {i}", encode: Encoding.Latin1.GetBytes);
        Assert.Contains("train.jsonl line 4: At 4:", await Told("boolq", latin));
        Assert.Contains("the byte 0xE9 is no UTF-8 there. Save the file as UTF-8.", await Told("boolq", latin));
    }

    private static JsonObject Said(int i, string split) => new()
    {
        ["id"] = $"{split}-{i}", ["image"] = $"p{i}.png", ["answer_type"] = "OPEN",
        ["conversations"] = new JsonArray(new JsonObject { ["from"] = "human", ["value"] = "<image>\nWhat color is it?" },
            new JsonObject { ["from"] = "gpt", ["value"] = Colours[i % 4] }),
    };

    private static JsonObject Asked(int i, string split) => new()
    {
        ["qid"] = i + (split == "test" ? 100 : 0), ["img_name"] = $"p{i}.png", ["question"] = "What color?", ["answer"] = Colours[i % 4],
        ["answer_type"] = "OPEN", ["q_lang"] = "en",
    };

    /// <summary>20 questions about as many pictures to train on and 8 to be tested on.</summary>
    private static TemporaryFolder Slake(Func<int, string, JsonObject> one, Func<string, byte[]>? encode = null)
    {
        TemporaryFolder source = new();
        ConversationSources.Draw(source, "imgs", Enumerable.Range(0, 20).Select(i => $"p{i}.png"));
        foreach ((string split, int count) in new[] { ("train", 20), ("test", 8) })
            source.Write($"{split}.json", (encode ?? Encoding.UTF8.GetBytes)(
                new JsonArray([.. Enumerable.Range(0, count).Select(i => one(i, split))]).ToJsonString()));
        return source;
    }

    private static JsonObject Lists() => new() { ["train"] = "train.json", ["test"] = "test.json", ["valPercent"] = 20 };

    [Fact]
    public async Task Rows_in_another_language_and_without_an_answer_are_counted_by_reason_and_an_empty_split_is_refused_with_it()
    {
        using TemporaryFolder folder = new(), source = Slake((i, split) =>
        {
            JsonObject item = Asked(i, split);
            item["q_lang"] = (i % 4) switch { 0 => "zh", 1 => "EN", 2 => "English", _ => "en" };
            if (split == "test" && i == 3) item["answer"] = "";
            item["answer_type"] = i % 2 == 0 ? "open" : "CLOSED ";
            return item;
        });
        DatasetManifest manifest = await Write("slake", source, folder, Lists());
        Assert.Equal((0, 15 + 5), (manifest.BadInputs, Rows(manifest)));
        Assert.Equal("test: 2 questions in another language than English, q_lang 'zh', 1 questions without an answer to be compared with; train: 5 questions "
            + "in another language than English, q_lang 'zh'", $"{manifest.LeftOut}");

        using TemporaryFolder chinese = Slake((i, split) =>
        {
            JsonObject item = Asked(i, split);
            item["q_lang"] = "zh";
            return item;
        });
        Assert.Contains("Benchmark slake would have no rows in test, train, val; left out of test: 8 questions in another language than English, q_lang 'zh'; "
            + "train: 20", await Told("slake", chinese, Lists()));
    }

    [Fact]
    public async Task Answers_that_are_numbers_are_texts_and_truth_values_and_repeated_ids_are_named()
    {
        using TemporaryFolder folder = new(), source = Slake((i, split) =>
        {
            JsonObject item = Asked(i, split);
            item["answer"] = (i % 4) switch { 0 => "0", 1 => 1, 2 => 2.5, _ => "3" };
            if (split == "train" && i == 6) item["answer"] = true;
            if (split == "train" && i == 7) item["qid"] = 5;
            return item;
        });
        string told = await Told("slake", source, Lists());
        Assert.Contains("item 7 (at 1:", told);
        Assert.Contains("'answer' is a truth value (true) where a text is expected", told);
        Assert.Contains("The id 5 stands twice; the first counts", told);
        DatasetManifest manifest = await Write("slake", source, folder, Lists(), "skip");
        Assert.Equal((2, 26), (manifest.BadInputs, Rows(manifest)));
        using LanguageTable test = TaskKinds.Language.Open(manifest, "test");
        Assert.Equal(["0", "1", "2.5", "3"], test.Samples.Take(4).Select(sample => sample.Expected));
    }

    [Theory]
    [InlineData("[", "]", "},]", "the list ends behind a comma; remove the comma, or add the item")]
    [InlineData("[", "]", "}]}", "more follows the end of the JSON")]
    [InlineData("[", "{\"data\": [", "]}", "the list stands in its member \"data\"; write that list alone")]
    [InlineData("},{", "}\n{", "lines", "the file is JSON lines; write the objects as one list")]
    [InlineData("", "", "cut", "the file ends within item 10, which begins here")]
    public async Task A_list_of_another_form_or_cut_is_named_and_never_skipped(string old, string other, string end, string told)
    {
        using TemporaryFolder source = Slake(Said);
        string list = File.ReadAllText(source["train.json"]);
        File.WriteAllText(source["train.json"], end switch
        {
            "cut" => list[..(list.IndexOf("train-9", StringComparison.Ordinal) + 3)],
            "lines" => list[1..^1].Replace(old, other, StringComparison.Ordinal),
            "},]" => list[..^2] + end,
            "}]}" => list[..^2] + end,
            _ => string.Concat(other, list.AsSpan(1, list.Length - 2), end),
        });
        foreach (string onBadInput in new[] { "stop", "skip" })
        {
            string message = await Told("slake", source, Lists(), onBadInput);
            Assert.Contains($"train.json:1:", message);
            Assert.Contains(told, message);
        }
    }

    [Fact]
    public async Task A_list_is_read_in_every_encoding_that_says_which_it_is_and_one_bad_text_is_one_bad_item()
    {
        foreach (Func<string, byte[]> encode in new Func<string, byte[]>[] { text => [0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(text)],
            text => [0xff, 0xfe, .. Encoding.Unicode.GetBytes(text)] })
        {
            using TemporaryFolder source = Slake(Said, encode), folder = new();
            Assert.Equal(28, Rows(await Write("slake", source, folder, Lists())));
        }
        foreach ((string text, string told) in new[] { ("caf\u00e9", "the byte 0xE9 is no UTF-8 there"), ("\\ud83d", "\\ud83d is half a surrogate pair") })
        {
            using TemporaryFolder folder = new(), source = Slake(Said, list =>
                Encoding.Latin1.GetBytes(list.Replace("\"train-5\"", $"\"train-5 {text}\"", StringComparison.Ordinal)));
            string message = await Told("slake", source, Lists());
            Assert.Contains("train.json item 6 (at 1:", message);
            Assert.Contains(told, message);
            DatasetManifest manifest = await Write("slake", source, folder, Lists(), "skip");
            Assert.Equal((1, 27), (manifest.BadInputs, Rows(manifest)));
        }
    }

    [Theory]
    [InlineData("true", "false", "png")]
    [InlineData("\"true\"", "\"false\"", "png")]
    [InlineData("\"True\"", "\"False\"", "jpg")]
    [InlineData("1", "0", "jpeg")]
    public async Task Labels_of_sentences_are_read_in_their_usual_spellings_and_pictures_by_their_usual_endings(string yes, string no, string ending)
    {
        using TemporaryFolder source = PairSources.Small(), folder = new();
        foreach (string file in Directory.GetFiles(source["nlvr2/data"]))
            File.WriteAllText(file, File.ReadAllText(file).Replace("\"True\"", yes, StringComparison.Ordinal)
                .Replace("\"False\"", no, StringComparison.Ordinal));
        foreach (string picture in Directory.GetFiles(source.Path, "*.png", SearchOption.AllDirectories))
            File.Move(picture, Path.ChangeExtension(picture, ending));
        DatasetManifest manifest = await Write("nlvr2", source, folder, new() { ["valRows"] = 4 });
        Assert.Equal(0, manifest.BadInputs);
        using PairTable train = TaskKinds.Pairs.Open(manifest, "all_train");
        Assert.Equal((36, 18), (train.Count, train.Samples.Count(sample => sample.Label == true)));
    }

    [Fact]
    public async Task Captions_without_words_repeated_ones_and_pictures_beyond_an_option_are_counted()
    {
        using TemporaryFolder source = new(), folder = new();
        Directory.CreateDirectory(source["images"]);
        JsonArray images = [];
        foreach ((string split, int i) in Enumerable.Range(0, 12).Select(i => (i < 8 ? "train" : "test", i)))
        {
            File.WriteAllBytes(source[$"images/{i}.png"], ShapesBenchmark.Png(ShapesScene.At(0, i)));
            images.Add(new JsonObject { ["filename"] = $"{i}.png", ["split"] = split, ["sentences"] = new JsonArray([.. new[] { "one", i == 1 ? " " : "two",
                i == 2 ? "one" : "three" }.Select(raw => new JsonObject { ["raw"] = raw })]) });
        }
        File.WriteAllText(source["set.json"], new JsonObject { ["images"] = images }.ToJsonString());
        DatasetManifest manifest = await Write("karpathy", source, folder, new() { ["json"] = "set.json", ["images"] = "images", ["testPictures"] = 3 });
        Assert.Equal("test: 1 pictures beyond option testPictures; train: 1 captions that repeat one of the same picture, 1 captions without words",
            $"{manifest.LeftOut}");
        images[0]!["sentences"]![1]!["raw"] = null;
        File.WriteAllText(source["set.json"], new JsonObject { ["images"] = images.DeepClone() }.ToJsonString());
        Assert.Contains("'sentences[1].raw' is missing; expected a text",
            await Told("karpathy", source, new() { ["json"] = "set.json", ["images"] = "images" }));
    }
}
