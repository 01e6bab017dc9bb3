namespace Das.Tests.Models;

public sealed class LlamaTests() : TensorTest(learns: false)
{
    [Theory]
    [InlineData("[]")]
    [InlineData("[0]")]
    [InlineData("[1, 3]")]
    [InlineData("[0, 1, 2, 3]")]
    public void A_finished_model_says_what_the_searched_one_says_under_its_mask_and_has_nothing_else(string layers)
    {
        SkipMask mask = SkipMask.Parse(layers);
        using TemporaryFolder folder = new();
        using Llama searched = TinyLlama.New(), finished = new(TinyLlama.Config, mask);
        folder.Write("all.safetensors", searched.Tensors());
        using (Checkpoint all = Checkpoint.Open(folder["all.safetensors"])) CheckpointLoader.LoadInto(finished, all, finished.PretrainedRules);
        searched.Skipped = mask;
        TokenBatch texts = TinyLlama.Texts(1, 7, 4);
        Assert.True(Logits(searched, texts).Equals(Logits(finished, texts)));

        string[] names = [.. finished.named_parameters().Select(p => p.name)];
        for (int i = 0; i < TinyLlama.Config.Layers; i++)
        {
            string[] parts = [.. names.Where(n => n.StartsWith($"layers.{i}.")).Select(n => n.Split('.')[2]).Distinct().Order()];
            Assert.Equal(mask.Contains(i) ? ["attention_norm", "replaced_adapter"]
                : ["adapter_attn", "adapter_mlp", "attention", "attention_norm", "feed_forward", "ffn_norm"], parts);
        }
    }

