namespace Das.Tests.Checkpoints;

public sealed class RecordedArchiveTests
{
    [Fact]
    public void Every_recorded_archive_holds_what_the_safetensors_file_beside_it_holds()
    {
        foreach (string archive in ParityCase.Roots.SelectMany(root =>
            Directory.EnumerateFiles(root, "weights.ckpt", SearchOption.AllDirectories)))
        {
            using Checkpoint a = Checkpoint.Open(archive), b = Checkpoint.Open(Path.ChangeExtension(archive, ".safetensors"));
            Assert.Equal(b.Names.Order(StringComparer.Ordinal), a.Names.Order(StringComparer.Ordinal));
            foreach (string name in b.Names)
            {
                using var scope = NewDisposeScope();
                Tensor one = a.Read(name), other = b.Read(name);
                Assert.Equal(other.dtype, one.dtype);
                Assert.Equal(other.shape, one.shape);
                Assert.True(other.numel() == 0 || one.bytes.SequenceEqual(other.bytes), $"{archive}: {name}");
            }
        }
    }
}
