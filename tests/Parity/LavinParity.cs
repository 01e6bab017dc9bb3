namespace Das.Tests.Parity;

/// <summary>Recordings of LaVIN with DAS's adapters: forward passes, and greedy continuations by the model that training sees.</summary>
internal static class LavinParity
{
    private const string HalfRounded = "half_rounded/";

    /// <summary>The published model rounds to float16 on its way and ours does not; the recordings' page puts what that moves at 5e-3.</summary>
    private static readonly Tolerance WithoutRounding = new(5e-3, 0);

    public static void Forward(ParityCase recorded)
    {
        JsonElement json = recorded.Read();
        Dictionary<string, Tensor> inputs = recorded.Tensors("inputs"), expected = recorded.Tensors("expected");
        TokenBatch batch = LlamaParity.Batch(inputs) with { Image = inputs["images"], HasImage = Shown(inputs["img_indicators"]) };
        Tensor learnt = expected["loss_labels"].ne(zeros_like(expected["loss_labels"])).nonzero().squeeze(1);
        int longest = (int)expected["layer_in"].shape[1]; // the published model cuts at the width of the batch, whatever max_seq_len is
        foreach (SkipMask skipped in LlamaParity.Masks(json))
        {
            using Lavin model = Load(recorded, json, inputs, "first-image", json.String("mode") == "finetune" ? skipped : null, longest);
            model.Skipped = skipped;
            void Check(string name, Tensor value, Tensor ours) =>
                LlamaParity.Allowed(json, name).Check($"{recorded.Id}/{LlamaParity.Variant(skipped)}/{name}", value, ours);

            Dictionary<string, Tensor> actual = LlamaParity.Pass(model, batch, learnt);
            Dictionary<string, Tensor> whole = expected.Below(LlamaParity.Variant(skipped) + "/"), rounded = whole.Below(HalfRounded);
            Dictionary<string, Tensor> comparable = whole.Where(t => !t.Key.StartsWith(HalfRounded)).ToDictionary();
            Assert.NotEmpty(comparable);
            foreach ((string name, Tensor value) in comparable) Check(name, value, actual[name]);
            foreach ((string name, Tensor value) in rounded)
                WithoutRounding.Check($"{recorded.Id}/{LlamaParity.Variant(skipped)}/{HalfRounded}{name}", value, actual[name]);
            Check("layer_in", expected["layer_in"], actual["layer_in"]);
            SameLabels(expected["loss_labels"], model.Assemble(batch).Labels!);
            if (json.TryGetProperty("tensors_without_influence_on_loss", out JsonElement idle))
                LlamaParity.AssertIdle(model, batch, idle.Texts(LlamaParity.Variant(skipped)));
        }
        Images(recorded, json, inputs, expected);
    }

    /// <summary>Every prompt without a cache, and all prompts together with one: both are what the published model says without its cache.</summary>
    public static void Generate(ParityCase recorded)
    {
        using IDisposable frozen = no_grad();
        JsonElement json = recorded.Read();
        Dictionary<string, Tensor> inputs = recorded.Tensors("inputs"), expected = recorded.Tensors("expected");
        bool[] shown = Shown(inputs["img_indicators"]);
        Tensor said = expected[$"{LlamaParity.Variant(LlamaParity.Masks(json).First())}/tokens_before_eos_cut"];
        Tensor Prefix(string text, bool image) => tensor(Array.IndexOf(shown, image) is >= 0 and int row
            ? PieceParity.Spoken(recorded, text, Continuations.Longs(said[row])[1..], bos: false) : []);
        Dictionary<string, Tensor> prefixes = new() { ["prefix_img"] = Prefix("Image: ", true), ["prefix_nonimg"] = Prefix("Image: N/A", false) };
        foreach (SkipMask skipped in LlamaParity.Masks(json))
        {
            string variant = LlamaParity.Variant(skipped);
            using Lavin model = Load(recorded, json, prefixes, "own-patches", null, Continuations.Room);
            model.Skipped = skipped;
            long[][] prompts = [.. Enumerable.Range(0, shown.Length)
                .Select(row => Prompt(recorded, json.GetProperty("prompts")[row].GetString()!, model.Config, shown[row],
                    expected[$"{variant}/tokens_before_eos_cut"][row]))];
            TokenBatch Rows(int from, int count) =>
                Continuations.Batch(prompts[from..(from + count)]) with { Image = inputs["images"].narrow(0, from, count),
                HasImage = shown[from..(from + count)] };
            Continuations.Check($"{recorded.Id}/{variant}", json, model, Rows(0, shown.Length),
                [.. Enumerable.Range(0, shown.Length).Select(row => Rows(row, 1))],
                expected[$"{variant}/nocache/tokens"], expected[$"{variant}/nocache/step_logits"]);
        }
    }

