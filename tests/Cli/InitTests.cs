namespace Das.Tests.Cli;

/// <summary><c>das init</c> on every kind of data and every family of models.</summary>
public sealed class InitTests
{
    private static readonly string vilt = Path.Combine(Repository.Root, "models", "vilt-shapes", "model.safetensors"),
        meter = Path.Combine(Repository.Root, "models", "meter-shapes", "model.safetensors"), example = Path.Combine(Repository.Root, "examples", "questions");

    private static async Task<(Recipe Recipe, string Text)> Init(TemporaryFolder folder, params string[] args)
    {
        string file = folder[$"{Guid.NewGuid():N}.json"];
        var result = await CommandLine.RunAsync(["init", .. args, "--output", file]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains($"Wrote {file}", result.Output);
        return (RecipeFile.Load(file), File.ReadAllText(file));
    }

    private static async Task<string> Refused(params string[] args)
    {
        var result = await CommandLine.RunAsync(["init", .. args]);
        Assert.NotEqual(0, result.ExitCode);
        return result.Error;
    }

    private static TemporaryFolder Folder(string file, IEnumerable<string> lines, int pictures = 0)
    {
        TemporaryFolder folder = new();
        File.WriteAllLines(folder[file], lines);
        if (pictures > 0) ConversationSources.Draw(folder, "images", Enumerable.Range(0, pictures).Select(i => $"p{i}.png"));
        return folder;
    }

    private static TemporaryFolder Weights(string backbone)
    {
        TemporaryFolder folder = new();
        BackboneRecipe written = TinyDecoders.Write(backbone, folder["silent.safetensors"]);
        using (Checkpoint silent = Checkpoint.Open(written.Checkpoint))
            SafetensorsWriter.Write(folder["model.safetensors"], silent.Names.Select(name => (name, silent.Read(name))),
                new Dictionary<string, string> { [Checkpoint.ConfigKey] = written.Config!.ToJsonString() });
        File.Move(written.Checkpoint, folder["silent"]);
        return folder;
    }

    [Fact]
    public async Task Every_value_says_why_it_has_it_and_the_recipe_is_valid()
    {
        using TemporaryFolder folder = new();
        foreach (string model in new[] { vilt, meter })
        {
            (Recipe recipe, string text) = await Init(folder, "--data", example, "--model", model, "--name", "own");
            Assert.Equal(("own", "questions", example, 64), (recipe.Name, recipe.Benchmark.Name, recipe.Benchmark.Source, recipe.Backbone.ImageSize));
            Assert.Equal((16, model == vilt ? 32 : 48), (recipe.Backbone.InLayerBottleneck, recipe.Backbone.ReplacementBottleneck));
            Assert.Equal(model == vilt ? ("vilt", "no") : ("meter", "float32"), (recipe.Backbone.Name, recipe.Backbone.KeepTowers));
            Assert.Equal((16, 16), (recipe.Finetune.Optimization.Batch, recipe.Finetune.Optimization.MicroBatch));
            Assert.True(recipe.Search.WarmupEpochs < recipe.Search.Epochs);
            string[] lines = [.. text.Split('\n').Select(line => line.Trim())];
            Assert.All(Enumerable.Range(0, lines.Length).Where(i => Regex.IsMatch(lines[i], "^\".*\": [^{]")), i =>
                Assert.True(lines[i].Contains("// ", StringComparison.Ordinal) || lines[i - 1].StartsWith("// ", StringComparison.Ordinal), lines[i]));
            Assert.All(lines, line => Assert.InRange(line.Length, 0, 220));
        }
    }

    [Fact]
    public async Task A_decoder_is_given_a_prompt_choices_lengths_and_as_many_tokens_as_answers_take()
    {
        using TemporaryFolder folder = new(), weights = Weights("llama"), source = Folder("train.jsonl",
            Enumerable.Range(0, 40).Select(i =>
                $"{{\"passage\": \"it is {i}\", \"question\": \"how many?\", \"options\": [\"a\", \"b\"], \"answer\": {i % 2}}}"));
        (Recipe recipe, _) = await Init(folder, "--data", source.Path, "--model", weights["model.safetensors"], "--vocabulary", TinyDecoders.Vocabulary,
            "--backbone", "llama");
        Assert.Equal(("llama", "texts"), (recipe.Backbone.Name, recipe.Benchmark.Name));
        Assert.Equal(("Passage: {passage}\nQuestion: {question}\n", "options"),
            ((string?)recipe.Benchmark.Options!["prompt"], (string?)recipe.Benchmark.Options["choices"]));
        Assert.InRange(recipe.Evaluate.MaxNewTokens, 5, 60);
        Assert.InRange((int)recipe.Backbone.Config!["maxLength"]!, recipe.Evaluate.MaxNewTokens, 512);
        Assert.Equal((8, 32, "lavin"), (recipe.Backbone.InLayerBottleneck, recipe.Backbone.ReplacementBottleneck, recipe.Search.Optimization.Grouping));
    }

    [Theory]
    [InlineData("{\"text\": \"it is {0}\", \"label\": \"{1}\"}", "labels", "no, yes")]
    [InlineData("{\"text\": \"it is {0}\", \"label\": \"{0}\"}", "metric", "number")]
    [InlineData("{\"text\": \"it is {0}\", \"label\": \"it {0}\"}", "metric", "exact")]
    [InlineData("{\"text\": \"it is {0}\", \"label\": \"a long answer of words {0}\"}", "metric", "contains")]
    [InlineData("{\"text\": \"it is {0}\", \"A\": \"x\", \"B\": \"y\", \"label\": \"x\"}", "choices", "A, B")]
    public async Task How_a_text_task_is_answered_is_seen_in_its_answers(string row, string option, string value)
    {
        using TemporaryFolder folder = new(), weights = Weights("llama"), source = Folder("data.jsonl", Enumerable.Range(0, 40).Select(i =>
            row.Replace("{0}", $"{i}", StringComparison.Ordinal).Replace("{1}", i % 2 == 0 ? "yes" : "no", StringComparison.Ordinal)));
        (Recipe recipe, _) = await Init(folder, "--data", source.Path, "--model", weights["model.safetensors"], "--vocabulary", TinyDecoders.Vocabulary,
            "--backbone", "llama");
        Assert.Equal(value, (string?)recipe.Benchmark.Options![option]);
        Assert.Equal("label", (string?)recipe.Benchmark.Options["answer"]);
    }

    [Fact]
    public async Task A_llama_with_an_image_tower_is_a_llava_whose_sizes_are_read_off_the_towers_tensors()
    {
        using TemporaryFolder folder = new(), weights = Weights("llama"), source = new();
        ConversationSources.Draw(source, "images", ["p0.png"]);
        File.WriteAllText(source["train.json"], new JsonArray([.. Enumerable.Range(0, 40).Select(i => (JsonNode)new JsonObject { ["image"] = "p0.png",
            ["conversations"] = new JsonArray(new JsonObject { ["from"] = "human", ["value"] = $"<image>\n{i}?" },
                new JsonObject { ["from"] = "gpt", ["value"] = "yes" }) })]).ToJsonString());
        for (int i = 0; i < 40; i++) File.Copy(source["images/p0.png"], source[$"images/q{i}.png"]);
        string json = File.ReadAllText(source["train.json"]);
        int at = 0;
        File.WriteAllText(source["train.json"], Regex.Replace(json, "p0.png", _ => $"q{at++}.png"));
        (Recipe recipe, _) = await Init(folder, "--data", source.Path, "--model", weights["model.safetensors"], "--vision", meter, "--vocabulary",
            TinyDecoders.Vocabulary);
        Assert.Equal(("llava", "conversations", 64, "float32"),
            (recipe.Backbone.Name, recipe.Benchmark.Name, recipe.Backbone.ImageSize, recipe.Backbone.KeepTowers));
        JsonObject config = recipe.Backbone.Config!;
        Assert.Equal((16, 128, 4, 4, true), ((int)config["patchSize"]!, (int)config["clipWidth"]!, (int)config["clipHeads"]!, (int)config["clipLayers"]!,
            (bool)config["newProjector"]!));
        Assert.True((int)config["maxLength"]! > 16);
    }

    [Fact]
    public async Task Captions_are_found_as_a_table_or_beside_the_pictures()
    {
        IEnumerable<string> rows = Enumerable.Range(0, 30).Select(i => $"p{i}.png,a dog {i}").Prepend("image,caption");
        using TemporaryFolder folder = new(), table = Folder("captions.csv", rows, 30), beside = new();
        ConversationSources.Draw(beside, "pictures", Enumerable.Range(0, 30).Select(i => $"p{i}.png"));
        for (int i = 0; i < 30; i++) File.WriteAllText(beside[$"pictures/p{i}.txt"], $"a dog {i}\n");
        foreach (TemporaryFolder source in new[] { table, beside })
        {
            (Recipe recipe, _) = await Init(folder, "--data", source.Path, "--model", vilt);
            Assert.Equal(("captions", 7, 1), (recipe.Benchmark.Name, recipe.Search.Optimization.Negatives, recipe.Search.Optimization.HeadMultiplier));
            Assert.Equal(source == beside ? "pictures" : null, (string?)recipe.Benchmark.Options!["images"]);
        }
    }

    [Fact]
    public async Task What_cannot_be_made_a_recipe_of_is_a_sentence_and_nothing_is_overwritten()
    {
        using TemporaryFolder folder = new(), other = Folder("train.csv", ["colour,size", "red,3"]), empty = new(), chat = Folder("train.json",
            ["""[{"conversations": [{"from": "human", "value": "x"}, {"from": "gpt", "value": "y"}]}]"""]), weights = Weights("llama");
        string file = folder["own.json"];
        File.WriteAllText(file, "mine");
        Assert.Contains($"{file} exists already", await Refused("--data", example, "--model", vilt, "--output", file));
        Assert.Equal("mine", File.ReadAllText(file));
        string[] to = ["--output", folder["new.json"]];
        Assert.Contains("'/no/such/model' does not exist", await Refused(["--data", example, "--model", "/no/such/model", .. to]));
        Assert.Contains("/no/such/data", await Refused(["--data", "/no/such/data", "--model", vilt, .. to]));
        Assert.Contains("train.csv has the columns colour, size. Looked for a picture (image, ", await Refused(["--data", other.Path, "--model", vilt, .. to]));
        Assert.Contains("nor pictures with a .txt of the same name", await Refused(["--data", empty.Path, "--model", vilt, .. to]));
        Assert.Contains("chooses its answer from a list", await Refused(["--data", chat.Path, "--model", vilt, .. to]));
        Assert.Contains("Name the tokenizer's file by --vocabulary", await Refused(["--data", other.Path, "--model", weights["model.safetensors"], .. to]));
        Assert.Contains("llava reads pictures by an image tower",
            await Refused(["--data", other.Path, "--model", weights["model.safetensors"], "--backbone", "llava", .. to]));
        Assert.Contains("says nothing of its sizes, and its width is 16 where the published is 4096",
            await Refused(["--data", other.Path, "--model", weights["silent"], "--vocabulary", TinyDecoders.Vocabulary, .. to]));
        Assert.Contains("is neither a safetensors file nor", await Refused(["--data", example, "--model", Path.Combine(example, "images", "000.png"), .. to]));
        Assert.False(File.Exists(folder["new.json"]));
    }
}
