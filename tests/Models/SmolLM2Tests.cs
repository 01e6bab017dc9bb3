namespace Das.Tests.Models;

/// <summary>SmolLM2-135M-Instruct as its users run it, a GGUF file of quantised weights, against what <c>transformers</c> computes with the same.</summary>
public sealed class SmolLM2Tests() : TensorTest(learns: false)
{
    /// <summary>Tokens of each continuation that are compared.</summary>
    private const int Said = 12;

    private static string Folder => Repository.DataOf("smollm2");

    [Fact]
    [Trait("Needs", "shared-data")]
    public void A_real_models_chats_become_the_recorded_ids()
    {
        string file = Path.Combine(Folder, "SmolLM2-135M-Instruct.Q4_1.gguf");
        BackboneRecipe backbone = new() { Name = "llama", Checkpoint = file, Prompt = BackboneRecipe.Chat };
        TextForm form = BackboneFiles.Form(backbone, BackboneFiles.Vocabulary(backbone));
        JsonElement[] chats = [.. JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "truths.json"))).RootElement.Items("prompts")
            .Where(prompt => prompt.String("kind") == "chat" && prompt.Items("messages").First().String("role") == "user")];
        Assert.NotEmpty(chats);
        foreach (JsonElement chat in chats)
        {
            string[] said = [.. chat.Items("messages").Select(message => message.String("content"))];
            LanguageSample sample = new("1", said[^1], "Grapes.", said[^1], [], [], "", default,
                new Dictionary<string, string> { [LanguageRow.EarlierTurns] = JsonSerializer.Serialize(said[..^1]) });
            Assert.Equal(chat.Ints("ids"), form.Query(sample));
            LearntText learnt = form.Training(sample, 1000);
            Assert.Equal([.. chat.Longs("ids"), .. form.Tokenizer.Encode("Grapes.").Select(id => (long)id), form.EndOfAnswer], learnt.Ids);
            Assert.Equal((form.Tokenizer.EosId, learnt.Ids.Length - form.Query(sample).Length), (form.EndOfAnswer, learnt.Targets));
        }
    }

    [Fact]
    [Trait("Needs", "shared-data")]
    public void A_real_model_says_what_is_recorded_of_it()
    {
        JsonElement truths = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "truths.json"))).RootElement;
        Dictionary<string, Tensor> tensors = TensorFile.Read(Path.Combine(Folder, "truths.safetensors"));
        JsonElement allowed = truths.GetProperty("about").GetProperty("tolerance");
        Tolerance likelihood = new(allowed.Number("token_nll"), 0), logit = new(allowed.Number("logits"), 0);
        using Checkpoint file = CheckpointFiles.Open(Path.Combine(Folder, "SmolLM2-135M-Instruct.Q4_1.gguf"));
        using Llama model = GgufParity.Load(file);
        JsonElement[] prompts = [.. truths.Items("prompts")];
        foreach (JsonElement prompt in prompts)
        {
            long[] ids = prompt.Longs("ids");
            int id = prompt.Int("id"), last = ids.Length - 1;
            Tensor logits = model.Logits(model.Hidden(model.Assemble(Continuations.Batch(ids))))[0], likely = logits.log_softmax(-1);
            Tensor next = likely.narrow(0, 0, last).gather(1, tensor(ids[1..]).unsqueeze(1)).squeeze(1).neg();
            likelihood.Check($"{id}/token_nll", tensor(prompt.Floats("token_nll")), next);
            logit.Check($"{id}/last_logits", tensors[$"{id}/last_logits"], logits[last]);
        }

        IReadOnlyList<int[]> said = Continuations.Texts(model, Continuations.Batch([.. prompts.Select(prompt => prompt.Longs("ids"))]), new(Said, -1));
        foreach ((JsonElement prompt, int[] ours) in prompts.Zip(said))
        {
            int sure = prompt.Numbers("gaps").Take(Said).TakeWhile(gap => gap > 0.01).Count();
            Assert.Equal(prompt.Ints("continuation_ids").Take(sure), ours.Take(sure));
        }
    }
}
