namespace Das.Tests.Checkpoints;

public sealed class SafetensorsTests : TensorTest
{
    private static IEnumerable<(string Name, Tensor Tensor)> OneOfEach()
    {
        manual_seed(1);
        yield return ("z.double", randn(3, 2, dtype: float64));
        yield return ("float", randn(2, 3, 4));
        yield return ("half", randn(5).to(float16));
        yield return ("brain", randn(7).to(bfloat16));
        yield return ("long", arange(4, dtype: int64) - long.MaxValue / 2);
        yield return ("int", arange(-3, 3, dtype: int32));
        yield return ("short", arange(-3, 3, dtype: int16));
        yield return ("signed", arange(-3, 3, dtype: int8));
        yield return ("bytes", arange(250, 256, dtype: uint8));
        yield return ("flags", tensor(new[] { true, false, true }));
        yield return ("scalar", tensor(2.5f));
        yield return ("empty", zeros(0, 3));
        yield return ("transposed", randn(4, 5).t());
        yield return ("expanded", randn(1, 3).expand(4, 3));
        yield return ("ключ \"\\ 名", nn.Parameter(randn(2)));
    }

    [Fact]
    public void A_written_file_reads_back_bit_for_bit()
    {
        string path = folder["a.safetensors"];
        var tensors = OneOfEach().ToList();
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string> { ["format"] = "pt", ["skip_module"] = "[3, 7]" });

        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal(tensors.Select(t => t.Name).Order(StringComparer.Ordinal), file.Names);
        Assert.Equal("[3, 7]", file.Metadata["skip_module"]);
        Assert.Equal("pt", file.Metadata["format"]);
        foreach ((string name, Tensor tensor) in tensors)
        {
            Tensor read = file.Read(name);
            Assert.Equal(tensor.dtype, read.dtype);
            Assert.Equal(tensor.dtype, file.Type(name));
            Assert.Equal(tensor.shape, read.shape);
            if (tensor.numel() > 0) Assert.True(tensor.detach().contiguous().bytes.SequenceEqual(read.bytes), name);
        }
    }

    [Fact]
    public void The_same_tensors_twice_give_identical_bytes_in_whatever_order_they_come()
    {
        var tensors = OneOfEach().ToList();
        Dictionary<string, string> one = new() { ["a"] = "1", ["b"] = "2" }, other = new() { ["b"] = "2", ["a"] = "1" };
        folder.Write("a", tensors, one);
        folder.Write("b", tensors.AsEnumerable().Reverse(), other);
        Assert.Equal(File.ReadAllBytes(folder["a"]), File.ReadAllBytes(folder["b"]));

        Assert.Equal(Digest.Of(File.ReadAllBytes(folder["a"])), CheckpointFiles.Digest(folder["a"]));
    }

    [Fact]
    public void Every_tensor_is_aligned_to_its_own_element()
    {
        folder.Write("a", OneOfEach());
        byte[] bytes = File.ReadAllBytes(folder["a"]);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, header % 8);
        using SafetensorsFile file = SafetensorsFile.Open(folder["a"]);
        foreach (JsonProperty tensor in JsonDocument.Parse(bytes.AsMemory(8, header)).RootElement.EnumerateObject())
            Assert.Equal(0, tensor.Value.GetProperty("data_offsets")[0].GetInt64() % file.Read(tensor.Name).element_size());
    }

    [Fact]
    public void A_write_that_does_not_fit_on_the_disk_leaves_the_old_file_and_nothing_else()
    {
        string path = folder.Write("a.safetensors", [1, 2, 3]);
        Tensor petabytes = zeros(1).expand(1L << 50);
        DasException e = Refuses.Checkpoint(() => SafetensorsWriter.Write(path, [("a", petabytes)], new Dictionary<string, string>()));
        Assert.Contains("nothing was left behind", e.Message);
        Assert.Equal(["a.safetensors"], folder.Names);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
    }

    [Fact]
    public void A_write_that_fails_in_the_middle_leaves_nothing()
    {
        Tensor fine = zeros(3), unreadable = empty([3], device: META);
        Assert.ThrowsAny<Exception>(() => folder.Write("a", [("a", fine), ("b", unreadable)]));
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void A_tensor_the_format_cannot_hold_is_named_before_anything_is_written()
    {
        Refuses.Checkpoint("'c'", () => folder.Write("a", [("c", zeros(2, dtype: complex64))]));
        Refuses.Checkpoint("'c' twice", () => folder.Write("a", [("c", zeros(2)), ("c", zeros(2))]));
        Refuses.Checkpoint("reserves", () => folder.Write("a", [("__metadata__", zeros(2))]));
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void A_name_that_is_not_there_is_answered_with_the_nearest()
    {
        folder.Write("a", [("pooler.dense.weight", zeros(2))]);
        using Checkpoint file = Checkpoint.Open(folder["a"]);
        string message = Refuses.Checkpoint(() => file.Read("pooler.dens.weight")).Message;
        Assert.Contains("'pooler.dens.weight'", message);
        Assert.Contains("did you mean 'pooler.dense.weight'?", message);
    }

    [Fact]
    public void A_closed_file_is_not_read()
    {
        folder.Write("a", [("a", zeros(2))]);
        SafetensorsFile file = SafetensorsFile.Open(folder["a"]);
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Read("a"));
    }

    public static TheoryData<string, int, string> Damages => new()
    {
        { "[]", 0, "not a JSON object" },
        { "{", 0, "not valid JSON" },
        { "{}x", 0, "not valid JSON" },
        { "{\"a\":3}", 0, "'a' is not a JSON object" },
        { """{"a":{"dtype":"F8","shape":[2],"data_offsets":[0,8]}}""", 8, "'a' has dtype 'F8'" },
        { """{"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}""", 8, "not valid JSON" },
        { """{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "'a' has a shape" },
        { """{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8, "'a' has a shape" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8, "'a' has no pair" },
        { """{"a":{"dtype":"F32","data_offsets":[0,8]}}""", 8, "'a' has no usable shape" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "'a' has no pair" },
        { """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "'a' of shape [3]" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "'a' ends at byte 8" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "9 bytes of data" },
        { """{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,8]}}""", 8, "'a' has no usable shape" },
        { """{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807,0],"data_offsets":[0,0]}}""", 0, "'a' has no usable shape" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "overlaps" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "hole" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8,
            "'a' stands in it twice" },
        { "{\"__metadata__\":{\"x\":1}}", 0, "metadata 'x'" },
        { "{\"a\":{\"x\":[[[[[[[[[[1]]]]]]]]]]}}", 0, "not valid JSON" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_damaged_header_is_refused_by_name(string header, int data, string told)
    {
        byte[] json = Encoding.UTF8.GetBytes(header), length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        string path = folder.Write("a.safetensors", [.. length, .. json, .. new byte[data]]);
        string message = Refuses.Checkpoint(() => SafetensorsFile.Open(path)).Message;
        Assert.Contains(told, message);
        Assert.Contains("a.safetensors", message);
    }

    [Theory]
    [InlineData(0x7fff_ffff_ffff_ffff)]
    [InlineData(-1)]
    [InlineData(3)]
    public void A_header_longer_than_the_file_is_refused(long claimed)
    {
        byte[] bytes = new byte[10];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, claimed);
        bytes[8] = (byte)'{';
        Refuses.Checkpoint("does not fit", () => Checkpoint.Open(folder.Write("a", bytes)));
    }

    [Fact]
    public void Bytes_that_are_no_booleans_are_refused()
    {
        folder.Write("a", [("flag", tensor(new[] { true }))]);
        byte[] bytes = File.ReadAllBytes(folder["a"]);
        bytes[^1] = 2;
        using Checkpoint file = Checkpoint.Open(folder.Write("b", bytes));
        Refuses.Checkpoint("'flag'", () => file.Read("flag"));
    }

    [Fact]
    public void What_is_no_weight_file_is_refused_in_a_sentence()
    {
        foreach (string path in (string[])[folder["absent"], folder.Write("empty", []), folder.Write("short", [1]),
            folder.Write("text", "once upon a time"u8.ToArray()), Path.GetDirectoryName(folder["x"])!])
            Refuses.Checkpoint(path, () => Checkpoint.Open(path));
    }

    [Fact]
    public void A_file_is_not_mapped_so_that_its_tensors_are_in_memory_once_and_cutting_it_ends_nothing()
    {
        using DisposeScope tensors = NewDisposeScope();
        string path = folder["large.safetensors"];
        SafetensorsWriter.Write(path, [("w", ones(1 << 23))], new Dictionary<string, string>());
        using Checkpoint file = Checkpoint.Open(path);
        Assert.Equal(1 << 23, file.Read("w").sum().item<float>());
        Assert.DoesNotContain(File.ReadLines("/proc/self/maps"), line => line.EndsWith(path));
    }
}
