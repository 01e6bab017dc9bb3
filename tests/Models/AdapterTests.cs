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

    [Fact]
    public void A_new_adapter_is_quiet_but_not_silent()
    {
        manual_seed(0);
        using Adapter adapter = new(256, 96, residual: false);
        Dictionary<string, Tensor> weights = adapter.state_dict();
        Assert.InRange(weights["down_proj.weight"].std().item<float>(), 0.0195f, 0.0205f);
        Assert.InRange(weights["up_proj.weight"].std().item<float>(), 0.0195f, 0.0205f);
        Assert.Equal(0, weights["down_proj.bias"].abs().sum().item<float>() + weights["up_proj.bias"].abs().sum().item<float>());
    }
}
