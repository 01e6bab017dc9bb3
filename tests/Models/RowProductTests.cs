namespace Das.Tests.Models;

/// <summary>One vector through a matrix of any stored type is what libtorch's product of float32 gives, but for the order of the sum.</summary>
public sealed class RowProductTests() : TensorTest(learns: false)
{
    [Theory]
    [InlineData("float32", 5, 3)]
    [InlineData("float32", 70, 576)]
    [InlineData("float32", 3, 45)]
    [InlineData("bfloat16", 70, 576)]
    [InlineData("bfloat16", 3, 45)]
    [InlineData("int8", 70, 576)]
    [InlineData("int8", 3, 45)]
    public void Its_products_are_those_of_the_matrix_in_float32(string type, int rows, int columns)
    {
        manual_seed(rows);
        Tensor x = randn(1, 1, columns);
        Tensor matrix = type == "int8" ? randint(-127, 128, [rows, columns], dtype: ScalarType.Int8)
            : randn(rows, columns).to(type == "float32" ? ScalarType.Float32 : ScalarType.BFloat16);
        int before = get_num_threads();
        Tensor? first = null;
        try
        {
            foreach (int threads in new[] { 1, 3 })
            {
                set_num_threads(threads);
                Assert.Equal(threads == 1 || type != "float32", RowProduct.Takes(x, matrix));
                Tensor ours = RowProduct.Of(x, matrix);
                Assert.Equal((first ??= ours).data<float>().ToArray(), ours.data<float>().ToArray());
                Tensor exact = x.to(ScalarType.Float64).matmul(matrix.to(ScalarType.Float64).t());
                Assert.Equal([1, 1, rows], ours.shape);
                double scale = exact.abs().max().item<double>();
                Assert.True(ours.to(ScalarType.Float64).sub(exact).abs().max().item<double>() <= 2e-6 * scale);
            }
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void It_takes_neither_several_vectors_nor_what_learns_nor_other_types()
    {
        Tensor matrix = randn(4, 6);
        Assert.False(RowProduct.Takes(randn(1, 2, 6), matrix));
        Assert.False(RowProduct.Takes(randn(6).to(ScalarType.BFloat16), matrix));
        Assert.False(RowProduct.Takes(randn(6), matrix.to(ScalarType.Float16)));
        Assert.False(RowProduct.Takes(randn(4), matrix.t()));
        using IDisposable learning = enable_grad();
        Assert.False(RowProduct.Takes(randn(6), matrix));
    }
}
