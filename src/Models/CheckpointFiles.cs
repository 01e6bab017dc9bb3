using Das.Models.Clip;
using Das.Models.Decoders;

namespace Das.Models;

/// <summary>Weights in every form that the families' models are published in, told apart by content.</summary>
public static class CheckpointFiles
{
    /// <summary>
    /// Opens what <see cref="Checkpoint.Open(string)"/> opens, a <c>.bin</c> of llama2.c, or a folder of Meta's LLaMA or of Hugging Face's
    /// libraries. LLaMA's tensors are given Meta's names and layout wherever they come from, those of CLIP's image tower OpenAI's.
    /// </summary>
    /// <exception cref="DasException">The file or folder is missing, damaged or of no known format.</exception>
    public static Checkpoint Open(string path) =>
        !Directory.Exists(path) ? Checkpoint.Open(path, Llama2CFile.Open)
        : MetaLlamaFolder.Is(path) ? MetaLlamaFolder.Open(path)
        : HuggingFaceFolder.Open(path, HuggingFaceClip.Renamed, HuggingFaceLlama.Renamed);

    /// <summary>The file itself, or those of a folder that decide what its tensors are: weights, index and sizes.</summary>
    /// <exception cref="DasException">The folder holds no weights of a known layout.</exception>
    public static IReadOnlyList<string> Of(string path) =>
        !Directory.Exists(path) ? [path]
        : MetaLlamaFolder.Is(path) ? MetaLlamaFolder.Files(path)
        : HuggingFaceFolder.Files(path);

    /// <summary>SHA-256 in lower-case hexadecimal: of a file's bytes, or of a folder's files' names and digests. Streams all of them.</summary>
    /// <exception cref="DasException">The folder holds no weights of a known layout.</exception>
    public static string Digest(string path)
    {
        if (!Directory.Exists(path)) return Foundation.Digest.OfFile(path);
        IEnumerable<string> lines = Of(path).Select(file => $"{Foundation.Digest.OfFile(file)}  {Path.GetFileName(file)}\n").Order(StringComparer.Ordinal);
        return Foundation.Digest.Of(string.Concat(lines));
    }
}
