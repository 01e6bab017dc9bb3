namespace Das.Tests.Hostile;

/// <summary>The <c>torch.save</c> files that people bring: wrapped ones are read, others are called what they are.</summary>
public sealed class PickleCaseTests
{
    [Theory]
    [InlineData("ddp.pth", "a.weight b.weight")]
    [InlineData("orig_mod.pth", "a.weight b.weight")]
    [InlineData("deepspeed.pth", "w")]
    [InlineData("lightning.ckpt", "w")]
    [InlineData("proto4.pth", "a")]
    public void A_wrapped_file_is_read_under_the_modules_own_names(string file, string names)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        using Checkpoint checkpoint = CheckpointFiles.Open(Fixtures.Case($"18-pickles/{file}"));
        Assert.Equal(names.Split(' '), checkpoint.Names);
        foreach (string name in checkpoint.Names)
            Assert.Equal(Enumerable.Range(0, 12).Select(i => (float)i), checkpoint.Read(name).flatten().data<float>().ToArray());
    }

    [Theory]
    [InlineData("cutoff.pth", "its zip directory is missing, so it is cut off")]
    [InlineData("legacy.pth", "is in the format torch.save wrote before PyTorch 1.6")]
    [InlineData("lfs.pth", "is a Git LFS pointer")]
    public async Task A_file_that_cannot_be_read_is_called_what_it_is(string file, string sentence)
    {
        string refused = await Fixtures.Refused(ErrorKind.Checkpoint, () => CheckpointFiles.Open(Fixtures.Case($"18-pickles/{file}")).Dispose());
        Assert.Contains(sentence, refused);
        Assert.Contains(file, refused);
    }

    [Fact]
    public void A_web_page_is_called_one()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("model.safetensors", "\n<!DOCTYPE html><html><body>Sign in</body></html>"u8.ToArray());
        Assert.Contains("is a web page", Refuses.Checkpoint(() => CheckpointFiles.Open(path)).Message);
    }

    [Theory]
    [InlineData("_orig_mod.a,_orig_mod.b", "a,b")]
    [InlineData("module._orig_mod.a,module._orig_mod.b.c", "a,b.c")]
    [InlineData("_orig_mod.module.a", "a")]
    [InlineData("module.module.a", "a")]
    [InlineData("layer._orig_mod.a,b", "layer.a,b")]
    [InlineData("_fsdp_wrapped_module.a._checkpoint_wrapped_module.b", "a.b")]
    [InlineData("module.a,b", "module.a,b")]
    [InlineData("my_orig_mod.a", "my_orig_mod.a")]
    public void What_tools_put_around_names_is_taken_off_in_either_format(string stored, string names)
    {
        using TemporaryFolder folder = new();
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(folder["x.safetensors"], stored.Split(',').Select(name => (name, ones(1))), new Dictionary<string, string>());
        byte[] pickle = Checkpoints.PickleBytes.Program(Checkpoints.PickleBytes.With(Checkpoints.PickleBytes.Dict,
            [.. stored.Split(',').Select(name => (name, Checkpoints.PickleBytes.Floats("0", 1)))]));
        folder.Write("x.pth", Checkpoints.PickleBytes.Archive(pickle, ("data/0", Checkpoints.PickleBytes.Bytes(1))));
        foreach (string file in (string[])["x.safetensors", "x.pth"])
        {
            using Checkpoint checkpoint = CheckpointFiles.Open(folder[file]);
            Assert.Equal(names.Split(',').Order(), checkpoint.Names.Order());
        }
    }

    [Fact]
    public void Two_names_that_are_one_without_their_wrappers_are_refused()
    {
        using TemporaryFolder folder = new();
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(folder["x.safetensors"], [("a", ones(1)), ("_orig_mod.a", ones(1))], new Dictionary<string, string>());
        Assert.Contains("stands in it twice, once in a wrapper", Refuses.Checkpoint(() => CheckpointFiles.Open(folder["x.safetensors"])).Message);
    }
}
