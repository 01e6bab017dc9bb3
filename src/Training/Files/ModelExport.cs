using System.Text;
using Das.Models.Export;

namespace Das.Training.Files;

/// <summary>A run's finished model in the forms of other libraries.</summary>
public static class ModelExport
{
    /// <summary>Writes a folder for <c>transformers</c>, which is whole or not there.</summary>
    /// <param name="checkpoint">The fine-tuned one; its vocabulary lies beside it.</param>
    /// <param name="path">The folder to be written.</param>
    /// <param name="run">What the run is called.</param>
    /// <param name="backbone">The run's: what ends an answer in its form ends one in the folder's.</param>
    /// <returns>The layers that the model is without.</returns>
    /// <exception cref="DasException">The model is of a form that cannot be exported.</exception>
    public static SkipMask ToFolder(string checkpoint, string path, string run, BackboneRecipe backbone)
    {
        string part = $"{path}.{Guid.NewGuid():N}.part";
        Directory.CreateDirectory(part);
        try
        {
            using BackboneModel model = ModelFiles.FromFinetuned(checkpoint, CPU, out string weights);
            IReadOnlyList<string> vocabulary = BackboneFiles.VocabularyIn(Path.GetDirectoryName(checkpoint)!);
            int? end = model is LanguageModel decoder ? BackboneFiles.Form(backbone, vocabulary, decoder.EndOfText).EndOfAnswer : null;
            HuggingFaceExport.Write(part, model, new Dictionary<string, string> { [ModelFiles.BackboneKey] = weights }, end);
            string? unread = BackboneFiles.WriteVocabulary(vocabulary, part, end);
            AtomicFile.Write(Path.Combine(part, "README.md"), Encoding.UTF8.GetBytes(Card(run, model.Skipped, weights, unread)));
            Directory.Move(part, path);
            return model.Skipped;
        }
        catch
        {
            Directory.Delete(part, recursive: true);
            throw;
        }
    }

    /// <summary>Writes the pretrained GGUF file without the layers that the finished model does without, and without adapters.</summary>
    /// <param name="checkpoint">The fine-tuned one.</param>
    /// <param name="path">The file to be written.</param>
    /// <param name="backbone">The run's.</param>
    /// <returns>The layers that it is without.</returns>
    /// <exception cref="DasException">The pretrained weights are no GGUF file.</exception>
    public static SkipMask ToBareGguf(string checkpoint, string path, BackboneRecipe backbone)
    {
        if (!GgufTokenizer.Is(backbone.Checkpoint))
            throw new DasException(ErrorKind.Usage, $"The run's pretrained weights, '{backbone.Checkpoint}', are no GGUF file, and only one can be written "
                + "without some of its layers: export them as hf.");
        SkipMask mask = ModelFiles.SkipModuleOf(checkpoint);
        GgufExport.Write(backbone.Checkpoint, path, mask);
        return mask;
    }

    private static string Card(string run, SkipMask skipped, string weights, string? unread) => $"""
        # {run}

        A decoder of which the layers {skipped} (from 0) are replaced by adapters, found and trained by Dynamic Architecture Skipping.

            from transformers import AutoModelForCausalLM
            model = AutoModelForCausalLM.from_pretrained("FOLDER", trust_remote_code=True, dtype="auto")

        `modeling_das.py` is all of its code. The pretrained weights have the SHA-256 `{weights}`.
        {(unread is null ? "" : $"\n`{unread}` is no file that transformers reads: take the tokenizer of the pretrained model.\n")}
        """.ReplaceLineEndings("\n");
}
