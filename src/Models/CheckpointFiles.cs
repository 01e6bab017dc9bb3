using Das.Models.Bert;
using Das.Models.Decoders;
using Das.Models.Vision;

namespace Das.Models;

/// <summary>Weights in every form that the families' models are published in, told apart by content.</summary>
public static class CheckpointFiles
{
    /// <summary>
    /// Opens what <see cref="Checkpoint.Open(string)"/> opens, a decoder or a BERT in a <c>.gguf</c> file, a <c>.bin</c> of llama2.c, or a folder of Meta's
    /// LLaMA or of Hugging Face's libraries. LLaMA's tensors are given Meta's names and layout wherever they come from, those of image towers OpenAI's.
    /// </summary>
    /// <exception cref="DasException">The file or folder is missing, damaged or of no known format.</exception>
    public static Checkpoint Open(string path) =>
        !Directory.Exists(path) ? Checkpoint.Open(path, file => GgufBert.Open(file) ?? GgufDecoder.Open(file) ?? (Checkpoint?)Llama2CFile.Open(file))
        : MetaLlamaFolder.Is(path) ? MetaLlamaFolder.Open(path)
        : HuggingFaceFolder.Open(path, LlavaHfNames.Renamed, HuggingFaceVision.Renamed, HuggingFaceBert.Stated, HuggingFaceLlama.Renamed);

    /// <summary>SHA-256 in lower-case hexadecimal: of a file's bytes, or of the names and digests of those of a folder's files that decide what its
    /// tensors are and how pictures are prepared for them: weights, index, sizes.</summary>
    /// <exception cref="DasException">The folder holds no weights of a known layout.</exception>
    public static string Digest(string path)
    {
        if (!Directory.Exists(path)) return FileDigests.OfProcess.Of(path);
        IReadOnlyList<string> files = MetaLlamaFolder.Is(path) ? MetaLlamaFolder.Files(path)
            : [.. HuggingFaceFolder.Files(path), .. HuggingFaceVision.PicturesFile(path) is { } pictures ? [pictures] : Array.Empty<string>()];
        IEnumerable<string> lines = files.Select(file => $"{FileDigests.OfProcess.Of(file)}  {Path.GetFileName(file)}\n").Order(StringComparer.Ordinal);
        return Foundation.Digest.Of(string.Concat(lines));
    }
}
