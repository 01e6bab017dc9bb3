namespace Das.Tests.Models;

public sealed class AdapterTests : TensorTest
{
    [Fact]
    public void A_residual_adds_the_input()
    {
        manual_seed(0);
        using Adapter bare = new(8, 3, residual: false), added = new(8, 3, residual: true);
        added.load_state_dict(bare.state_dict());
        Tensor x = randn(2, 5, 8);
        Assert.True(added.forward(x).allclose(bare.forward(x) + x));
    }

    /// <summary>Kind of adapter, part of it, and the standard deviation of its start; Xavier-uniform has sqrt(2 / (in + out)).</summary>
    [Theory]
    [InlineData("das", "down_proj", 0.02)]
    [InlineData("das", "up_proj", 0.02)]
    [InlineData("llama", "down", 0.0754)] // sqrt(2 / 352)
    [InlineData("llama", "up", 0)]
    [InlineData("llava", "down", 0.0754)]
    [InlineData("llava", "up", 0.0754)]
    [InlineData("lavin", "conv_A", 0.0754)]
    [InlineData("lavin", "conv_B", 0)]
    [InlineData("lavin", "conv_D", 0)]
    [InlineData("lavin", "expert_weights", 0.0361)] // uniform to 1 / sqrt(256), by sqrt(3)
    [InlineData("normal", "conv_A", 0.0754)]
    [InlineData("normal", "conv_B", 0)]
    public void A_new_adapter_starts_as_published(string kind, string part, double deviation)
    {
        manual_seed(0);
        using nn.Module adapter = kind switch
        {
            "das" => new Adapter(256, 96, residual: false),
            "lavin" => new RouterAdapter(256, 96, new(), residual: true),
            "normal" => new PointwiseAdapter(256, 96, dropout: 0),
            _ => new TextAdapter(256, 96, residual: true, new("down", "up", 1, ZeroInitialized: kind == "llama")),
        };
        Dictionary<string, Tensor> weights = adapter.state_dict();
        Assert.Equal(deviation, weights[$"{part}.weight"].std().item<float>(), 0.05 * deviation);
        if (part != "expert_weights") Assert.Equal(0, weights[$"{part}.bias"].abs().sum().item<float>());
    }
}
