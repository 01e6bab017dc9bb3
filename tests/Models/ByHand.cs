namespace Das.Tests.Models;

/// <summary>
/// The formulas of the method's sections 2 to 5 in doubles and loops, written from the formulas and nothing of ours: a matrix is its rows, weights
/// are looked up by their published names, and what is dropped comes as a mask of 0 and 1 / (1 - rate).
/// </summary>
internal sealed class ByHand(IReadOnlyDictionary<string, Tensor> weights)
{
    public ByHand(nn.Module model) : this(model.state_dict())
    {
    }

    /// <summary>The last two dimensions of a tensor, of one sample or table.</summary>
    public static double[][] Rows(Tensor x) =>
        [.. x.detach().to_type(ScalarType.Float64).contiguous().data<double>().ToArray().Chunk((int)x.shape[^1])];

    /// <summary>The masks that dropout draws one after the other from a seed, for what it drops from in this order.</summary>
    public static Queue<double[][]> Masks(long seed, double rate, params long[][] shapes)
    {
        manual_seed(seed);
        return new(shapes.Select(shape => Rows(ones(shape).Dropout(rate, training: true))));
    }

    public static void Same(double[][] expected, Tensor actual, double tolerance = 1e-4)
    {
        double[] wanted = [.. expected.SelectMany(row => row)], got = [.. Rows(actual).SelectMany(row => row)];
        Assert.Equal(wanted.Length, got.Length);
        double largest = wanted.Max(Math.Abs);
        Assert.All(wanted.Zip(got), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= tolerance * largest, $"{pair.Second}, not {pair.First}"));
    }

    public double[][] Weight(string name) => Rows(weights[name]);

    public double[] Vector(string name) => Weight(name).Single();

    /// <summary>W x + b for each row, b where there is one; convolutions of width 1 as well, in that many groups.</summary>
    /// <param name="name">Of weight and bias, with what stands before these words.</param>
    /// <param name="x">(S, read).</param>
    /// <param name="groups">Of which each reads its part of x.</param>
    /// <param name="dot">Between name and word.</param>
    public double[][] Linear(string name, double[][] x, int groups = 1, string dot = ".")
    {
        double[][] w = Rows(weights[$"{name}{dot}weight"].flatten(1));
        double[] b = weights.ContainsKey($"{name}{dot}bias") ? Vector($"{name}{dot}bias") : new double[w.Length];
        int read = w[0].Length;
        return [.. x.Select(row => w.Select((weight, o) => b[o] + weight.Select((v, i) => v * row[(o * groups / w.Length * read) + i]).Sum()).ToArray())];
    }

    /// <summary>(x - mean) / sqrt(variance + ε), scaled and shifted.</summary>
    public double[][] LayerNorm(string name, double[][] x, double epsilon) => [.. x.Select(row =>
    {
        double mean = row.Average(), deviation = Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + epsilon);
        return row.Select((v, i) => ((v - mean) / deviation * Vector($"{name}.weight")[i]) + Vector($"{name}.bias")[i]).ToArray();
    })];

    /// <summary>x / sqrt(mean of squares + ε), scaled.</summary>
    public double[][] RmsNorm(string name, double[][] x, double epsilon) =>
        [.. x.Select(row => row.Select((v, i) => v / Math.Sqrt(row.Average(u => u * u) + epsilon) * Vector($"{name}.weight")[i]).ToArray())];

    /// <summary>up(ReLU(down(LN(x)))), LN's ε 1e-5 (method §2.5).</summary>
    public double[][] Adapter(string name, double[][] x) =>
        Linear($"{name}.up_proj", Each(Linear($"{name}.down_proj", LayerNorm($"{name}.adapter_layer_norm_before", x, 1e-5)), v => Math.Max(0, v)));

    /// <summary>softmax(q k' / sqrt(d) + bias) v, head by head.</summary>
    /// <param name="q">(S, D).</param>
    /// <param name="k">(C, D), or fewer heads, each shared by as many of q's.</param>
    /// <param name="v">As k.</param>
    /// <param name="heads">Of q.</param>
    /// <param name="bias">Of a query and a key.</param>
    /// <param name="dropped">(heads · S, C), of the softmax; null for none.</param>
    public static double[][] Attention(double[][] q, double[][] k, double[][] v, int heads, Func<int, int, double> bias, double[][]? dropped = null)
    {
        int d = q[0].Length / heads, sharing = q[0].Length / k[0].Length;
        double[][] y = [.. q.Select(row => new double[row.Length])];
        for (int h = 0; h < heads; h++)
            for (int s = 0; s < q.Length; s++)
            {
                int own = h * d, other = h / sharing * d;
                double[] scores = [.. k.Select((key, c) =>
                    (Enumerable.Range(0, d).Sum(i => q[s][own + i] * key[other + i]) / Math.Sqrt(d)) + bias(s, c))];
                double[] shares = [.. scores.Select(score => Math.Exp(score - scores.Max()))];
                for (int c = 0; c < k.Length; c++)
                    for (int i = 0; i < d; i++) y[s][own + i] += shares[c] / shares.Sum() * (dropped?[(h * q.Length) + s][c] ?? 1) * v[c][other + i];
            }
        return y;
    }

    public static double[][] Each(double[][] x, Func<double, double> of) => [.. x.Select(row => row.Select(of).ToArray())];

    public static double[][] Columns(double[][] x, int from, int count) => [.. x.Select(row => row[from..(from + count)])];

    public static double[][] Sum(params double[][][] all) => all.Aggregate((a, b) => Pairwise(a, b, (u, v) => u + v));

    public static double[][] Product(double[][] a, double[][] b) => Pairwise(a, b, (u, v) => u * v);

    /// <summary>x Φ(x), by the series of the error function.</summary>
    public static double Gelu(double x)
    {
        double z = x / Math.Sqrt(2), term = z, erf = 0;
        for (int n = 0; n < 200; n++, term *= -z * z / n) erf += term / ((2 * n) + 1);
        return x * 0.5 * (1 + (2 / Math.Sqrt(Math.PI) * erf));
    }

    /// <summary>x σ(f x): SiLU with 1, CLIP's "quick" GELU with 1.702.</summary>
    public static Func<double, double> Gated(double factor) => x => x / (1 + Math.Exp(-factor * x));

    private static double[][] Pairwise(double[][] a, double[][] b, Func<double, double, double> of) =>
        [.. a.Zip(b, (x, y) => x.Zip(y, of).ToArray())];
}
