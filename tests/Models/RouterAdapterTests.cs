using F = TorchSharp.torch.nn.functional;

namespace Das.Tests.Models;

public sealed class RouterAdapterTests : TensorTest
{
    private const int B = 3, L = 5, D = 8, H = 6;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Both_experts_are_convolutions_in_two_groups_weighted_by_the_first_position(bool residual)
    {
        RouterForm form = new(Scale: 0.7, Temperature: 3);
        using RouterAdapter adapter = Loud(form, residual);
        Tensor z = randn(B, L, D);
        Dictionary<string, Tensor> w = adapter.state_dict();

        Tensor route = F.linear(z.select(1, 0), w["expert_weights.weight"], w["expert_weights.bias"]).div(3).softmax(-1); // (B, 2)
        Tensor u = F.conv1d(z.transpose(1, 2), w["conv_A.weight"], w["conv_A.bias"]);
        Tensor Expert(string name, int i) =>
            F.conv1d(u, w[name + ".weight"], w[name + ".bias"], groups: 2).transpose(1, 2).mul(route.select(1, i).view(B, 1, 1));
        Tensor expected = Expert("conv_B", 0).add(Expert("conv_D", 1)).mul(0.7);
        Assert.True(adapter.forward(z).allclose(residual ? expected.add(z) : expected, rtol: 1e-5, atol: 1e-5));
    }

    [Fact]
    public void A_row_goes_on_as_its_first_position_has_routed_it()
    {
        using RouterAdapter adapter = Loud(new(), residual: true);
        Tensor z = randn(B, L, D), route = adapter.Route(z), rest = z.narrow(1, 3, L - 3);
        Tensor expected = adapter.forward(z).narrow(1, 3, L - 3);
        Assert.True(adapter.forward(rest, route).allclose(expected, rtol: 1e-5, atol: 1e-5));
        Assert.False(adapter.forward(rest).allclose(expected, rtol: 1e-5, atol: 1e-5));
    }

    [Fact]
    public void Where_the_first_row_routes_a_row_alone_is_routed_by_its_own_positions()
    {
        using RouterAdapter published = Loud(new(Source: RouteSource.FirstRow), residual: true),
            own = new(D, H, new(Source: RouteSource.OwnPosition), residual: true);
        own.load_state_dict(published.state_dict());
        own.eval();
        Tensor z = randn(B, L, D), together = published.forward(z), alone = cat([.. z.split(1, 0).Select(row => published.forward(row))], 0);
        Assert.True(own.forward(z).allclose(alone, rtol: 1e-5, atol: 1e-5));
        Assert.True(together.narrow(0, 0, 1).allclose(alone.narrow(0, 0, 1), rtol: 1e-5, atol: 1e-5));
        Assert.False(together.narrow(0, 1, 1).allclose(alone.narrow(0, 1, 1), rtol: 1e-5, atol: 1e-5));
    }

    [Fact]
    public void A_new_one_changes_nothing()
    {
        using RouterAdapter adapter = new(D, H, new(Dropout: 0.5), residual: true);
        Tensor z = randn(B, L, D);
        Assert.True(adapter.forward(z).Equals(z));
    }

    [Fact]
    public void Inner_values_are_dropped_while_training_only()
    {
        using RouterAdapter adapter = Loud(new(Dropout: 0.5), residual: true);
        Tensor z = randn(B, L, D), quiet = adapter.forward(z);
        Assert.True(adapter.forward(z).Equals(quiet));
        adapter.train();
        Assert.False(adapter.forward(z).Equals(quiet));
    }

    [Fact]
    public void Half_floats_come_back_as_half_floats()
    {
        using RouterAdapter adapter = Loud(new(), residual: true);
        Tensor z = randn(B, L, D).to_type(ScalarType.BFloat16);
        Assert.Equal(ScalarType.BFloat16, adapter.forward(z).dtype);
        Assert.True(adapter.forward(z).to_type(ScalarType.Float32).allclose(adapter.forward(z.to_type(ScalarType.Float32)), rtol: 1e-2, atol: 1e-2));
    }

    [Theory]
    [InlineData(4096, 8, 81_930)]
    [InlineData(4096, 32, 278_562)]
    [InlineData(1024, 8, 20_490)]
    public void Its_parameters_are_those_of_the_specification(int size, int bottleneck, long expected)
    {
        using RouterAdapter adapter = new(size, bottleneck, new(), residual: true);
        Assert.Equal(expected, RouterAdapter.ParameterCount(size, bottleneck));
        Assert.Equal(expected, adapter.parameters().Sum(p => p.numel()));
    }

    [Fact]
    public void Images_route_themselves_so_that_a_tower_s_answer_does_not_depend_on_the_batch()
    {
        foreach (string type in (string[])["router", "router_block", "normal"])
        {
            manual_seed(0);
            using VisionTower tower = new(new(16, 2, 4, 14, 28, new(type, 4, new())));
            Quicken(tower);
            Tensor images = randn(B, 3, 28, 28), together = tower.ClassTokens(images, 2);
            Assert.Equal([B, 2, 16], together.shape);
            Assert.True(together.allclose(cat([.. images.split(1, 0).Select(i => tower.ClassTokens(i, 2))], 0), rtol: 1e-4, atol: 1e-5));
        }
    }

    [Fact]
    public void An_unknown_adapter_of_the_image_tower_is_named() =>
        Refuses.Recipe("'rooter'", () => new VisionTower(new(16, 2, 1, 14, 28, new("rooter", 4, new()))));

    /// <summary>With every weight away from zero, in eval mode.</summary>
    private static RouterAdapter Loud(RouterForm form, bool residual)
    {
        manual_seed(0);
        RouterAdapter adapter = new(D, H, form, residual);
        Quicken(adapter);
        return adapter;
    }

    private static void Quicken(nn.Module module)
    {
        using IDisposable frozen = no_grad();
        foreach (Parameter p in module.parameters()) p.Plus_(randn_like(p).Times(0.5));
        module.eval();
    }
}
