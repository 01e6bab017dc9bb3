using static Das.Tests.Checkpoints.PickleBytes;

namespace Das.Tests.Checkpoints;

public sealed class TorchArchiveTests : TensorTest
{
    private static readonly (string, byte[]) Six = ("data/0", Bytes(0, 1, 2, 3, 4, 5));

    private Checkpoint Open(byte[] archive) => Checkpoint.Open(folder.Write("a.ckpt", archive));

    private string Refused(byte[] archive) => Refuses.Checkpoint(() =>
    {
        using Checkpoint file = Open(archive);
        foreach (string name in file.Names) file.Read(name).Dispose();
    }).Message;

    [Theory]
    [InlineData("state_dict")]
    [InlineData("model")]
    [InlineData("")]
    public void Weights_are_found_under_state_dict_or_model_or_at_the_top(string key)
    {
        byte[] weights = With(OrderedDict, ("w", Floats("0", 2, 3)));
        using Checkpoint file = Open(Archive(Program(key.Length == 0 ? weights : With(Dict, (key, weights), ("epoch", Integer(3)))), Six));
        Assert.Equal(["w"], file.Names);
        Assert.Equal([2L, 3], file.Shape("w"));
        Assert.Equal([0f, 1, 2, 3, 4, 5], file.Read("w").data<float>());
    }

    [Fact]
    public void Views_of_one_storage_are_read_by_offset_and_strides()
    {
        byte[] storage = Storage("FloatStorage", "0", 6);
        using Checkpoint file = Open(Archive(Program(With(OrderedDict,
            ("transposed", Tensor(storage, 0, [3, 2], [1, 3])),
            ("row", Tensor(storage, 3, [3], [1])),
            ("column", Tensor(storage, 2, [2], [3])),
            ("expanded", Tensor(storage, 1, [2, 2], [0, 1])),
            ("scalar", Tensor(storage, 5, [], [])),
            ("none", Tensor(storage, 0, [0, 3], [3, 1])))), Six));
        Assert.Equal([0f, 3, 1, 4, 2, 5], file.Read("transposed").data<float>());
        Assert.Equal([3f, 4, 5], file.Read("row").data<float>());
        Assert.Equal([2f, 5], file.Read("column").data<float>());
        Assert.Equal([1f, 2, 1, 2], file.Read("expanded").data<float>());
        Assert.Equal(5f, file.Read("scalar").item<float>());
        Assert.Equal([0L, 3], file.Read("none").shape);
    }

    [Fact]
    public void A_compressed_archive_reads_the_same()
    {
        byte[] pickle = Program(With(OrderedDict, ("w", Tensor(Storage("FloatStorage", "0", 6), 2, [3], [1]))));
        using Checkpoint file = Open(Archive(CompressionLevel.Optimal, pickle, ("data/0", [.. Six.Item2, .. new byte[100_000]])));
        Assert.Equal([2f, 3, 4], file.Read("w").data<float>());
    }

    [Fact]
    public void Foreign_objects_are_carried_as_names_and_their_plain_values_can_be_read()
    {
        byte[] settings = [.. With([.. Global("argparse", "Namespace"), (byte)')', 0x81], ("lr", Text("1e-4"))), .. With(Dict, ("seed", Integer(7))),
            (byte)'b'];
        using Checkpoint file = Open(Archive(Program(With(Dict,
            ("callbacks", Call("posix", "system", Text("touch run"))),
            ("hyper_parameters", With(Dict, ("config", With(Dict, ("skip_module", List(Integer(3), Integer(7))), ("fast", [0x88]))))),
            ("args", settings),
            ("dtype", Global("torch", "float32")),
            ("state_dict", With(OrderedDict, ("w", Floats("0", 6)))))), Six));
        Assert.Equal(["w"], file.Names);
        Assert.Equal("[3, 7]", file.Metadata["hyper_parameters.config.skip_module"]);
        Assert.Equal("true", file.Metadata["hyper_parameters.config.fast"]);
        Assert.Equal("1e-4", file.Metadata["args.lr"]);
        Assert.DoesNotContain("callbacks", file.Metadata.Keys);
    }

    [Fact]
    public void A_tensor_built_by_a_refused_function_is_an_error_that_names_the_function()
    {
        using Checkpoint file = Open(Archive(Program(With(OrderedDict, ("w", Floats("0", 6)), ("bad", Call("posix", "system", Text("touch run"))),
            ("complex", Tensor(Storage("ComplexFloatStorage", "0", 3), 0, [3], [1])))), Six));
        Assert.Equal(["w"], file.Names);
        Refuses.Checkpoint("posix.system", () => file.Read("bad"));
        Refuses.Checkpoint("torch.ComplexFloatStorage", () => file.Read("complex"));
    }

