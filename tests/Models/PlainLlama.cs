namespace Das.Tests.Models;

/// <summary>
/// LLaMA in double precision with loops, written from llama2.c's description of its file and nothing of ours: one position at a
/// time, the likeliest token first.
/// </summary>
internal sealed class PlainLlama
{
    private readonly int dim, hidden, layers, heads, kvHeads, vocabulary, positions;
    private readonly bool shared;
    private readonly float[] w;
    private readonly List<double[][]> keys = [], values = [];

    public PlainLlama(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        int At(int i) => BitConverter.ToInt32(bytes, 4 * i);
        (dim, hidden, layers, heads, kvHeads, vocabulary, positions, shared) = (At(0), At(1), At(2), At(3), At(4), Math.Abs(At(5)), At(6), At(5) > 0);
        w = new float[(bytes.Length / 4) - 7];
        Buffer.BlockCopy(bytes, 28, w, 0, 4 * w.Length);
    }

    /// <summary>What it says after a first token.</summary>
    public int[] Greedy(int first, int count)
    {
        List<int> said = [];
        for (int token = first; said.Count < count; said.Add(token))
        {
            double[] logits = Logits(token);
            token = Enumerable.Range(0, vocabulary).MaxBy(i => logits[i]);
        }
        return [.. said];
    }

    private double[] Logits(int token)
    {
        int d = dim / heads, kv = kvHeads * d, position = keys.Count;
        int norm1 = vocabulary * dim, q = norm1 + (layers * dim), k = q + (layers * dim * dim), v = k + (layers * kv * dim), o = v + (layers * kv * dim);
        int norm2 = o + (layers * dim * dim), w1 = norm2 + (layers * dim), w2 = w1 + (layers * hidden * dim), w3 = w2 + (layers * hidden * dim), last = w3
            + (layers * hidden * dim);
        int output = shared ? 0 : last + dim + (positions * d);
        double[] x = [.. w.AsSpan(token * dim, dim).ToArray().Select(f => (double)f)];
        keys.Add(new double[layers][]);
        values.Add(new double[layers][]);
        for (int l = 0; l < layers; l++)
        {
            double[] z = Norm(x, norm1 + (l * dim)), queries = Rotate(Times(q + (l * dim * dim), dim, z), d, position), mixed = new double[dim];
            keys[position][l] = Rotate(Times(k + (l * kv * dim), kv, z), d, position);
            values[position][l] = Times(v + (l * kv * dim), kv, z);
            for (int h = 0; h < heads; h++)
            {
                int own = h * d, other = h / (heads / kvHeads) * d;
                double[] scores = [.. Enumerable.Range(0, position + 1)
                    .Select(t => Enumerable.Range(0, d).Sum(i => queries[own + i] * keys[t][l][other + i]) / Math.Sqrt(d))];
                double[] weights = [.. scores.Select(s => Math.Exp(s - scores.Max()))];
                for (int t = 0; t <= position; t++)
                    for (int i = 0; i < d; i++) mixed[own + i] += weights[t] / weights.Sum() * values[t][l][other + i];
            }
            x = Plus(x, Times(o + (l * dim * dim), dim, mixed));
            z = Norm(x, norm2 + (l * dim));
            double[] gate = Times(w1 + (l * hidden * dim), hidden, z), up = Times(w3 + (l * hidden * dim), hidden, z);
            x = Plus(x, Times(w2 + (l * hidden * dim), dim, [.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)]));
        }
        return Times(output, vocabulary, Norm(x, last));
    }

    private double[] Norm(double[] x, int at)
    {
        double scale = 1 / Math.Sqrt((x.Sum(e => e * e) / x.Length) + 1e-5);
        return [.. x.Select((e, i) => e * scale * w[at + i])];
    }

    private double[] Times(int at, int rows, double[] x)
    {
        double[] y = new double[rows];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < x.Length; c++) y[r] += w[at + (r * x.Length) + c] * x[c];
        return y;
    }

    private static double[] Rotate(double[] x, int d, int position)
    {
        double[] y = new double[x.Length];
        for (int i = 0; i < x.Length; i += 2)
        {
            (double sine, double cosine) = Math.SinCos(position / Math.Pow(10000, (double)(i % d) / d));
            (y[i], y[i + 1]) = ((x[i] * cosine) - (x[i + 1] * sine), (x[i] * sine) + (x[i + 1] * cosine));
        }
        return y;
    }

    private static double[] Plus(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];
}
