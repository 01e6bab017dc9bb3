namespace Das.Search;

/// <summary>Draws <paramref name="count"/> distinct indices with probability proportional to <paramref name="weights"/>.</summary>
public delegate int[] WeightedDraw(ReadOnlySpan<float> weights, int count);

/// <summary>One subnetwork compared in a preference update.</summary>
/// <param name="Skipped">The layers it skips.</param>
/// <param name="Loss">Its loss on the held-out batch.</param>
/// <param name="Reward">exp(-loss · reward scale).</param>
public sealed record Candidate(SkipMask Skipped, double Loss, double Reward);

/// <summary>
/// The DAS rule (method §1): a preference a_i per candidate layer, large where the layer is redundant; subnetworks are
/// sampled by sigmoid(a), and layers skipped by better-than-average subnetworks gain preference.
/// </summary>
public sealed class SkipPolicy
{
    private const int DrawsBeforeFlattening = 200;

    private readonly int subnetworks;
    private readonly double stepSize, rewardScale;

    /// <param name="candidates">N, the number of candidate layers.</param>
    /// <param name="skip">m, how many to skip.</param>
    /// <param name="subnetworks">K, distinct subnetworks compared per update.</param>
    /// <param name="stepSize">eta of method §1.4.</param>
    /// <param name="rewardScale">Factor on the loss inside the reward's exponential; published: 1.</param>
    /// <exception cref="ArgumentException">m is not in 1 .. N-1, or fewer than K distinct subnetworks exist (method §8 B6).</exception>
    public SkipPolicy(int candidates, int skip, int subnetworks, double stepSize = 1, double rewardScale = 1)
    {
        if (Flaws(candidates, skip, subnetworks).FirstOrDefault() is { } flaw) throw new DasException(ErrorKind.Recipe, flaw.Sentence);
        (Skip, this.subnetworks, this.stepSize, this.rewardScale) = (skip, subnetworks, stepSize, rewardScale);
        Preferences = new float[candidates];
    }

    /// <summary>What the constructor refuses, by the keys of a recipe.</summary>
    public static IEnumerable<Flaw> Flaws(int candidates, int skip, int subnetworks) =>
        skip < 1 || skip >= candidates
            ? [new("search.skip", $"is {skip}, but a search over {candidates} candidate layers can skip 1 to {candidates - 1} of them")]
        : subnetworks < 2 || Binomial(candidates, skip) < subnetworks
            ? [new("search.candidates", $"is {subnetworks}, but there are {Binomial(candidates, skip)} ways to skip {skip} of {candidates} layers; it must "
                + "lie between 2 and that number")]
        : [];

    /// <summary>m.</summary>
    public int Skip { get; }

    /// <summary>a (N), zero at the start.</summary>
    public float[] Preferences { get; }

    /// <summary>p = sigmoid(a) (N); independent, not normalised.</summary>
    public float[] Probabilities => [.. Preferences.Select(a => 1f / (1f + MathF.Exp(-a)))];

    /// <summary>One training subnetwork (method §1.3).</summary>
    public SkipMask Sample(WeightedDraw draw) => Sample(draw, Skip);

    /// <summary>One training subnetwork that skips fewer layers than the policy will (method §5.6).</summary>
    public SkipMask Sample(WeightedDraw draw, int count) => SkipMask.Of(draw(Probabilities, count));

    /// <summary>One preference update (method §1.4): K distinct subnetworks are drawn, compared by <paramref name="loss"/>, and rewarded.</summary>
    /// <param name="draw">The sampler.</param>
    /// <param name="loss">Loss of a subnetwork on the held-out batch, in eval mode, without gradients.</param>
    public IReadOnlyList<Candidate> Update(WeightedDraw draw, Func<SkipMask, double> loss)
    {
        IReadOnlyList<Candidate> candidates = Compare(draw, loss);
        Reward(candidates, candidates.Average(c => c.Reward));
        return candidates;
    }

    /// <summary>The first half of an update: K distinct subnetworks and their rewards. Preferences stay as they are.</summary>
    /// <inheritdoc cref="Update"/>
    public IReadOnlyList<Candidate> Compare(WeightedDraw draw, Func<SkipMask, double> loss) =>
        [.. Distinct(Probabilities, draw).Select(skipped => Judge(skipped, loss(skipped)))];

    /// <summary>The second half of an update: layers that a candidate skips gain what its reward exceeds the baseline by.</summary>
    /// <param name="candidates">From <see cref="Compare"/>.</param>
    /// <param name="baseline">Their average reward.</param>
    public void Reward(IReadOnlyList<Candidate> candidates, double baseline)
    {
        float[] p = Probabilities; // held constant for the whole update
        foreach (Candidate candidate in candidates)
            foreach (int i in candidate.Skipped)
                Preferences[i] += (float)(stepSize * (candidate.Reward - baseline)) * p[i] * (1 - p[i]);
    }

    /// <summary>The m layers of largest preference; among equals the later layers win, as a stable ascending sort gives them (method §1.5).</summary>
    public SkipMask Choice() => Choose(Preferences, Skip);

    /// <summary>The choice that <paramref name="preferences"/> (N) make for <paramref name="skip"/> layers.</summary>
    public static SkipMask Choose(IReadOnlyList<float> preferences, int skip) =>
        SkipMask.Of(Enumerable.Range(0, preferences.Count).OrderBy(i => preferences[i]).TakeLast(skip));

    private Candidate Judge(SkipMask skipped, double loss) => double.IsFinite(loss)
        ? new(skipped, loss, Math.Exp(-loss * rewardScale))
        : throw new DasException(ErrorKind.Training,
            $"The reward loss of the subnetwork that skips {skipped} is {loss}. Lower search.optimization.learningRate.");

    /// <summary>K different subsets. Preferences that have all but settled would repeat one subset for ever, so after a bounded number of repeats the
    /// draw is uniform.</summary>
    private IEnumerable<SkipMask> Distinct(float[] p, WeightedDraw draw)
    {
        HashSet<SkipMask> seen = [];
        float[] uniform = [.. p.Select(_ => 1f)];
        for (int draws = 0; seen.Count < subnetworks; draws++)
        {
            SkipMask drawn = SkipMask.Of(draw(draws < DrawsBeforeFlattening ? p : uniform, Skip));
            if (seen.Add(drawn)) yield return drawn;
        }
    }

    private static long Binomial(int n, int k)
    {
        double ways = 1;
        for (int i = 1; i <= k; i++) ways = ways * (n - k + i) / i;
        return ways > long.MaxValue / 2 ? long.MaxValue / 2 : (long)Math.Round(ways);
    }
}