    /// <summary>The image tower as published on the whole batch and image by image, and what the decoder is shown.</summary>
    private static void Images(ParityCase recorded, JsonElement json, Dictionary<string, Tensor> inputs, Dictionary<string, Tensor> expected)
    {
        using IDisposable frozen = no_grad();
        Tensor images = inputs["images"];
        using Lavin published = Load(recorded, json, inputs, "first-image", Finished(json), Continuations.Room),
            own = Load(recorded, json, inputs, "own-patches", Finished(json), Continuations.Room);
        Tensor Features(Lavin model, Tensor pixels) => model.ImageEncoder.ClassTokens(pixels, model.Config.ClipEvery);
        void Check(string name, Tensor ours) => LlamaParity.Allowed(json, name).Check($"{recorded.Id}/{name}", expected[name], ours);

        Check("image_features", Features(published, images));
        Check("image_embeds", published.Project(Features(published, images)));
        Check("image_features_each_alone", cat([.. images.split(1, 0).Select(one => Features(published, one))], 0));
        Check("image_features_each_alone", Features(own, images));
    }

    private static SkipMask? Finished(JsonElement json) => json.String("mode") == "finetune" ? LlamaParity.Masks(json).Single() : null;

    /// <summary>The recorded weights in a model of the recorded sizes, with what is said of an image and of none, that cuts at <c>longest</c>.</summary>
    public static Lavin Load(ParityCase recorded, JsonElement json, Dictionary<string, Tensor> prefixes, string routing, SkipMask? removed, int longest)
    {
        JsonElement config = json.GetProperty("config"), clip = config.GetProperty("clip"), adapter = config.GetProperty("adapter");
        return LlamaParity.Filled(recorded, json, new Lavin(LlamaParity.Config<LavinConfig>(config) with
        {
            MaxLength = longest, RouterTemperature = adapter.Number("t"), DropRate = 0,
            VisualAdapterType = adapter.String("visual_type"), VisualRouting = routing,
            ImageSize = clip.Int("image"), PatchSize = clip.Int("patch"), ClipWidth = clip.Int("width"),
            ClipLayers = clip.Int("layers"), ClipHeads = clip.Int("heads"), HiddenProj = config.Int("hidden_proj"),
            ImagePrefix = [.. Continuations.Longs(prefixes["prefix_img"]).Select(id => (int)id)],
                NoImagePrefix = [.. Continuations.Longs(prefixes["prefix_nonimg"]).Select(id => (int)id)],
        }, removed));
    }

    /// <summary>The published labels lack the first position's, and call 0 what counts for nothing.</summary>
    private static void SameLabels(Tensor recorded, Tensor ours)
    {
        Tensor following = ours.narrow(1, 1, ours.shape[1] - 1).flatten();
        Assert.Equal(Continuations.Longs(recorded), Continuations.Longs(where(following.eq(full_like(following, TokenBatch.Ignored)), zeros_like(following),
            following)));
    }

    /// <summary>The beginning of text and the prompt, which stand in the recorded row as [BOS] prefix [image slots] prompt.</summary>
    private static long[] Prompt(ParityCase recorded, string text, LavinConfig config, bool shown, Tensor row)
    {
        long[] ids = Continuations.Longs(row);
        int[] prefix = shown ? config.ImagePrefix : config.NoImagePrefix;
        Assert.Equal(prefix.Select(id => (long)id), ids[1..(1 + prefix.Length)]);
        return [ids[0], .. PieceParity.Spoken(recorded, text, ids[(1 + prefix.Length + (shown ? config.ClipLayers / config.ClipEvery : 0))..], bos: false)];
    }

    public static bool[] Shown(Tensor indicators) => [.. Continuations.Longs(indicators).Select(i => i != 0)];
}