    [Fact]
    public void What_a_finished_model_does_without_is_not_read()
    {
        using Llama searched = TinyLlama.New(), finished = new(TinyLlama.Config, SkipMask.Of(2));
        folder.Write("all.safetensors", searched.Tensors());
        using Checkpoint all = Checkpoint.Open(folder["all.safetensors"]);
        IReadOnlyList<string> ignored = CheckpointLoader.LoadInto(finished, all, finished.PretrainedRules).Ignored;
        Assert.Equal(searched.state_dict().Keys.Except(finished.state_dict().Keys).Order(), ignored.Order());
        Assert.Contains("layers.2.attention.wq.weight", ignored);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[0, 2]")]
    public void A_text_does_not_notice_the_texts_beside_it_nor_its_padding(string layers)
    {
        using Llama model = TinyLlama.New();
        model.Skipped = SkipMask.Parse(layers);
        TokenBatch texts = TinyLlama.Texts(2, 9, 1, 6);
        Tensor together = Logits(model, texts);
        for (int row = 0; row < 3; row++)
            Same(Logits(model, TinyLlama.Row(texts, row))[0], together[row].narrow(0, 0, texts.Lengths[row]));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[0]")]
    [InlineData("[1, 2, 3]")]
    [InlineData("[0, 1, 2, 3]")]
    public void Read_in_pieces_a_text_gives_what_it_gives_at_once_whatever_is_skipped(string layers)
    {
        using Llama model = TinyLlama.New();
        model.Skipped = SkipMask.Parse(layers);
        TokenBatch texts = TinyLlama.Texts(3, 12, 8, 5);
        Tensor whole = Logits(model, texts);
        using KeyValueCache cache = new(3, capacity: 4);
        int[][] pieces = [[4, 4, 2], [1, 0, 1], [5, 3, 0], [2, 1, 2]]; // rows go on at their own positions, and some wait
        int[] at = [0, 0, 0];
        foreach (int[] piece in pieces)
        {
            int S = piece.Max();
            Tensor ids = stack([.. at.Select((from, row) =>
                cat([texts.Ids[row].narrow(0, from, piece[row]), zeros(S - piece[row], dtype: ScalarType.Int64)], 0))], 0);
            Tensor said = model.Logits(model.Hidden(new(model.Embed(ids), piece, null), cache));
            for (int row = 0; row < 3; row++)
            {
                if (piece[row] > 0) Same(whole[row].narrow(0, at[row], piece[row]), said[row].narrow(0, 0, piece[row]));
                at[row] += piece[row];
            }
            Assert.Equal(at, cache.Lengths);
        }
        Assert.Equal(Enumerable.Range(0, 4).Except(model.Skipped), cache.Layers.Order());
    }

    [Fact]
    public void Rows_of_a_cache_can_be_taken_several_times_and_go_on_apart()
    {
        using Llama model = TinyLlama.New();
        TokenBatch texts = TinyLlama.Texts(4, 5, 3);
        using KeyValueCache read = new(2, capacity: 8);
        model.Hidden(model.Assemble(texts), read);
        int[] rows = [1, 0, 1];
        Tensor more = TinyLlama.Texts(5, 2, 2, 2).Ids, said;
        using (KeyValueCache taken = read.Select(rows)) said = model.Logits(model.Hidden(new(model.Embed(more), [2, 2, 2], null), taken));
        for (int i = 0; i < 3; i++)
        {
            int length = texts.Lengths[rows[i]];
            Tensor whole = Logits(model, new(cat([texts.Ids[rows[i]].narrow(0, 0, length), more[i]], 0).unsqueeze(0), [length + 2]));
            Same(whole[0].narrow(0, length, 2), said[i]);
        }
        Assert.Equal([5, 3], read.Lengths);
    }

    [Fact]
    public void Heads_of_keys_that_are_shared_are_repeated_ones()
    {
        using Llama shared = TinyLlama.New(), full = new(TinyLlama.Config with { KvHeads = null });
        Dictionary<string, Tensor> places = full.state_dict();
        foreach ((string name, Tensor value) in shared.state_dict())
            places[name].copy_(name.Contains(".wk.") || name.Contains(".wv.") ? value.view(2, 4, 16).repeat_interleave(2, 0).reshape(16, 16) : value);
        TokenBatch texts = TinyLlama.Texts(6, 7);
        Same(Logits(full, texts), Logits(shared, texts));
    }

    [Fact]
    public void A_position_reads_only_those_before_it()
    {
        using Llama model = TinyLlama.New();
        TokenBatch texts = TinyLlama.Texts(7, 8), other = texts with { Ids = texts.Ids.clone() };
        other.Ids[0][5] = texts.Ids[0][5].item<long>() == 3 ? tensor(4L) : tensor(3L);
        Tensor before = Logits(model, texts), after = Logits(model, other);
        Same(before[0].narrow(0, 0, 5), after[0].narrow(0, 0, 5));
        Assert.All(Enumerable.Range(5, 3), i => Assert.False(before[0][i].allclose(after[0][i])));
    }

    [Fact]
    public void Only_adapters_learn_and_only_those_of_the_subnetwork()
    {
        using IDisposable learning = enable_grad();
        using Llama model = TinyLlama.New();
        model.FreezeForAdapters();
        model.Skipped = SkipMask.Of(1);
        LanguageObjective.Loss(model, TinyLlama.Texts(8, 6, 6)).backward();
        string[] learnt = [.. model.named_parameters().Where(p => p.parameter.grad is not null).Select(p => p.name)];
        IEnumerable<string> expected = new[] { "0.adapter_attn", "0.adapter_mlp", "1.replaced_adapter", "2.adapter_attn", "2.adapter_mlp", "3.adapter_attn",
            "3.adapter_mlp" }
            .SelectMany(adapter => new[] { "down_sampler.weight", "down_sampler.bias", "up_sampler.weight", "up_sampler.bias" }.Select(part =>
                $"layers.{adapter}.{part}"));
        Assert.Equal(expected.Order(), learnt.Order());
    }

    [Fact]
    public void The_loss_and_its_gradients_are_those_of_all_logits_at_once()
    {
        using IDisposable learning = enable_grad();
        using Llama model = TinyLlama.New(config: TinyLlama.Config with { VocabSize = 1_200_000 }); // six rows of logits at a time
        TokenBatch texts = TinyLlama.Texts(11, 9, 6);
        (double Loss, Tensor[] Gradients) Of(bool frozen)
        {
            if (frozen) model.FreezeForAdapters();
            Assert.Equal(!frozen, model.HeadLearns);
            foreach ((_, Parameter p) in model.named_parameters()) p.grad = null;
            Tensor loss = LanguageObjective.Loss(model, texts).mul(Scalars.Of(3.0));
            Recomputed.Backward(loss);
            return (loss.item<float>(), [.. model.named_parameters().Where(p => p.name.Contains("adapter_")).Select(p => p.parameter.grad!.clone())]);
        }
        (double Loss, Tensor[] Gradients) expected = Of(frozen: false), parts = Of(frozen: true);
        Assert.Equal(expected.Loss, parts.Loss, 1e-5);
        Assert.Equal(expected.Gradients.Length, parts.Gradients.Length);
        for (int i = 0; i < expected.Gradients.Length; i++)
            Assert.InRange(parts.Gradients[i].sub(expected.Gradients[i]).norm().item<float>(), 0, 1e-5 * expected.Gradients[i].norm().item<float>());
        Assert.All(parts.Gradients, gradient => Assert.True(gradient.norm().item<float>() > 0));
    }

    [Theory]
    [InlineData("bfloat16", ScalarType.BFloat16, 0.1f)]
    [InlineData("float16", ScalarType.Float16, 0.02f)]
    public void Frozen_weights_are_of_the_configured_type_and_adapters_of_full_precision(string type, ScalarType expected, float allowed)
    {
        using IDisposable learning = enable_grad();
        using Llama half = new(TinyLlama.Config with { Dtype = type }), full = TinyLlama.New();
        using (no_grad())
        {
            Dictionary<string, Tensor> places = half.state_dict();
            foreach ((string name, Tensor value) in full.state_dict()) places[name].copy_(value);
        }
        half.FreezeForAdapters();
        Assert.All(half.named_parameters(), p => Assert.Equal(p.name.Contains("adapter") ? ScalarType.Float32 : expected, p.parameter.dtype));
        TokenBatch texts = TinyLlama.Texts(9, 7, 4);
        Tensor exact = Logits(full, texts), rounded = Logits(half, texts);
        Assert.Equal(ScalarType.Float32, rounded.dtype);
        Assert.InRange(rounded.sub(exact).abs().max().item<float>() / exact.abs().max().item<float>(), 1e-6f, allowed);
        LanguageObjective.Loss(half, texts).backward();
        Assert.True(half.get_parameter("layers.0.adapter_attn.down_sampler.weight")!.grad!.isfinite().all().item<bool>());
    }

    [Fact]
    public void New_adapters_say_nothing()
    {
        manual_seed(1);
        using Llama model = new(TinyLlama.Config);
        Assert.All(model.named_parameters().Where(p => p.name.Contains("up_sampler")), p => Assert.Equal(0, p.parameter.abs().sum().item<float>()));
        Assert.All(model.named_parameters().Where(p => p.name.EndsWith("down_sampler.weight")), p =>
            Assert.InRange((double)p.parameter.abs().max().item<float>(), 0.1, Math.Sqrt(6.0 / (p.parameter.shape[0] + p.parameter.shape[1]))));
    }

    [Fact]
    public void A_pass_leaves_no_tensor_behind()
    {
        using Llama model = TinyLlama.New();
        model.Skipped = SkipMask.Of(2);
        TokenBatch texts = TinyLlama.Texts(10, 6, 3);
        void Pass()
        {
            using KeyValueCache cache = new(2, capacity: 2);
            Sequence sequence = model.Assemble(texts);
            using Tensor embeddings = sequence.Embeddings, hidden = model.Hidden(sequence, cache), again = model.Hidden(sequence),
                logits = model.Logits(hidden);
        }
        ModuleTensors.LeavesNothing(Pass);
    }

    [Theory]
    [InlineData("heads is 3, which does not cut dim 16", 3, null, "float32", "attn", "bottleneck")]
    [InlineData("kvHeads is 3, which does not divide heads 4", 4, 3, "float32", "attn", "bottleneck")]
    [InlineData("Unknown dtype 'float8'.", 4, null, "float8", "attn", "bottleneck")]
    [InlineData("Unknown adapterPlaces 'atn'. Did you mean 'attn'?", 4, null, "float32", "atn", "bottleneck")]
    [InlineData("Unknown adapterForm 'routers'. Did you mean 'router'?", 4, null, "float32", "attn", "routers")]
    public void An_impossible_configuration_is_refused_in_a_sentence(string sentence, int heads, int? kvHeads, string type, string places, string form) =>
        Assert.StartsWith(sentence, Refuses.Recipe(() =>
            new Llama(TinyLlama.Config with { Heads = heads, KvHeads = kvHeads, Dtype = type, AdapterPlaces = places, AdapterForm = form })).Message);

    [Fact]
    public void The_width_of_the_feed_forward_network_follows_the_published_rule() =>
        Assert.Equal([11008, 13824, 17920, 22016, 96], new[] { (4096, 256), (5120, 256), (6656, 256), (8192, 256), (32, 16) }.Select(s =>
            new LlamaConfig { Dim = s.Item1, MultipleOf = s.Item2 }.HiddenSize));

    private static Tensor Logits(Llama model, TokenBatch texts) => model.Logits(model.Hidden(model.Assemble(texts)));

    private static void Same(Tensor expected, Tensor actual) => ModuleTensors.Near(expected, actual, 1e-5f);
}
