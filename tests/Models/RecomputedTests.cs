namespace Das.Tests.Models;

/// <summary>Layers whose inner activations are computed again in the backward pass.</summary>
public sealed class RecomputedTests : TensorTest
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Losses_and_gradients_are_those_of_the_plain_pass_bit_for_bit_under_dropout(bool inputLearns)
    {
        Sequential[] layers = Layers(4, 16, dropout: 0.3);
        Tensor input = randn(2, 5, 16);

        (float plain, Tensor[] plainGradients, float plainNext) = Train(layers, input, inputLearns, recompute: false);
        (float again, Tensor[] gradients, float next) = Train(layers, input, inputLearns, recompute: true);

        Assert.Equal(plain, again);
        Assert.Equal(plainNext, next);
        Assert.Equal(plainGradients.Length, gradients.Length);
        Assert.Equal(4 * 6 + (inputLearns ? 1 : 0), gradients.Length);
        foreach ((Tensor one, Tensor other) in plainGradients.Zip(gradients))
        {
            Assert.True(one.abs().sum().item<float>() > 0);
            Assert.True(one.Equals(other));
        }
    }

    [Fact]
    public void Gradients_of_several_passes_add_up()
    {
        Sequential[] layers = Layers(2, 8, dropout: 0.5);
        Tensor[] Twice(bool recompute)
        {
            manual_seed(3);
            foreach (int _ in (int[])[0, 1]) Loss(layers, ones(2, 8), recompute).backward();
            Tensor[] gradients = [.. Parameters(layers).Select(p => p.grad!.clone())];
            foreach (Parameter parameter in Parameters(layers)) parameter.grad = null;
            return gradients;
        }

        foreach ((Tensor one, Tensor other) in Twice(false).Zip(Twice(true))) Assert.True(one.Equals(other));
    }

    [Fact]
    public void Without_gradients_a_part_runs_once()
    {
        int calls = 0;
        Tensor Part(Tensor x)
        {
            calls++;
            return x.add(1);
        }

        using (no_grad()) Assert.False(Recomputed.Run(Part, ones(2)).requires_grad);
        Assert.Equal(1, calls);
        Tensor x = ones(2, requires_grad: true);
        Recomputed.Run(Part, x).sum().backward();
        Assert.Equal(3, calls);
        Assert.Equal([1f, 1f], x.grad!.data<float>().ToArray());
    }

    [Fact]
    public void A_part_in_which_nothing_learns_gives_no_gradient_and_does_no_harm()
    {
        Parameter scale = new(ones(3));
        Recomputed.Run(x => x.mul(2), ones(3)).mul(scale).sum().backward();
        Assert.Equal([2f, 2f, 2f], scale.grad!.data<float>().ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_part_throws_the_second_time_comes_out_of_the_backward_pass_and_the_next_one_works(bool inputLearns)
    {
        Parameter scale = new(ones(2));
        Tensor Loss(bool broken)
        {
            int calls = 0;
            Tensor Part(Tensor x) => broken && calls++ > 0 ? throw new InvalidOperationException("The mask is gone.") : x.mul(scale);
            Tensor x = ones(2, requires_grad: inputLearns);
            return Recomputed.Run(y => Recomputed.Run(Part, y), Recomputed.Run(y => y.mul(scale), x)).sum();
        }

        Assert.Equal("The mask is gone.", Assert.Throws<InvalidOperationException>(() => Recomputed.Backward(Loss(broken: true))).Message);
        scale.grad = null;
        Recomputed.Backward(Loss(broken: false));
        Assert.Equal([2f, 2f], scale.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Collections_between_forward_and_backward_pass_leave_the_result_alone()
    {
        Sequential[] layers = Layers(6, 16, dropout: 0.1);
        Tensor[] first = Train(layers, ones(2, 16), inputLearns: true, recompute: false).Gradients;
        const int rounds = 100;
        int before = GC.CollectionCount(0);
        int Collected() => GC.CollectionCount(0) - before;
        bool done = false;
        Thread collecting = new(() =>
        {
            for (; !Volatile.Read(ref done); Thread.Sleep(1)) GC.Collect(0);
        });
        collecting.Start();
        try
        {
            for (int round = 0; round < rounds || (Collected() <= 2 * rounds && round < 20 * rounds); round++)
            {
                using DisposeScope inner = NewDisposeScope();
                foreach ((Tensor one, Tensor other) in first.Zip(Train(layers, ones(2, 16), inputLearns: true, recompute: true).Gradients))
                    Assert.True(one.Equals(other));
            }
        }
        finally
        {
            Volatile.Write(ref done, true);
            collecting.Join();
        }
        Assert.True(Collected() > 2 * rounds, "Too few collections fell into the rounds to say anything.");
    }

    [Fact]
    public void Every_tensor_is_gone_after_the_step()
    {
        Sequential[] layers = Layers(4, 8, dropout: 0.1);
        Train(layers, ones(2, 8), inputLearns: false, recompute: true);
        long Alive()
        {
            for (int i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            return Tensor.TotalCount;
        }

        long before = Alive();
        for (int step = 0; step < 20; step++)
        {
            using DisposeScope inner = NewDisposeScope();
            Loss(layers, ones(2, 8), recompute: true).backward();
        }
        long leaked = Alive() - before;
        Assert.True(leaked < 20, $"{leaked} tensors of 20 steps are still there."); // other tests run beside this one
    }

    private static (float Loss, Tensor[] Gradients, float Next) Train(Sequential[] layers, Tensor input, bool inputLearns, bool recompute)
    {
        manual_seed(7);
        Tensor x = input.detach().clone().requires_grad_(inputLearns);
        Tensor loss = Loss(layers, x, recompute);
        Recomputed.Backward(loss);
        Tensor?[] gradients = [.. Parameters(layers).Select(p => p.grad?.clone()), x.grad?.clone()];
        foreach (Parameter parameter in Parameters(layers)) parameter.grad = null;
        return (loss.item<float>(), [.. gradients.OfType<Tensor>()], rand(1).item<float>());
    }

    private static Tensor Loss(Sequential[] layers, Tensor x, bool recompute)
    {
        foreach (Sequential layer in layers) x = recompute ? Recomputed.Run(layer.forward, x) : layer.forward(x);
        return x.pow(2).mean();
    }

    /// <summary>A norm, two dense layers and dropout, in float32.</summary>
    private static Sequential[] Layers(int count, int width, double dropout) => [.. Enumerable.Range(0, count).Select(_ => nn.Sequential(
        ("norm", nn.LayerNorm(width)), ("up", nn.Linear(width, 4 * width)), ("act", nn.GELU()), ("drop", nn.Dropout(dropout)),
            ("down", nn.Linear(4 * width, width))))];

    private static IEnumerable<Parameter> Parameters(Sequential[] layers) => layers.SelectMany(l => l.parameters());
}
