using Das.Benchmarks.Text.Fast;

namespace Das.Benchmarks.Text;

/// <summary>The chat template of a Hugging Face folder.</summary>
public static class ChatTemplateFiles
{
    /// <summary>The file that holds nothing but the template, which counts before the one in <see cref="FastTokenizer.Beside"/>.</summary>
    public const string FileName = "chat_template.jinja";

    private const string Key = "chat_template";

    /// <param name="config"><c>tokenizer_config.json</c>, which names the tokens that a template writes.</param>
    /// <param name="template"><see cref="FileName"/>; null where there is none.</param>
    /// <returns>Null where neither holds a template.</returns>
    /// <exception cref="DasException">It is of no form that is read, or a file is damaged.</exception>
    public static ChatTemplate? Load(string config, string? template)
    {
        TokenizerPart said = TokenizerPart.OfFile(config);
        string? text = template is not null ? Utf8Text.OfFile(template, ErrorKind.Data) : Stated(said);
        return text is null ? null : ChatTemplate.Of(text, said.TokenOrNull("bos_token"), said.TokenOrNull("eos_token"), template ?? config);
    }

    /// <summary>The template, or of several by name the default one.</summary>
    private static string? Stated(TokenizerPart config) => config[Key]?.ValueKind == JsonValueKind.Array
        ? config.Children(Key).FirstOrDefault(named => named.OptionalText("name") == "default")?.Text("template")
        : config.OptionalText(Key);
}
