using static Das.Tests.Checkpoints.PickleBytes;

namespace Das.Tests.Checkpoints;

public sealed class CheckpointLoaderTests : TensorTest
{
    private static readonly Dictionary<string, string> NoMetadata = [];

    private Checkpoint Saved(params (string Name, Tensor Tensor)[] tensors)
    {
        folder.Write("w.safetensors", tensors, NoMetadata);
        return Checkpoint.Open(folder["w.safetensors"]);
    }

    private static string Refused(nn.Module module, Checkpoint checkpoint, LoadRules rules) =>
        Refuses.Checkpoint(() => CheckpointLoader.LoadInto(module, checkpoint, rules)).Message;

    [Fact]
    public void Parameters_and_buffers_get_the_stored_values_in_their_own_type()
    {
        using Checkpoint file = Saved(("a.weight", tensor(new[] { 1f, 2, 3 }).to(float16)), ("a.position_ids", arange(4, dtype: int64)));
        NamedWeights module = new([("a.weight", [3]), ("a.position_ids", [4])]);
        LoadResult result = CheckpointLoader.LoadInto(module, file, LoadRules.Strict);
        Assert.Empty(result.Missing);
        Assert.Empty(result.Ignored);
        Tensor weight = module.get_parameter("a.weight")!;
        Assert.Equal(float32, weight.dtype);
        Assert.True(weight.requires_grad);
        Assert.Equal([1f, 2, 3], weight.detach().data<float>());
        Assert.Equal([0L, 1, 2, 3], module.get_buffer("a.position_ids")!.data<long>());
    }

    [Fact]
    public void Allowed_differences_are_told_and_ignored_tensors_are_not_read()
    {
        byte[] unreadable = Tensor(Storage("BoolStorage", "1", 2), 0, [2], [1]);
        byte[] archive = Archive(Program(With(OrderedDict, ("blocks.0.w", Floats("0", 6)), ("blocks.3.w", unreadable))), ("data/0", Bytes(0, 1, 2, 3, 4, 5)),
            ("data/1", [7, 7]));
        using Checkpoint file = Checkpoint.Open(folder.Write("a.ckpt", archive));
        Refuses.Checkpoint(() => file.Read("blocks.3.w"));

        NamedWeights module = new([("blocks.0.w", [6]), ("blocks.0.adapter0.down", [2])]);
        LoadResult result = CheckpointLoader.LoadInto(module, file, new(["blocks.*.adapter0"], ["blocks.3"]));
        Assert.Equal(["blocks.0.adapter0.down"], result.Missing);
        Assert.Equal(["blocks.3.w"], result.Ignored);
        Assert.Equal([0f, 1, 2, 3, 4, 5], module.get_parameter("blocks.0.w")!.detach().data<float>());
    }

    [Fact]
    public void A_missing_key_is_an_error_that_names_it_its_shape_and_the_nearest_in_the_file()
    {
        using Checkpoint file = Saved(("pooler.dense.wieght", ones(2, 2)));
        string message = Refused(new NamedWeights([("pooler.dense.weight", [2, 2])]), file, new([], ["pooler"]));
        Assert.Contains("'pooler.dense.weight' of shape [2, 2] is missing (nearest in the file: 'pooler.dense.wieght')", message);
        Assert.Contains("w.safetensors", message);
    }

    [Fact]
    public void An_extra_key_is_an_error_that_names_it_and_the_nearest_in_the_model()
    {
        using Checkpoint file = Saved(("a.weight", ones(2)), ("a.weights", ones(2)));
        Assert.Contains("'a.weights' of shape [2] is unexpected (nearest in the model: 'a.weight')",
            Refused(new NamedWeights([("a.weight", [2])]), file, LoadRules.Strict));
    }

    [Fact]
    public void A_key_of_another_shape_is_an_error_that_no_rule_allows_and_nothing_is_changed()
    {
        using Checkpoint file = Saved(("a", ones(2)), ("b", ones(2, 3)));
        NamedWeights module = new([("a", [2]), ("b", [3, 2])]);
        Assert.Contains("'b' has shape [2, 3] where [3, 2] is expected", Refused(module, file, new(["*"], ["*"])));
        Assert.Equal([0f, 0], module.get_parameter("a")!.detach().data<float>());
    }

    [Fact]
    public void Many_problems_are_counted_and_six_of_them_told()
    {
        using Checkpoint file = Saved(("other", ones(2)));
        string message = Refused(new NamedWeights(Enumerable.Range(0, 20).Select(i => ($"p{i}", new long[] { 1 }))), file, LoadRules.Strict);
        Assert.Contains("(0 of another shape, 20 missing, 1 unexpected)", message);
        Assert.Contains("and 15 more", message);
        Assert.Contains("'p5'", message);
        Assert.DoesNotContain("'p6'", message);
    }

    [Fact]
    public void A_key_built_by_a_refused_function_is_never_taken_for_a_missing_one()
    {
        byte[] archive = Archive(Program(With(OrderedDict, ("a", Floats("0", 6)), ("b", Call("numpy", "load", Text("x"))))),
            ("data/0", Bytes(0, 1, 2, 3, 4, 5)));
        using Checkpoint file = Checkpoint.Open(folder.Write("a.ckpt", archive));
        Assert.Contains("numpy.load", Refused(new NamedWeights([("a", [6]), ("b", [6])]), file, new(["*"], [])));
    }

    [Theory]
    [InlineData("mlm_score", "mlm_score.bias", true)]
    [InlineData("mlm_score", "mlm_score", true)]
    [InlineData("mlm_score.", "mlm_score.decoder.weight", true)]
    [InlineData("mlm_score", "mlm_scores.bias", false)]
    [InlineData("blocks.1", "blocks.11.w", false)]
    [InlineData("blocks.*.adapter0", "blocks.7.adapter0.down.weight", true)]
    [InlineData("*.bias", "a.b.bias", true)]
    [InlineData("*.bias", "a.b.weight", false)]
    public void A_pattern_covers_its_name_and_what_lies_below(string pattern, string name, bool covered)
    {
        using Checkpoint file = Saved((name, ones(1)));
        NamedWeights module = new([]);
        if (covered) Assert.Equal([name], CheckpointLoader.LoadInto(module, file, new([], [pattern])).Ignored);
        else Assert.Contains(name, Refused(module, file, new([], [pattern])));
    }
}
