namespace Das.Tests.Models;

/// <summary>What is dropped, and that a seed says it whatever the number of threads.</summary>
public sealed class DropoutTests() : TensorTest(learns: false)
{
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void A_share_of_the_elements_is_dropped_and_the_others_scaled_up(double rate)
    {
        manual_seed(4);
        const int rows = 700, columns = 1_003; // More than ten blocks, the last of them not full.
        float[] kept = [.. ones(rows, columns).Dropout(rate, training: true).data<float>()];
        Assert.Equal([0, (float)(1 / (1 - rate))], kept.Distinct().Order());
        double deviation = Math.Sqrt(rate * (1 - rate));
        double Share(IEnumerable<float> of) => of.Average(value => value == 0 ? 1.0 : 0);
        Assert.Equal(rate, Share(kept), 5 * deviation / Math.Sqrt(kept.Length));
        // No lane, no row and no column of the eight streams is dropped more often than the others.
        for (int lane = 0; lane < 8; lane++) Assert.Equal(rate, Share(kept.Where((_, i) => i % 8 == lane)), 5 * deviation / Math.Sqrt(kept.Length / 8));
        double[] byColumn = [.. Enumerable.Range(0, columns).Select(c => Share(Enumerable.Range(0, rows).Select(r => kept[(r * columns) + c])))];
        Assert.All(byColumn, share => Assert.Equal(rate, share, 6 * deviation / Math.Sqrt(rows)));
        // Neighbours are independent: both are dropped in rate² of all places.
        double both = Enumerable.Range(1, kept.Length - 1).Average(i => kept[i] == 0 && kept[i - 1] == 0 ? 1.0 : 0);
        Assert.Equal(rate * rate, both, 6 * rate / Math.Sqrt(kept.Length));
    }

    [Fact]
    public void A_seed_gives_the_same_mask_on_any_number_of_threads_and_the_next_draw_another()
    {
        int before = get_num_threads();
        try
        {
            Tensor[] masks = [.. new[] { 1, 2, 4 }.Select(threads =>
            {
                set_num_threads(threads);
                manual_seed(9);
                return DropoutMask.Of([300, 1_000], 0.3);
            })];
            Assert.True(masks[0].bytes.SequenceEqual(masks[1].bytes) && masks[0].bytes.SequenceEqual(masks[2].bytes));
            Assert.False(masks[0].bytes.SequenceEqual(DropoutMask.Of([300, 1_000], 0.3).bytes));
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void Nothing_or_all_is_dropped_at_the_ends_of_the_range_and_nothing_where_nothing_is_trained()
    {
        Tensor x = randn(5, 7);
        Assert.Same(x, x.Dropout(0, training: true));
        Assert.Same(x, x.Dropout(0.5, training: false));
        Assert.Equal(0, x.Dropout(1, training: true).abs().sum().item<float>());
        Assert.Equal(ScalarType.BFloat16, x.to(ScalarType.BFloat16).Dropout(0.5, training: true).dtype);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Attention_drops_weights_and_its_gradients_are_those_of_the_formula(int biases)
    {
        const int B = 3, H = 2, S = 5, C = 7, d = 4;
        using IDisposable learning = enable_grad();
        Tensor[] inputs = [.. new[] { S, C, C }.Select(length => randn(B, H, length, d).requires_grad_(true))];
        Tensor bias = randn(biases, 1, 1, C), weights = randn(B, H, S, d);
        manual_seed(11);
        Tensor ours = Regularization.Attend(inputs[0], inputs[1], inputs[2], bias, 0.4, training: true);
        manual_seed(11);
        Tensor mask = cat([.. Enumerable.Range(0, B).Select(_ => DropoutMask.Of([1, H, S, C], 0.4))]);
        Tensor expected = inputs[0].matmul(inputs[1].transpose(2, 3)).Times(1 / Math.Sqrt(d)).Plus(bias).softmax(-1).mul(mask).matmul(inputs[2]);
        Assert.True(ours.allclose(expected, 1e-5, 1e-6));
        Tensor[] Gradients(Tensor of) => [.. autograd.grad([of.mul(weights).sum()], inputs)];
        foreach ((Tensor own, Tensor theirs) in Gradients(ours).Zip(Gradients(expected))) Assert.True(own.allclose(theirs, 1e-5, 1e-6));

        Tensor still = Regularization.Attend(inputs[0], inputs[1], inputs[2], bias, 0.4, training: false);
        Assert.True(still.allclose(nn.functional.scaled_dot_product_attention(inputs[0], inputs[1], inputs[2], bias), 1e-5, 1e-6));
    }
}
