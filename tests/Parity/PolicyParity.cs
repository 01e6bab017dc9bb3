namespace Das.Tests.Parity;

/// <summary>The DAS rule against recorded traces: draws are replayed, losses follow the recorded formula.</summary>
public static class PolicyParity
{
    /// <summary>A trace without a network: every training subset, every update, every epoch's choice.</summary>
    public static void Trace(ParityCase recorded)
    {
        JsonElement json = recorded.Read(), config = json.GetProperty("config"), tolerance = json.GetProperty("tolerance");
        float[] initial = config.Floats("initial_gate");
        SkipPolicy policy = new(initial.Length, config.Int("skip_num"), config.Int("das_step"));
        initial.CopyTo(policy.Preferences, 0);
        int[] epochLengths = config.Ints("steps_per_epoch");
        int warmupEpochs = config.Int("warmup_epoch"), searchEpochs = config.Int("das_epoch");
        UpdateSchedule updates = new(config.Int("das_turn"), epochLengths.Take(warmupEpochs).Sum());

        Queue<int[]> draws = new(json.Items("draws").Select(d => d.Ints("drawn")));
        int[] Replay(ReadOnlySpan<float> weights, int count) => draws.Dequeue();
        void SameGates(JsonElement expected) => Near(expected.Floats(), policy.Preferences, tolerance.Number("gate_atol"), tolerance.Number("gate_rtol"));

        foreach (JsonElement entry in json.Items("trace"))
        {
            if (entry.TryGetProperty("epoch_end", out _))
            {
                SameGates(entry.GetProperty("gate"));
                Assert.Equal(entry.Ints("selection").Order(), policy.Choice());
                continue;
            }
            if (entry.Int("epoch") >= searchEpochs) continue;

            Assert.Equal(entry.Ints("training_skip_set"), policy.Sample(Replay));
            bool updated = entry.TryGetProperty("update", out JsonElement update);
            Assert.Equal(updated, updates.IsDue(entry.Int("step")));
            if (!updated) continue;

            Near(update.Floats("prob"), policy.Probabilities, 1e-7, 1e-6);
            JsonElement[] expected = [.. update.Items("candidates")];
            int at = 0;
            IReadOnlyList<Candidate> candidates = policy.Update(Replay, skipped =>
            {
                Assert.Equal(expected[at].Ints("select"), skipped);
                return expected[at++].Number("total");
            });
            double[] rewards = update.Numbers("rewards");
            for (int k = 0; k < rewards.Length; k++) Assert.Equal(1, candidates[k].Reward / rewards[k], tolerance.Number("reward_rtol"));
            SameGates(update.GetProperty("gate_after"));
        }
        Assert.Empty(draws);
    }

    /// <summary>The final choice from given preferences, ties included.</summary>
    public static void Selection(ParityCase recorded)
    {
        foreach (JsonElement item in recorded.Read().Items("cases"))
        {
            int skip = (int)Math.Round(item.Number("skip_num"), MidpointRounding.ToEven);
            Assert.Equal(item.Ints("selected").Order(), SkipPolicy.Choose(item.Floats("gates"), skip));
        }
    }

    private static void Near(float[] expected, float[] actual, double absolute, double relative)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= absolute + relative * Math.Abs(expected[i]), $"[{i}] is {actual[i]}, recorded {expected[i]}");
    }
}
