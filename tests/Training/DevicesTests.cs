namespace Das.Tests.Training;

public sealed class DevicesTests
{
    [Fact]
    public void Auto_is_what_the_operator_says_or_what_this_machine_has()
    {
        Assert.Equal("cuda:1", Devices.Auto("cuda:1")());
        Assert.Equal(torch.cuda.is_available() ? "cuda" : "cpu", Devices.Auto(null)());
        foreach (string said in new[] { "auto", "tpu" })
            Assert.Contains("set it to cpu, cuda or cuda:n", Assert.Throws<DasException>(() => Devices.Auto(said)).Message);
    }

    [Fact]
    public void A_worker_refuses_a_device_that_it_lacks()
    {
        DasException refused = Assert.Throws<DasException>(() => Devices.Resolve("cuda:99"));
        Assert.Equal(ErrorKind.Machine, refused.Kind);
        Assert.Contains("device is 'cuda:99'", refused.Message);
        Assert.Contains("DAS_DEVICE", refused.Message);
    }
}
