namespace Das.Tests.Training;

public sealed class DecoupledAdamTests : TensorTest
{
    [Theory]
    [InlineData(AdamForm.Transformers)]
    [InlineData(AdamForm.Torch)]
    public void A_resumed_optimizer_goes_on_bit_for_bit(AdamForm form)
    {
        using Vilt straight = TinyVilt.New(), resumed = TinyVilt.New();
        TinyVilt.CopyShared(straight, resumed);
        straight.FreezeForAdapters();
        resumed.FreezeForAdapters();
        using DecoupledAdam first = Optimizer(straight, form), before = Optimizer(resumed, form), after = Optimizer(resumed, form);

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
        using DecoupledAdam optimizer = new([new(0.1, 0.5, [("used", used), ("unused", unused)])]);
        used.grad = ones(3);
        optimizer.Step();
        Assert.True(unused.eq(1).all().item<bool>());
        Assert.True(used.lt(1).all().item<bool>());
        Assert.DoesNotContain(optimizer.State().Keys, k => k.EndsWith("unused"));
    }

    [Theory]
    [InlineData(AdamForm.Transformers, 0.7, 0.9, 0.05, 0.3)]
    [InlineData(AdamForm.Torch, 0.7, 0.9, 0.05, 0.3)]
    [InlineData(AdamForm.Transformers, 0.2, 0.999, 0.5, 0.0)]
    [InlineData(AdamForm.Torch, 0.95, 0.6, 1e-3, 2.0)]
    public void Each_form_is_its_formula_at_any_betas_epsilon_and_decay(AdamForm form, double beta1, double beta2, double epsilon, double decay)
    {
        Parameter value = new(tensor(1.5));
        using DecoupledAdam optimizer = new([new(0.1, decay, [("x", value)])], beta1, beta2, epsilon, form);
        double x = 1.5, m = 0, v = 0;
        foreach ((int t, double gradient, double factor) in ((int, double, double)[])[(1, 0.3, 0), (2, -2, 0.5), (3, 1e-3, 1), (4, 0, 0.8), (5, 0.7, 0.2)])
        {
            value.grad = tensor(gradient);
            optimizer.Step(factor);
            double rate = 0.1 * factor, whole1 = 1 - Math.Pow(beta1, t), whole2 = 1 - Math.Pow(beta2, t);
            (m, v) = ((beta1 * m) + ((1 - beta1) * gradient), (beta2 * v) + ((1 - beta2) * gradient * gradient));
            x = form == AdamForm.Torch
                ? (x * (1 - (rate * decay))) - (rate * (m / whole1) / (Math.Sqrt(v / whole2) + epsilon))
                : (x - (rate * Math.Sqrt(whole2) / whole1 * m / (Math.Sqrt(v) + epsilon))) * (1 - (rate * decay));
            Assert.Equal(x, value.item<double>(), 1e-9);
        }
    }

    [Fact]
    public void The_torch_form_is_the_library_s_own_AdamW()
    {
        Parameter ours = new(linspace(-1, 1, 12)), theirs = new(linspace(-1, 1, 12));
        using DecoupledAdam optimizer = new([new(0.05, 0.3, [("x", ours)])], 0.9, 0.95, 1e-3, AdamForm.Torch);
        using optim.Optimizer reference = optim.AdamW([theirs], 0.05, 0.9, 0.95, 1e-3, 0.3);
        for (int step = 0; step < 6; step++)
        {
            ours.grad = linspace(-2, step, 12).sin();
            theirs.grad = linspace(-2, step, 12).sin();
            optimizer.Step();
            reference.step();
            Assert.True(ours.sub(theirs).abs().max().item<float>() < 1e-6);
        }
    }

    [Theory]
    [InlineData(1.0, 0.2)]
    [InlineData(8.0, 1.0)]
    public void Gradients_longer_than_allowed_are_scaled_together(double largest, double factor)
    {
        Tensor one = tensor((float[])[3, 0]), other = tensor((float[])[4]);
        Assert.Equal(5, Gradients.Clip([one, other], largest), 5);
        Assert.Equal(3 * factor, one[0].item<float>(), 5);
        Assert.Equal(4 * factor, other[0].item<float>(), 5);
    }

    [Fact]
    public void A_millionth_is_added_to_the_norm_that_gradients_are_divided_by()
    {
        Tensor one = tensor(3e-6f), other = tensor(4e-6f);
        Gradients.Clip([one, other], 1e-6);
        Assert.Equal(0.5e-6, one.item<float>(), 1e-11);
    }

    [Fact]
    public void An_optimizer_that_clips_does_so_before_the_moments_are_taken()
    {
        Parameter used = new(zeros(2)), unused = new(zeros(2));
        using DecoupledAdam optimizer = new([new(0.1, 0, [("used", used), ("unused", unused)])], clip: 1);
        used.grad = tensor((float[])[30, 40]);
        optimizer.Step();
        Assert.Equal([0.06f, 0.08f], optimizer.State()["exp_avg/used"].data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void A_gradient_that_is_not_finite_is_not_clipped_but_refused()
    {
        Assert.Contains("Lower the learning rate", Refuses.Of(ErrorKind.Training, () => Gradients.Clip([tensor(float.NaN)], 1)).Message);
        Assert.Equal(0, Gradients.Clip([], 1));
    }

    [Fact]
    public void A_zeroed_gradient_keeps_momentum_and_decay_going()
    {
        Parameter used = new(ones(3));
        using DecoupledAdam optimizer = new([new(0.1, 0.5, [("used", used)])]);
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
        using DecoupledAdam optimizer = new([new(0.1, 0, [("here", value)])]);
        Assert.Contains("'exp_avg/there'", Refusal(new() { ["exp_avg/there"] = ones(3) }));
        Assert.Contains("lacks 'exp_avg/here'", Refusal(new() { ["step/here"] = tensor(1L) }));
        Assert.Contains("shape (2), not (3)", Refusal(new() { ["step/here"] = tensor(1L), ["exp_avg/here"] = ones(2) }));

        string Refusal(Dictionary<string, Tensor> state) => Refuses.Data(() => optimizer.LoadState(state)).Message;
    }

    private static DecoupledAdam Optimizer(Vilt model, AdamForm form) =>
        new(ParameterGroups.Of(model.named_parameters(), 1e-2, ParameterGroups.Vilt(10, 0.01)), form: form);

    /// <summary>Another layer is skipped each time, so that not every parameter has a state.</summary>
    private static void Train(Vilt model, DecoupledAdam optimizer, int step)
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
}
