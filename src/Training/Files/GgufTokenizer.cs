using System.Text.Encodings.Web;
using Das.Benchmarks.Text.Prompts;

namespace Das.Training.Files;

/// <summary>The tokenizer in a decoder's GGUF file, and its copy in a finished stage's folder, which holds nothing else of the file.</summary>
internal static class GgufTokenizer
{
    /// <summary>What the copy is called.</summary>
    public const string CopyName = "tokenizer.gguf.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Whether a file begins as GGUF's do.</summary>
    public static bool Is(string path)
    {
        try
        {
            if (!File.Exists(path)) return false;
            using FileStream file = File.OpenRead(path);
            Span<byte> head = stackalloc byte[4];
            return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.SequenceEqual("GGUF"u8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // Whoever reads it next says why it cannot be.
        }
    }

    /// <summary>Writes the tokenizer of a GGUF file.</summary>
    /// <exception cref="DasException">It has none.</exception>
    public static void Copy(string path, string copy) => AtomicFile.Write(copy, JsonSerializer.SerializeToUtf8Bytes(Read(path), Json));

    /// <summary>Writes the tokenizer of a GGUF file, or of its copy, as <c>tokenizer.json</c> and what belongs beside it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folder">Exists.</param>
    /// <param name="endOfText">What ends a text, where that is not what the file says.</param>
    /// <returns>Whether it was: not where that form would give other ids.</returns>
    /// <exception cref="DasException">It is none that is read.</exception>
    public static bool Write(string path, string folder, int? endOfText)
    {
        GgufVocabulary said = Said(path);
        DecoderTokenizer tokenizer = Load(path, endOfText);
        JsonObject? form = tokenizer is PieceTokenizer pieces ? TokenizerJsonForm.OfPieces(pieces)
            : TokenizerJsonForm.OfLists(path, said.Tokens, said.Types, said.Merges, said.Pre!, ((FastTokenizer)tokenizer).Before is [var begin] ? begin : null);
        if (form is null) return false;
        JsonObject config = new() { ["tokenizer_class"] = "PreTrainedTokenizerFast", ["clean_up_tokenization_spaces"] = false };
        (string Key, int? Id)[] uses = [("bos_token", Id("bos")), ("eos_token", endOfText ?? Id("eos")), ("pad_token", Id("padding")),
            ("unk_token", tokenizer is PieceTokenizer ? tokenizer.UnknownId : null)];
        foreach ((string key, int? id) in uses)
            if (id is { } known) config[key] = said.Tokens[known];
        if (said.ChatTemplate is { } template) config["chat_template"] = template;
        foreach ((string name, JsonObject content) in ((string, JsonObject)[])[(FastTokenizer.FileName, form), (FastTokenizer.Beside, config)])
            AtomicFile.Write(Path.Combine(folder, name), JsonSerializer.SerializeToUtf8Bytes(content, Readable));
        return true;

        int? Id(string use) => said.Special.TryGetValue(use, out int id) ? id : null;
    }

    /// <summary>The tokenizer of a GGUF file, or of its copy.</summary>
    /// <param name="path">The file.</param>
    /// <param name="endOfText">What ends a text, where that is not what the file says.</param>
    /// <exception cref="DasException">It is none that is read.</exception>
    public static DecoderTokenizer Load(string path, int? endOfText)
    {
        GgufVocabulary said = Said(path);
        endOfText ??= Id("eos");
        return said.Model switch
        {
            "gpt2" => FastTokenizer.OfLists(path, said.Tokens, said.Types, said.Merges, said.Pre ?? "default",
                said.AddBegin == true ? Id("bos") ?? throw Broken("is to begin texts with a token, and names none") : null, endOfText),
            "llama" when said.AddSpacePrefix == false || said.AddBegin == false => throw Broken("reads texts without a space or a begin before them, which "
                + "LLaMA's pieces do not: its add_space_prefix and add_bos_token are to be true"),
            "llama" => PieceTokenizer.OfLists(path, said.Tokens, said.Types, said.Scores, endOfText),
            _ => throw Broken($"has a tokenizer of the form '{said.Model}', which is not read; known: gpt2, llama"),
        };

        int? Id(string use) => said.Special.TryGetValue(use, out int id) ? id : null;

        DasException Broken(string what) => new(ErrorKind.Data, $"{path} {what}. Name the model's tokenizer in backbone.vocabulary.");
    }

    /// <summary>The chat template in a GGUF file, or in its copy; null where it has none.</summary>
    /// <exception cref="DasException">It is of no form that is read.</exception>
    public static ChatTemplate? TemplateOf(string path)
    {
        GgufVocabulary said = Said(path);
        return said.ChatTemplate is { } template ? ChatTemplate.Of(template, Token("bos"), Token("eos"), path) : null;

        string? Token(string use) => said.Special.TryGetValue(use, out int id) ? said.Tokens[id] : null;
    }

    private static GgufVocabulary Said(string path) => Is(path) ? Read(path) : JsonText.OfFile<GgufVocabulary>(path, Json, ErrorKind.Data);

    private static GgufVocabulary Read(string path)
    {
        using GgufFile file = GgufFile.Open(path);
        return file.Vocabulary
            ?? throw new DasException(ErrorKind.Data, $"{path} holds no tokenizer. Name the model's in backbone.vocabulary.");
    }
}
