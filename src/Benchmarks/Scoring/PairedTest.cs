using System.Numerics;

namespace Das.Benchmarks.Scoring;

/// <summary>
/// Two systems' scores on the same questions, compared question by question. Right or wrong answers: McNemar's exact test (Psychometrika 12,
/// 1947, 153-157; exact form: two-sided binomial over the questions that one of the two alone has right). Graded scores: Fisher's randomization
/// of the signs of the differences (The Design of Experiments, 1935, §21), all of them where few questions differ, else a fixed sequence of
/// draws whose p-value counts the observation itself (Phipson and Smyth 2010).
/// </summary>
/// <param name="Method"><see cref="McNemar"/> or <see cref="SignFlips"/>.</param>
/// <param name="Questions">n.</param>
/// <param name="Before">Mean of the first scores, in [0, 1].</param>
/// <param name="After">Mean of the second scores, in [0, 1].</param>
/// <param name="Low">Lower end of the 95 % interval of <see cref="Difference"/>: normal approximation over the paired differences.</param>
/// <param name="High">Its upper end.</param>
/// <param name="PValue">Two-sided: how often a difference at least as large would be seen if the two were alike.</param>
public sealed record PairedTest(string Method, int Questions, double Before, double After, double Low, double High, double PValue)
{
    public const string McNemar = "McNemar's exact test", SignFlips = "sign-flip permutation test";

    /// <summary>Signs of so many differences are tried exhaustively.</summary>
    public const int MostExhaustive = 20;

    /// <summary>Random signs where there are more differences; the smallest p-value is then 1 in 10,000.</summary>
    public const int Draws = 9_999;

    private const ulong Seed = 0;

    /// <summary>Sums of scores that differ by less are the same sum in another order.</summary>
    private const double Rounding = 1e-9;

    /// <summary>After less before.</summary>
    public double Difference => After - Before;

    /// <param name="before">One score in [0, 1] a question.</param>
    /// <param name="after">The other system's, in the same order.</param>
    /// <exception cref="ArgumentException">There are no scores, or not as many of one as of the other.</exception>
    public static PairedTest Of(IReadOnlyList<double> before, IReadOnlyList<double> after)
    {
        int n = before.Count;
        if (n == 0 || after.Count != n) throw new ArgumentException($"Expected two scores a question; there are {n} and {after.Count}.", nameof(after));
        double[] differences = new double[n];
        for (int i = 0; i < n; i++) differences[i] = after[i] - before[i];
        bool graded = !(before.All(Binary) && after.All(Binary));

        double mean = differences.Average();
        double variance = n == 1 ? 0 : differences.Sum(d => (d - mean) * (d - mean)) / (n - 1);
        double half = MeanScore.Quantile * Math.Sqrt(variance / n);
        double p = graded ? SignFlipsP([.. differences.Where(d => Math.Abs(d) > Rounding)])
            : McNemarP(differences.Count(d => d > 0), differences.Count(d => d < 0));
        return new(graded ? SignFlips : McNemar, n, before.Average(), after.Average(), Math.Max(-1, mean - half), Math.Min(1, mean + half), p);
    }

    /// <summary>Twice the lower tail of the binomial with p = ½, at most 1.</summary>
    /// <param name="gained">Questions that only the second has right.</param>
    /// <param name="lost">Questions that only the first has right.</param>
    public static double McNemarP(int gained, int lost)
    {
        int n = gained + lost, fewer = Math.Min(gained, lost);
        double logTerm = -n * Math.Log(2);
        for (int i = 1; i <= fewer; i++) logTerm += Math.Log((n - fewer + i) / (double)i);
        double term = Math.Exp(logTerm), tail = 0;
        for (int k = fewer; k >= 0 && term > tail * 1e-17; k--)
        {
            tail += term;
            term *= k / (double)(n - k + 1);
        }
        return Math.Min(1, 2 * tail);
    }

    private static double SignFlipsP(double[] differences)
    {
        double observed = Math.Abs(differences.Sum()) - Rounding;
        return differences.Length <= MostExhaustive ? EverySign(differences, observed) : DrawnSigns(differences, observed);
    }

    /// <summary>In Gray's order each combination of signs is one flip away from the last.</summary>
    private static double EverySign(double[] differences, double observed)
    {
        double[] signed = [.. differences];
        double sum = signed.Sum();
        int combinations = 1 << signed.Length, extreme = Math.Abs(sum) >= observed ? 1 : 0;
        for (int i = 1; i < combinations; i++)
        {
            int flipped = BitOperations.TrailingZeroCount(i);
            signed[flipped] = -signed[flipped];
            sum += 2 * signed[flipped];
            if (Math.Abs(sum) >= observed) extreme++;
        }
        return extreme / (double)combinations;
    }

    /// <summary>Of equal differences only the number of positive signs matters: 64 signs are one random number.</summary>
    private static double DrawnSigns(double[] differences, double observed)
    {
        (double Value, int Count)[] groups = [.. differences.GroupBy(d => Math.Round(Math.Abs(d) / Rounding)).Select(g => (Math.Abs(g.First()), g.Count()))];
        SplitMix64 random = new(Seed);
        int extreme = 0;
        for (int draw = 0; draw < Draws; draw++)
        {
            double sum = 0;
            foreach ((double value, int count) in groups) sum += value * (2 * Heads(random, count) - count);
            if (Math.Abs(sum) >= observed) extreme++;
        }
        return (extreme + 1.0) / (Draws + 1);
    }

    private static int Heads(SplitMix64 random, int coins)
    {
        int heads = 0;
        for (; coins >= 64; coins -= 64) heads += BitOperations.PopCount(random.Next());
        return coins == 0 ? heads : heads + BitOperations.PopCount(random.Next() >> (64 - coins));
    }

    private static bool Binary(double score) => score is 0 or 1;
}
