namespace Das.Tests.Parity;

/// <summary>The DAS rule against recorded traces: draws are replayed, losses follow the recorded formula.</summary>
public static class PolicyParity
{
    /// <summary>A trace without a network: every training subset, every update, every epoch's choice.</summary>
    public static void Trace(ParityCase recorded)
    {
        JsonElement json = recorded.Read(), config = json.GetProperty("config"), tolerance = json.GetProperty("tolerance");
        float[] initial = Floats(config.GetProperty("initial_gate"));
        SkipPolicy policy = new(initial.Length, config.GetProperty("skip_num").GetInt32(), config.GetProperty("das_step").GetInt32());
        initial.CopyTo(policy.Preferences, 0);
        int[] epochLengths = Ints(config.GetProperty("steps_per_epoch"));
        int warmupEpochs = config.GetProperty("warmup_epoch").GetInt32(), searchEpochs = config.GetProperty("das_epoch").GetInt32();
        UpdateSchedule updates = new(config.GetProperty("das_turn").GetInt32(), epochLengths.Take(warmupEpochs).Sum());

        Queue<int[]> draws = new(json.GetProperty("draws").EnumerateArray().Select(d => Ints(d.GetProperty("drawn"))));
        int[] Replay(ReadOnlySpan<float> weights, int count) => draws.Dequeue();
        void SameGates(JsonElement expected) => Near(Floats(expected), policy.Preferences, Number(tolerance, "gate_atol"), Number(tolerance, "gate_rtol"));

        foreach (JsonElement entry in json.GetProperty("trace").EnumerateArray())
        {
            if (entry.TryGetProperty("epoch_end", out _))
            {
                SameGates(entry.GetProperty("gate"));
                Assert.Equal(Ints(entry.GetProperty("selection")).Order(), policy.Choice());
                continue;
            }
            if (entry.GetProperty("epoch").GetInt32() >= searchEpochs) continue;

            Assert.Equal(Ints(entry.GetProperty("training_skip_set")), policy.Sample(Replay));
            bool updated = entry.TryGetProperty("update", out JsonElement update);
            Assert.Equal(updated, updates.IsDue(entry.GetProperty("step").GetInt32()));
            if (!updated) continue;

            Near(Floats(update.GetProperty("prob")), policy.Probabilities, 1e-7, 1e-6);
            JsonElement[] expected = [.. update.GetProperty("candidates").EnumerateArray()];
            int at = 0;
            IReadOnlyList<Candidate> candidates = policy.Update(Replay, skipped =>
            {
                Assert.Equal(Ints(expected[at].GetProperty("select")), skipped);
                return expected[at++].GetProperty("total").GetDouble();
            });
            double[] rewards = [.. update.GetProperty("rewards").EnumerateArray().Select(r => r.GetDouble())];
            for (int k = 0; k < rewards.Length; k++) Assert.Equal(1, candidates[k].Reward / rewards[k], Number(tolerance, "reward_rtol"));
            SameGates(update.GetProperty("gate_after"));
        }
        Assert.Empty(draws);
    }

    /// <summary>The final choice from given preferences, ties included.</summary>
    public static void Selection(ParityCase recorded)
    {
        foreach (JsonElement item in recorded.Read().GetProperty("cases").EnumerateArray())
        {
            int skip = (int)Math.Round(item.GetProperty("skip_num").GetDouble(), MidpointRounding.ToEven);
            Assert.Equal(Ints(item.GetProperty("selected")).Order(), SkipPolicy.Choose(Floats(item.GetProperty("gates")), skip));
        }
    }

    private static void Near(float[] expected, float[] actual, double absolute, double relative)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= absolute + relative * Math.Abs(expected[i]), $"[{i}] is {actual[i]}, recorded {expected[i]}");
    }

    private static double Number(JsonElement json, string key) => json.GetProperty(key).GetDouble();
    private static int[] Ints(JsonElement json) => [.. json.EnumerateArray().Select(v => v.GetInt32())];
    private static float[] Floats(JsonElement json) => [.. json.EnumerateArray().Select(v => v.GetSingle())];
}
