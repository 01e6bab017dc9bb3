namespace Das.Tests.Benchmarks;

public sealed class CatalogTests
{
    private static RawDataset Open(Benchmark benchmark, string? source, JsonObject? options) => benchmark.Open(source, options, new("stop"), Token);

    [Fact]
    public void An_unknown_benchmark_is_answered_with_the_nearest_name() =>
        Assert.StartsWith("Unknown benchmark 'vqa2'. Did you mean 'vqav2'? Known: vqav2, easy-vqa, ",
            Refuses.Data(() => BenchmarkCatalog.Get("vqa2")).Message);

    [Fact]
    public void Every_benchmark_has_train_val_and_test_and_says_what_it_is() => Assert.All(BenchmarkCatalog.All, b =>
    {
        Assert.Same(b, BenchmarkCatalog.Get(b.Name));
        Assert.Superset(new HashSet<string> { "train", "val", "test" }, b.Splits.Keys.ToHashSet());
        Assert.NotEmpty(b.Description);
    });

    [Fact]
    public void Every_benchmark_refuses_an_option_that_it_does_not_know() => Assert.All(BenchmarkCatalog.All, b =>
        Refuses.Recipe("'trainImage'", () => Open(b, Path.GetTempPath(), new() { ["trainImage"] = 3 })));

    [Fact]
    public void A_benchmark_with_raw_files_says_so_when_there_are_none() => Assert.All(BenchmarkCatalog.All.Where(b => b.NeedsSource), b =>
    {
        JsonObject? required = b switch { Karpathy => new() { ["json"] = "x.json", ["images"] = "x" }, Texts => new() { ["prompt"] = "{x}" }, _ => null };
        Refuses.Data("needs a source", () => Open(b, null, required));
        Refuses.Data("does not exist", () => Open(b, "/no/such/folder", required));
    });

    [Theory]
    [InlineData("0")]
    [InlineData("\"many\"")]
    [InlineData("1.5")]
    public void A_count_must_be_a_positive_whole_number(string value) =>
        Refuses.Recipe("benchmark.options.trainImages", () => Open(new ShapesBenchmark(), null, new() { ["trainImages"] = JsonNode.Parse(value) }));

    [Fact]
    public void A_larger_training_set_of_shapes_begins_with_the_smaller_and_never_meets_the_test_set()
    {
        RawTable[] Tables(int train) => [.. Open(new ShapesBenchmark(), null, new() { ["trainImages"] = train }).Tables];
        Assert.Equal(Tables(10)[0].Rows.Select(Image), Tables(30)[0].Rows.Take(10).Select(Image));
        Assert.Equal(Tables(10)[2].Rows.Select(Image), Tables(30)[2].Rows.Select(Image));
        Assert.DoesNotContain(Image(Tables(30)[2].Rows.First()), Tables(30)[0].Rows.Select(Image));
        Assert.Equal(ShapesScene.At(0, 3).Questions.Select(q => q.Question), Tables(10)[0].Rows.Select(Content).ElementAt(3).Questions.Select(q => q.Text));
    }

    private static VqaRow Content(RawRow row) => (VqaRow)row.Content;

    private static long Image(RawRow row) => Content(row).ImageId;

    [Fact]
    public void A_text_option_must_be_a_text_and_one_without_default_is_asked_for()
    {
        Assert.Equal("Benchmark karpathy: 'benchmark.options.json' must be text, not 3.",
            Refuses.Recipe(() => Open(new Karpathy(), Path.GetTempPath(), new() { ["json"] = 3, ["images"] = "x" })).Message);
        Assert.Equal("Benchmark karpathy: 'benchmark.options.images' must not be empty.",
            Refuses.Recipe(() => Open(new Karpathy(), Path.GetTempPath(), new() { ["json"] = "x", ["images"] = "" })).Message);
        Refuses.Recipe("the required key 'benchmark.options.json' is missing", () => Open(new Karpathy(), Path.GetTempPath(), null));
        Refuses.Recipe("must be a whole number", () => Open(new Karpathy(), Path.GetTempPath(), new() { ["seed"] = "x" }));
    }
}
