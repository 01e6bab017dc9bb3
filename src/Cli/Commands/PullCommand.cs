namespace Das.Cli.Commands;

/// <summary><c>das pull</c>: brings models on a hub to this machine.</summary>
public static class PullCommand
{
    public static Verb Create(CliContext context)
    {
        var names = new Argument<string[]>("name")
        {
            Description = "ORG/NAME, with @REVISION (a branch, a tag or a commit; main by default) and :FILE where one file of it is meant; hf: may stand "
                + "before it, as in recipes",
            Arity = ArgumentArity.OneOrMore,
        };
        var verb = new Verb("pull", """
            Bring a model on a hub to this machine: its sizes, tokenizer and weights, each checked against the hub's digest.
            What was cut off goes on where it stopped. The cache is that of Hugging Face's libraries: what is there is not
            downloaded again. HF_ENDPOINT names another hub, HF_TOKEN who asks, HF_HUB_CACHE or HF_HOME where it is kept;
            with HF_HUB_OFFLINE=1 only the cache is asked.
            """,
            "das pull HuggingFaceTB/SmolLM2-135M-Instruct",
            "das pull hf:Qwen/Qwen3-0.6B@main",
            "das pull HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF:smollm2-1.7b-instruct-q4_k_m.gguf") { names };
        verb.SetAction(async parsed =>
        {
            HubName[] asked = [.. parsed.GetRequiredValue(names).Select(name => HubName.Parse(HubName.Is(name) ? name : HubName.Prefix + name))];
            HubDownloads downloads = new(context);
            List<(HubName Name, string Path)> pulled = [];
            foreach (HubName name in asked) pulled.Add(await downloads.PullAsync(name));
            context.Terminal.Result(pulled.Select(one => new { name = $"{one.Name}", path = one.Path }), console =>
            {
                foreach ((HubName name, string path) in pulled) console.WriteLine($"{name}\n  {path}");
            });
            return ExitCodes.Ok;
        });
        return verb;
    }
}