    [Fact]
    public void The_old_format_is_refused_by_name() =>
        Assert.Contains("resave it with torch.save", Refused([0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20]));

    [Fact]
    public void A_TorchScript_archive_is_read_as_the_state_dict_of_its_module()
    {
        byte[] inner = Object("__torch__.torch.nn.Linear", ("training", [0x89]), ("weight", Floats("0", 2, 3)), ("act", Object("__torch__.torch.nn.ReLU")));
        byte[] module = Object("__torch__.___torch_mangle_3.Net", ("scale", Integer(7)), ("visual", Object("__torch__.Tower", ("conv1", inner))),
            ("hook", Call("posix", "system", Text("touch run"))));
        using Checkpoint file = Open(Archive(Program(module), Six, ("constants.pkl", Program(EmptyTuple)), ("code/__torch__.py", "raise"u8.ToArray())));
        Assert.Equal(["visual.conv1.weight"], file.Names);
        Assert.Equal([0f, 1, 2, 3, 4, 5], file.Read("visual.conv1.weight").data<float>());
        Assert.Equal("7", file.Metadata["scale"]);
        Refuses.Checkpoint("posix.system", () => file.Read("hook"));
    }

    [Fact]
    public void A_TorchScript_module_within_itself_is_refused()
    {
        byte[] endless = [.. Global("__torch__", "Net"), (byte)')', 0x81, (byte)'q', 0, .. With(Dict, ("again", "h\0"u8.ToArray())), (byte)'b'];
        Assert.Contains("levels deep", Refused(Archive(Program(endless), Six)));
        Assert.Contains("does not hold a dict", Refused(Archive(Program(Object("my.model.Net", ("w", Floats("0", 6)))), Six)));
    }

    /// <summary>An object of a Python class with these attributes.</summary>
    private static byte[] Object(string name, params (string Key, byte[] Value)[] attributes)
    {
        int dot = name.LastIndexOf('.');
        return [.. Global(name[..dot], name[(dot + 1)..]), (byte)')', 0x81, .. With(Dict, attributes), (byte)'b'];
    }

