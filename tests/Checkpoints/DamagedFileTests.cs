using static Das.Tests.Checkpoints.PickleBytes;

namespace Das.Tests.Checkpoints;

/// <summary>Small valid files, cut off or with flipped bytes at random places: refused in a sentence or read, and nothing else.</summary>
public sealed class DamagedFileTests : FolderTest
{
    private const int Trials = 300;

    private const long MostBytes = 8 << 20;

    public static TheoryData<string> Formats => [.. Valid.Keys];

    private static readonly Dictionary<string, Func<byte[]>> Valid = new()
    {
        ["safetensors"] = Safetensors,
        ["torch.save"] = () => Archived(CompressionLevel.NoCompression),
        ["llama2.c"] = () => LlamaFilesTests.Small(shared: false).Bytes,
        ["torch.save, compressed"] = () => Archived(CompressionLevel.Optimal),
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_damaged_file_is_refused_or_read_but_never_breaks_the_process(string format)
    {
        byte[] valid = Valid[format]();
        (int read, long largest) = (0, 0);
        ReadAll(folder.Write("valid", valid));
        for (int seed = 0; seed < Trials; seed++)
        {
            string path = folder.Write("damaged", Damage(valid, new Random(seed)));
            long before = GC.GetAllocatedBytesForCurrentThread(), native = 0;
            try
            {
                native = ReadAll(path);
                read++;
            }
            catch (DasException e)
            {
                Assert.Contains(path, e.Message);
            }
            catch (Exception e)
            {
                Assert.Fail($"{format}, seed {seed}: {e}");
            }
            largest = Math.Max(largest, native + GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.InRange(largest, 0, MostBytes);
        Assert.InRange(read, 1, Trials - 1);
    }

    private static long ReadAll(string path)
    {
        using Checkpoint file = CheckpointFiles.Open(path);
        long bytes = file.Metadata.Count;
        foreach (string name in file.Names)
        {
            using Tensor tensor = file.Read(name);
            bytes += tensor.numel() * tensor.element_size();
        }
        return bytes;
    }

    private static byte[] Damage(byte[] valid, Random random)
    {
        if (random.Next(4) == 0) return valid[..random.Next(valid.Length)];
        byte[] damaged = [.. valid];
        for (int flips = random.Next(1, 5); flips > 0; flips--) damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
        return damaged;
    }

    private static byte[] Safetensors()
    {
        using TemporaryFolder folder = new();
        using var scope = NewDisposeScope();
        folder.Write("a", [("weight", arange(12, dtype: float32).view(3, 4)), ("flags", tensor(new[] { true, false })),
            ("ids", arange(5, dtype: int64)), ("none", zeros(0))],
            new Dictionary<string, string> { ["format"] = "pt" });
        return File.ReadAllBytes(folder["a"]);
    }

    private static byte[] Archived(CompressionLevel level) => Archive(level,
        Program(With(Dict,
            ("epoch", Integer(3)),
            ("hyper_parameters", With(Dict, ("skip_module", List(Integer(3), Integer(7))))),
            ("callbacks", Call("pytorch_lightning.callbacks", "ModelCheckpoint", Text("x"))),
            ("state_dict", With(OrderedDict,
                ("weight", Floats("0", 2, 3)),
                ("transposed", Tensor(Storage("FloatStorage", "0", 6), 0, [3, 2], [1, 3])),
                ("expanded", Tensor(Storage("FloatStorage", "0", 6), 0, [4, 3], [0, 1])),
                ("parameter", Call("torch._utils", "_rebuild_parameter", Floats("0", 6), [0x88], OrderedDict)),
                ("flags", Tensor(Storage("BoolStorage", "1", 2), 0, [2], [1])))))),
        ("data/0", Bytes(0, 1, 2, 3, 4, 5)), ("data/1", [1, 0]), ("version", "3\n"u8.ToArray()));
}
