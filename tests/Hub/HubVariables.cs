namespace Das.Tests.Hub;

/// <summary>The variables of Hugging Face's libraries as a test sets them; tests that do share a collection because they are the process's.</summary>
internal sealed class HubVariables : IDisposable
{
    private static readonly string[] all = ["HF_ENDPOINT", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME", "HF_TOKEN",
        "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"];

    private readonly string?[] before = [.. all.Select(Environment.GetEnvironmentVariable)];

    /// <param name="values">All others are unset.</param>
    public HubVariables(params (string Name, string Value)[] values)
    {
        foreach (string name in all) this[name] = null;
        foreach ((string name, string value) in values) this[name] = value;
    }

    public string? this[string name]
    {
        set => Environment.SetEnvironmentVariable(name, value);
    }

    public void Dispose()
    {
        foreach ((string name, string? value) in all.Zip(before)) this[name] = value;
    }
}
