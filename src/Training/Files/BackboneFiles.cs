namespace Das.Training;

/// <summary>The files a backbone is read from, and what of a recipe makes two computations the same.</summary>
public static class BackboneFiles
{
    /// <summary>BERT's word pieces: one file.</summary>
    private const string WordPieces = "vocab.txt";

    /// <summary>RoBERTa's byte pairs: two files.</summary>
    private const string BytePairIds = "vocab.json", BytePairMerges = "merges.txt";

    /// <summary>LLaMA's pieces: one file, SentencePiece's or llama2.c's.</summary>
    private const string Pieces = "tokenizer.model", PlainPieces = "tokenizer.bin";

    /// <summary>
    /// The tokenizer's files: the recipe's vocabulary, else that beside the checkpoint, or in it where it is a folder;
    /// <c>merges.txt</c> stands beside <c>vocab.json</c>. Meta keeps one <c>tokenizer.model</c> above the folders of all sizes.
    /// </summary>
    public static IReadOnlyList<string> Vocabulary(BackboneRecipe backbone)
    {
        if (backbone.Vocabulary is { } named) return WithMerges(named);
        string checkpoint = Path.GetFullPath(backbone.Checkpoint), above = Path.GetDirectoryName(checkpoint)!;
        if (!Directory.Exists(checkpoint)) return VocabularyIn(above);
        IReadOnlyList<string> within = VocabularyIn(checkpoint);
        string shared = Path.Combine(above, Pieces);
        return !File.Exists(within[0]) && File.Exists(shared) ? [shared] : within;
    }

    /// <summary>The tokenizer's files in a folder: LLaMA's pieces, RoBERTa's byte pairs or BERT's word pieces, whichever is there first.</summary>
    public static IReadOnlyList<string> VocabularyIn(string folder) =>
        WithMerges(Path.Combine(folder, new[] { Pieces, PlainPieces, BytePairIds }.FirstOrDefault(name => File.Exists(Path.Combine(folder, name)))
            ?? WordPieces));

    /// <summary>Copies the recipe's tokenizer to a folder, under names that <see cref="VocabularyIn"/> finds.</summary>
    /// <returns>The names.</returns>
    public static IReadOnlyList<string> CopyVocabulary(BackboneRecipe backbone, string folder)
    {
        IReadOnlyList<string> files = Vocabulary(backbone);
        string[] names = [.. files.Select(StandardName)];
        foreach ((string file, string name) in files.Zip(names)) File.Copy(file, Path.Combine(folder, name), overwrite: true);
        return names;
    }

    /// <summary>The tokenizer of those files.</summary>
    /// <exception cref="InvalidDataException">They are not what they should be.</exception>
    public static Tokenizer Tokenizer(IReadOnlyList<string> vocabulary) =>
        vocabulary is [var ids, var merges] ? BytePairs.Load(ids, merges) : WordPiece.Load(vocabulary[0]);

    /// <summary>SHA-256 of the checkpoint, of the image tower's file if there is one, then of the vocabulary's files.</summary>
    /// <exception cref="FileNotFoundException">One of them does not exist.</exception>
    public static IReadOnlyList<string> Digests(BackboneRecipe backbone) => [.. Weights(backbone).Concat(Vocabulary(backbone)).Select(Sha256)];

    /// <summary>One digest of all pretrained weights: the checkpoint's or, where the image tower is a file of its own, that of both.</summary>
    /// <exception cref="FileNotFoundException">One of them does not exist.</exception>
    public static string WeightsDigest(BackboneRecipe backbone)
    {
        string[] digests = [.. Weights(backbone).Select(Sha256)];
        return digests.Length == 1 ? digests[0] : Digest.Of(string.Concat(digests));
    }

    /// <summary>What a computing stage's result depends on besides its inputs: backbone (by its values, not its paths), seed, device and the stage's
    /// own section.</summary>
    public static JsonObject KeyPart<T>(this Recipe recipe, T section) => new()
    {
        ["backbone"] = JsonSerializer.SerializeToNode(recipe.Backbone with { Checkpoint = "", VisionCheckpoint = null, Vocabulary = null,
            KeepTowers = recipe.Backbone.KeepTowers == "float16" ? "float16" : "no" }, JsonSerializerOptions.Web),
        ["seed"] = recipe.Seed,
        ["device"] = recipe.Device,
        ["stage"] = JsonSerializer.SerializeToNode(section, JsonSerializerOptions.Web),
    };

    private static string[] Weights(BackboneRecipe backbone) => backbone.VisionCheckpoint is { } vision ? [backbone.Checkpoint, vision] : [backbone.Checkpoint];

    private static string Sha256(string path)
    {
        if (!Path.Exists(path)) throw new FileNotFoundException($"{path}: no such file. backbone.checkpoint, backbone.visionCheckpoint and "
            + "backbone.vocabulary must name the pretrained weights and their vocab.txt, vocab.json beside merges.txt, or tokenizer.model.");
        return CheckpointFiles.Digest(path);
    }

    private static string StandardName(string file) => Path.GetExtension(file) switch
    {
        ".model" => Pieces,
        ".bin" => PlainPieces,
        ".json" => BytePairIds,
        _ => Path.GetFileName(file) == BytePairMerges ? BytePairMerges : WordPieces,
    };

    private static string[] WithMerges(string ids) =>
        Path.GetExtension(ids) == ".json" ? [ids, Path.Combine(Path.GetDirectoryName(ids)!, BytePairMerges)] : [ids];
}
