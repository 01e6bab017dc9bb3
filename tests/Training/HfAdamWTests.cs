using Das.Models.Backbones;
using Das.Tests.Models;
using Das.Training.Objectives;
using Das.Training.Optimization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Das.Tests.Training;

public sealed class HfAdamWTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    [Fact]
    public void A_resumed_optimizer_goes_on_bit_for_bit()
    {
        using Vilt straight = TinyVilt.New(), resumed = TinyVilt.New();
        TinyVilt.CopyShared(straight, resumed);
        straight.FreezeForAdapters();
        resumed.FreezeForAdapters();
        using HfAdamW first = Optimizer(straight), before = Optimizer(resumed), after = Optimizer(resumed);

        for (int step = 0; step < 3; step++) Train(straight, first, step);
        for (int step = 0; step < 2; step++) Train(resumed, before, step);
        foreach (Parameter parameter in resumed.parameters()) parameter.grad = null;
        after.LoadState(before.State().ToDictionary(s => s.Key, s => s.Value.clone()));
        Train(resumed, after, 2);

        foreach (((string name, Parameter one), (string _, Parameter other)) in straight.named_parameters().Zip(resumed.named_parameters()))
            Assert.True(one.equal(other).all().item<bool>(), name);
    }

    [Fact]
    public void A_parameter_without_a_gradient_stays_where_it_is()
    {
        Parameter used = new(ones(3)), unused = new(ones(3));
        using HfAdamW optimizer = new([new(0.1, 0.5, [("used", used), ("unused", unused)])]);
        used.grad = ones(3);
        optimizer.Step();
        Assert.True(unused.eq(1).all().item<bool>());
        Assert.True(used.lt(1).all().item<bool>());
        Assert.DoesNotContain(optimizer.State().Keys, k => k.EndsWith("unused", StringComparison.Ordinal));
    }

    [Fact]
    public void A_zeroed_gradient_keeps_momentum_and_decay_going()
    {
        Parameter used = new(ones(3));
        using HfAdamW optimizer = new([new(0.1, 0.5, [("used", used)])]);
        used.grad = ones(3);
        optimizer.Step();
        optimizer.ZeroGradients();
        float before = used[0].item<float>();
        optimizer.Step();
        Assert.True(used[0].item<float>() < before);
    }

    [Fact]
    public void A_state_that_does_not_fit_is_refused_by_name()
    {
        Parameter value = new(ones(3));
        using HfAdamW optimizer = new([new(0.1, 0, [("here", value)])]);
        Assert.Contains("'exp_avg/there'", Refusal(new() { ["exp_avg/there"] = ones(3) }), StringComparison.Ordinal);
        Assert.Contains("lacks 'exp_avg/here'", Refusal(new() { ["step/here"] = tensor(1L) }), StringComparison.Ordinal);
        Assert.Contains("shape (2), not (3)", Refusal(new() { ["step/here"] = tensor(1L), ["exp_avg/here"] = ones(2) }), StringComparison.Ordinal);

        string Refusal(Dictionary<string, Tensor> state) => Assert.Throws<InvalidDataException>(() => optimizer.LoadState(state)).Message;
    }

    private static HfAdamW Optimizer(Vilt model) => new(ParameterGroups.Of(model.named_parameters(), 1e-2, 10, 0.01));

    /// <summary>Another layer is skipped each time, so that not every parameter has a state.</summary>
    private static void Train(Vilt model, HfAdamW optimizer, int step)
    {
        using DisposeScope inner = NewDisposeScope();
        model.Skipped = Das.Models.Skipping.SkipMask.Of(step);
        Tensor images = TinyVilt.Images(step, 4, 4, (4, 4), (4, 4));
        var (ids, text) = TinyVilt.Texts(5, 4);
        Tensor targets = VqaObjective.Targets([[1], [2, 3]], [[1f], [0.3f, 0.6f]], TinyVilt.Answers);
        VqaObjective.Loss(model.VqaLogits(model.Features(ids, text, images)), targets).backward();
        optimizer.Step();
        optimizer.ZeroGradients();
    }

    public void Dispose() => scope.Dispose();
}