    public static TheoryData<string, byte[], string> Hostile => new()
    {
        { "no dict", Program(Integer(3)), "does not hold a dict" },
        { "no tensors", Program(With(Dict, ("a", Integer(3)))), "no tensors" },
        { "no end", [0x80, 2, (byte)'}'], "more bytes than it has" },
        { "huge text", [0x80, 2, (byte)'X', 0xff, 0xff, 0xff, 0xff], "more bytes than it has" },
        { "huge bytes", [0x80, 4, 0x8e, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "more bytes than it has" },
        { "empty stack", Program("s"u8.ToArray()), "where there is none" },
        { "no group", Program("}u"u8.ToArray()), "never opened" },
        { "unknown memo", Program("h\x01"u8.ToArray()), "never stored" },
        { "protocol 9", [0x80, 9, (byte)'}', (byte)'.'], "protocol 2 to 5" },
        { "unknown operation", Program([0x82, 1]), "operation 0x82" },
        { "text persistent id", Program([.. Text("0"), (byte)'Q']), "names a storage" },
        { "persistent id of another kind", Program([.. Tuple(Text("module"), Text("x")), (byte)'Q']), "names a storage" },
        { "negative storage", Program(With(Dict, ("w", Tensor(Storage("FloatStorage", "0", -6), 0, [6], [1])))), "names a storage" },
        { "missing storage", Program(With(Dict, ("w", Floats("9", 6)))), "'archive/data/9', which is missing" },
        { "storage of another size", Program(With(Dict, ("w", Floats("0", 7)))), "'w' needs 7 elements" },
        { "foreign path", Program(With(Dict, ("w", Floats("../../../etc/passwd", 6)))), "which is missing" },
        { "beyond the storage", Program(With(Dict, ("w", Tensor(Storage("FloatStorage", "0", 6), 1, [6], [1])))), "leaves its storage" },
        { "wide strides", Program(With(Dict, ("w", Tensor(Storage("FloatStorage", "0", 6), 0, [2, 2], [long.MaxValue, long.MaxValue])))),
            "leaves its storage" },
        { "far offset", Program(With(Dict, ("w", Tensor(Storage("FloatStorage", "0", 6), long.MaxValue, [1], [1])))), "leaves its storage" },
        { "negative stride", Program(With(Dict, ("w", Tensor(Storage("FloatStorage", "0", 6), 5, [6], [-1])))), "describes a tensor" },
        { "negative size", Program(With(Dict, ("w", Tensor(Storage("FloatStorage", "0", 6), 0, [-6], [1])))), "describes a tensor" },
        { "endless expansion", Program(With(Dict, ("w", Tensor(Storage("FloatStorage", "0", 6), 0, [1L << 50], [0])))), "beyond the size of the file" },
        { "uncountable shape", Program(With(Dict, ("w", Tensor(Storage("FloatStorage", "0", 6), 0, [1L << 40, 1L << 40, 0], [0, 0, 0])))), "impossible shape" },
        { "tensor of nothing", Program(Call("torch._utils", "_rebuild_tensor_v2")), "describes a tensor" },
        { "text that is no UTF-8", Program([(byte)'X', 1, 0, 0, 0, 0xe9]), "holds a text of 1 bytes that is no UTF-8" },
        { "call of a number", Program([.. Integer(3), .. EmptyTuple, (byte)'R']), "not a class or function" },
        { "very long key", Program(With(Dict, (new string('k', 5000), Integer(1)))), "key of 5000 characters" },
        { "itself in a list", Program([.. "]q\0h\0a"u8]), "does not hold a dict" },
    };

    [Theory]
    [MemberData(nameof(Hostile), DisableDiscoveryEnumeration = true)]
    public void A_hostile_pickle_is_refused_in_a_sentence(string what, byte[] pickle, string told)
    {
        string message = Refused(Archive(pickle, Six));
        Assert.True(message.Contains(told), $"{what}: {message}");
        Assert.Contains("a.ckpt", message);
    }

    [Fact]
    public void Values_that_double_by_reference_cost_nothing()
    {
        byte[] bomb = [(byte)'}', (byte)'q', 0];
        for (byte level = 1; level < 200; level++)
            bomb = [.. bomb, (byte)'0', .. With(Dict, ("a", [(byte)'h', (byte)(level - 1)]), ("b", [(byte)'h', (byte)(level - 1)]), ("n", Integer(level))),
                (byte)'q', level];
        Stopwatch watch = Stopwatch.StartNew();
        using Checkpoint file = Open(Archive(Program(With(Dict, ("bomb", [.. bomb, (byte)'0', (byte)'h', 199]),
            ("state_dict", With(Dict, ("w", Floats("0", 6)))))), Six));
        Assert.InRange(file.Metadata.Count, 1, 10_000);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
    }

    [Fact]
    public void Values_nested_a_hundred_thousand_deep_do_not_exhaust_the_stack()
    {
        byte[] deep = [.. EmptyTuple, .. Enumerable.Repeat((byte)0x85, 100_000)];
        byte[] dicts = [.. Enumerable.Repeat((byte[])[(byte)'}', .. Text("a")], 10_000).SelectMany(b => b), (byte)'}', .. Enumerable.Repeat((byte)'s', 10_000)];
        using Checkpoint file = Open(Archive(Program(With(Dict, ("deep", deep), ("dicts", dicts), ("w", Floats("0", 6)))), Six));
        Assert.Empty(file.Metadata);
        Assert.Equal(["w"], file.Names);
    }

    [Fact]
    public void A_program_without_end_is_stopped()
    {
        Assert.Contains("steps", Refused(Archive(Program([.. Enumerable.Repeat((byte)'}', 1_100_000)]))));
    }

    [Fact]
    public void A_zip_bomb_is_refused_before_it_is_unpacked()
    {
        byte[] zeros = new byte[40 << 20];
        long before = GC.GetAllocatedBytesForCurrentThread();
        byte[] archive = Archive(CompressionLevel.Optimal, Program(With(Dict, ("w", Floats("0", 10 << 20)))), ("data/0", zeros));
        Assert.InRange(archive.Length, 0, 1 << 20);
        before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("claims to unpack", Refused(archive));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void An_archive_that_lies_about_its_directory_is_refused()
    {
        byte[] archive = Archive(Program(With(Dict, ("w", Floats("0", 6)))), Six);
        int end = archive.AsSpan().LastIndexOf("PK\x05\x06"u8);
        foreach ((int at, uint value) in ((int, uint)[])[(end + 10, 0xffff), (end + 12, 1), (end + 16, 0xfffffff0), (end + 16, 0)])
        {
            byte[] lie = [.. archive];
            if (at == end + 10) BinaryPrimitives.WriteUInt16LittleEndian(lie.AsSpan(at), (ushort)value);
            else BinaryPrimitives.WriteUInt32LittleEndian(lie.AsSpan(at), value);
            Refused(lie);
        }
        Refused(archive[..^30]);
    }
}
