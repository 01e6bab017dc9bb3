namespace Das.Training.Files;

/// <summary>The files a backbone is read from, and what of a recipe makes two computations the same.</summary>
public static class BackboneFiles
{
    private const string Fast = "tokenizer.json";

    /// <summary>The second file of RoBERTa's byte pairs.</summary>
    private const string Merges = "merges.txt";

    /// <summary>
    /// What vocabularies are called and recognised by, the first that is there counts: LLaMA's pieces in SentencePiece's or llama2.c's form, RoBERTa's
    /// byte pairs, BERT's word pieces.
    /// </summary>
    private static readonly string[] Names = ["tokenizer.model", "tokenizer.bin", "vocab.json", "vocab.txt"];

    private const string Needed = "backbone.checkpoint, backbone.visionCheckpoint and backbone.vocabulary must name the pretrained weights and their "
        + "vocab.txt, vocab.json beside merges.txt, or tokenizer.model.";

    /// <summary>
    /// The tokenizer's files: the recipe's vocabulary, else that beside the checkpoint, or in it where it is a folder;
    /// <c>merges.txt</c> stands beside <c>vocab.json</c>. Meta keeps one <c>tokenizer.model</c> above the folders of all sizes.
    /// </summary>
    public static IReadOnlyList<string> Vocabulary(BackboneRecipe backbone)
    {
        if (backbone.Vocabulary is { } named) return WithMerges(named);
        string checkpoint = Path.GetFullPath(backbone.Checkpoint), above = Path.GetDirectoryName(checkpoint)!;
        if (!Directory.Exists(checkpoint)) return VocabularyIn(above);
        string shared = Path.Combine(above, Names[0]);
        return Found(checkpoint) ?? (File.Exists(shared) ? [shared] : VocabularyIn(checkpoint));
    }

    /// <summary>The tokenizer's files in a folder.</summary>
    /// <exception cref="DasException">There are none.</exception>
    public static IReadOnlyList<string> VocabularyIn(string folder) =>
        Found(folder) ?? throw new DasException(ErrorKind.Checkpoint, File.Exists(Path.Combine(folder, Fast))
            ? $"{Path.Combine(folder, Fast)} is the form of Hugging Face's fast tokenizers, which is not read: put one of {string.Join(", ", Names)} "
                + $"beside it, which "
                + "the model's page has too, or name it in backbone.vocabulary."
            : $"{folder} holds none of {string.Join(", ", Names)}. {Needed}");

    /// <summary>Copies the recipe's tokenizer to a folder, under names that <see cref="VocabularyIn"/> finds.</summary>
    /// <returns>The names.</returns>
    public static IReadOnlyList<string> CopyVocabulary(BackboneRecipe backbone, string folder)
    {
        IReadOnlyList<string> files = Vocabulary(backbone);
        string[] names = [.. files.Select(StandardName)];
        foreach ((string file, string name) in files.Zip(names)) AtomicFile.Copy(file, Path.Combine(folder, name));
        return names;
    }

    /// <summary>The tokenizer of those files.</summary>
    /// <exception cref="DasException">They are not what they should be.</exception>
    public static Tokenizer Tokenizer(IReadOnlyList<string> vocabulary) => vocabulary switch
    {
        [var ids, var merges] => BytePairs.Load(ids, merges),
        [var pieces] when StandardName(pieces) == "vocab.txt" => WordPiece.Load(pieces),
        _ => throw new DasException(ErrorKind.Checkpoint,
            $"{vocabulary[0]} is the vocabulary of a decoder; a model that fuses texts with images reads vocab.txt, or "
            + "vocab.json beside merges.txt."),
    };

    /// <summary>Compares a model's token table with the tokenizer, before the model is built.</summary>
    /// <param name="backbone">The recipe's.</param>
    /// <param name="config">The model's sizes.</param>
    /// <exception cref="DasException">The tokenizer has ids that the table has no rows for.</exception>
    public static void CheckVocabulary(BackboneRecipe backbone, JsonObject config)
    {
        IReadOnlyList<string> files = Vocabulary(backbone);
        int ids = StandardName(files[0]) is "tokenizer.model" or "tokenizer.bin" ? PieceTokenizer.Load(files[0]).VocabularySize : Tokenizer(files).Count;
        int rows = (int)config["vocabSize"]!;
        if (ids > rows)
            throw new DasException(ErrorKind.Checkpoint, $"{files[0]} has {ids} tokens, and the token table of '{backbone.Checkpoint}' has {rows} "
                + $"rows: give the "
                + "tokenizer that the weights were trained with in backbone.vocabulary.");
    }

    /// <summary>SHA-256 of the checkpoint, of the image tower's file if there is one, then of the vocabulary's files.</summary>
    /// <exception cref="DasException">One of them does not exist.</exception>
    public static IReadOnlyList<string> Digests(BackboneRecipe backbone) => [.. Weights(backbone).Select(Sha256), .. Vocabulary(backbone).Select(Sha256)];

    /// <summary>One digest of all pretrained weights: the checkpoint's or, where the image tower is a file of its own, that of both.</summary>
    /// <exception cref="DasException">One of them does not exist.</exception>
    public static string WeightsDigest(BackboneRecipe backbone)
    {
        string[] digests = [.. Weights(backbone).Select(Sha256)];
        return digests.Length == 1 ? digests[0] : Digest.Of(string.Concat(digests));
    }

    /// <summary>What a computing stage's result depends on besides its inputs: backbone (by its values, not its paths), seed, device and the stage's
    /// own section.</summary>
    public static JsonObject KeyPart(this Recipe recipe, object section) => new()
    {
        ["backbone"] = KeyedUnlessAttribute.KeyOf(recipe.Backbone with { Checkpoint = "", VisionCheckpoint = null, Vocabulary = null,
            KeepTowers = recipe.Backbone.KeepTowers == "float16" ? "float16" : "no" }),
        ["seed"] = recipe.Seed,
        ["device"] = recipe.Device,
        ["stage"] = KeyedUnlessAttribute.KeyOf(section),
    };

    private static string[] Weights(BackboneRecipe backbone) => backbone.VisionCheckpoint is { } vision ? [backbone.Checkpoint, vision] : [backbone.Checkpoint];

    private static string Sha256(string path)
    {
        if (!Path.Exists(path)) throw new DasException(ErrorKind.Checkpoint, $"{path}: no such file. {Needed}");
        return CheckpointFiles.Digest(path);
    }

    /// <summary>What the file is called in <see cref="Names"/>.</summary>
    private static string StandardName(string file) => Path.GetFileName(file) == Merges ? Merges
        : Names.FirstOrDefault(name => Path.GetExtension(name) == Path.GetExtension(file)) ?? throw new DasException(ErrorKind.Checkpoint,
            $"{file} is no vocabulary: the ending '{Path.GetExtension(file)}' is none of {string.Join(", ", Names.Select(Path.GetExtension))}.");

    private static string[]? Found(string folder) =>
        Names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } file ? WithMerges(file) : null;

    private static string[] WithMerges(string ids) =>
        Path.GetExtension(ids) == ".json" ? [ids, Path.Combine(Path.GetDirectoryName(ids)!, Merges)] : [ids];
}
