namespace Das.Tests.Models;

/// <summary>Decoders whose frozen matrices are held as int8.</summary>
public sealed class QuantizedTests : TensorTest
{
    private static readonly LlamaConfig int8 = TinyLlama.Config with { Quantization = "int8" };

    [Fact]
    public void A_stored_matrix_is_rounded_to_whole_multiples_of_a_scale_of_its_row()
    {
        (Llama full, Llama quantized) = Pair();
        Dictionary<string, Tensor> stored = full.state_dict(), held = quantized.state_dict();
        string[] matrices = [.. held.Where(s => s.Value.dtype == ScalarType.Int8).Select(s => s.Key)];
        Assert.Equal(2 + (7 * int8.Layers), matrices.Length);
        foreach (string name in matrices)
        {
            Tensor scale = held[name.Replace(".weight", ".scale")].unsqueeze(1), error = held[name].mul(scale).sub(stored[name]).abs();
            Assert.True(error.le(scale.mul(0.50001f)).all().item<bool>(), name);
            Assert.True(held[name].abs().amax([1]).eq(127).all().item<bool>(), name);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_says_and_learns_what_the_rounded_matrices_would(bool recompute)
    {
        (Llama full, Llama quantized) = Pair();
        Dictionary<string, Tensor> places = full.state_dict(), held = quantized.state_dict();
        using (no_grad())
            foreach ((string name, Tensor value) in held.Where(s => s.Value.dtype == ScalarType.Int8))
                places[name].copy_(value.mul(held[name.Replace(".weight", ".scale")].unsqueeze(1)));
        quantized.Recomputes = recompute;
        TokenBatch texts = TinyLlama.Texts(1, 9, 6);
        foreach (Llama model in (Llama[])[full, quantized])
        {
            model.FreezeForAdapters();
            Recomputed.Backward(LanguageObjective.Loss(model, texts));
        }
        Same(full.Logits(full.Hidden(full.Assemble(texts))), quantized.Logits(quantized.Hidden(quantized.Assemble(texts))));
        int compared = 0;
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in full.named_parameters().Where(p => p.parameter.grad is not null))
        {
            Same(parameter.grad!, quantized.get_parameter(name)!.grad!);
            compared++;
        }
        Assert.Equal(4 * 2 * int8.Layers, compared);
    }

    [Fact]
    public void A_finished_model_is_read_back_as_it_was_and_takes_a_quarter_of_float32()
    {
        (Llama full, Llama quantized) = Pair();
        folder.Write("int8.safetensors", quantized.Tensors());
        using Llama again = new(int8);
        using (Checkpoint file = Checkpoint.Open(folder["int8.safetensors"])) CheckpointLoader.LoadInto(again, file, LoadRules.Strict);
        TokenBatch texts = TinyLlama.Texts(1, 9, 6);
        Assert.True(quantized.Hidden(quantized.Assemble(texts)).Equals(again.Hidden(again.Assemble(texts))));

        long Bytes(Llama model) => model.state_dict().Where(s => s.Value.dim() == 2 && !s.Key.Contains("adapter"))
            .Sum(s => s.Value.numel() * s.Value.element_size());
        Assert.Equal(Bytes(full), 4 * Bytes(quantized));
    }

    [Fact]
    public void Quantised_matrices_are_not_taken_for_pretrained_ones()
    {
        (_, Llama quantized) = Pair();
        folder.Write("int8.safetensors", quantized.Tensors());
        using Checkpoint file = Checkpoint.Open(folder["int8.safetensors"]);
        using Llama again = new(int8), full = new(TinyLlama.Config);
        Assert.StartsWith("A pretrained matrix is stored as Int8",
            Refuses.Checkpoint(() => CheckpointLoader.LoadInto(again, file, again.PretrainedRules)).Message);
        Refuses.Checkpoint(".scale' of shape", () => CheckpointLoader.LoadInto(full, file, full.PretrainedRules));
    }

    [Fact]
    public void An_unknown_quantization_is_refused_in_a_sentence() =>
        Assert.StartsWith("Unknown quantization 'int4'. Did you mean 'int8'?",
            Refuses.Recipe(() => new Llama(TinyLlama.Config with { Quantization = "int4" })).Message);

    /// <summary>A model and what its file becomes as int8.</summary>
    private (Llama Full, Llama Quantized) Pair()
    {
        Llama full = TinyLlama.New(), quantized = new(int8);
        folder.Write("all.safetensors", full.Tensors());
        using Checkpoint file = Checkpoint.Open(folder["all.safetensors"]);
        CheckpointLoader.LoadInto(quantized, file, quantized.PretrainedRules);
        quantized.eval();
        return (full, quantized);
    }

    private static void Same(Tensor expected, Tensor actual) => ModuleTensors.Near(expected, actual, 1e-5f);
}
