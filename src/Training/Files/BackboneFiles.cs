using Das.Benchmarks.Text.Prompts;

namespace Das.Training.Files;

/// <summary>The files a backbone is read from, and what of a recipe makes two computations the same.</summary>
public static class BackboneFiles
{
    private const string Pieces = "tokenizer.model", SmallPieces = "tokenizer.bin", Fast = FastTokenizer.FileName, BytePair = "vocab.json",
        WordPieces = "vocab.txt";

    /// <summary>The second file of RoBERTa's byte pairs.</summary>
    private const string Merges = "merges.txt";

    /// <summary>
    /// What a decoder's vocabularies are called and recognised by, the first that is there counts: LLaMA's pieces in SentencePiece's or llama2.c's form,
    /// Hugging Face's form of all others. RoBERTa's byte pairs and BERT's word pieces are the encoders'.
    /// </summary>
    private static readonly string[] OfDecoders = [Pieces, SmallPieces, Fast, GgufTokenizer.CopyName, BytePair, WordPieces];

    /// <summary>As <see cref="OfDecoders"/> for models that fuse texts with images; what is published with them holds a <c>tokenizer.json</c> too.</summary>
    private static readonly string[] OfEncoders = [Pieces, SmallPieces, BytePair, WordPieces, Fast];

    private const string Needed = "backbone.checkpoint, backbone.visionCheckpoint, backbone.textCheckpoint and backbone.vocabulary must name the pretrained "
        + "weights and their vocab.txt, vocab.json beside merges.txt, tokenizer.model, or tokenizer.json.";

    /// <summary>
    /// The tokenizer's files: the recipe's vocabulary, else that beside the checkpoint, or in it where it is a folder, else that of the text tower;
    /// <c>merges.txt</c> stands beside <c>vocab.json</c>. Meta keeps one <c>tokenizer.model</c> above the folders of all sizes. A GGUF file holds its own.
    /// </summary>
    public static IReadOnlyList<string> Vocabulary(BackboneRecipe backbone)
    {
        bool chats = backbone.Prompt == BackboneRecipe.Chat;
        if (backbone.Vocabulary is { } named) return WithOthers(named, chats);
        string[] names = IsDecoder(backbone) ? OfDecoders : OfEncoders;
        string checkpoint = Path.GetFullPath(backbone.Checkpoint), above = Path.GetDirectoryName(checkpoint)!;
        if (GgufTokenizer.Is(checkpoint)) return [checkpoint];
        string folder = FolderOf(checkpoint), shared = Path.Combine(above, Pieces);
        if (Found(folder, names, chats) is { } own) return own;
        if (folder == checkpoint && File.Exists(shared)) return WithOthers(shared, chats);
        return (backbone.TextCheckpoint is { } tower ? Found(FolderOf(tower), names, chats) : null) ?? VocabularyIn(folder, names, chats);
    }

    /// <summary>The files of a tokenizer that is named by its first one.</summary>
    public static IReadOnlyList<string> VocabularyNamed(string file) => WithOthers(file, chats: false);

    /// <summary>The tokenizer's files in a folder that holds one, as <see cref="CopyVocabulary(BackboneRecipe, string)"/> leaves it.</summary>
    /// <exception cref="DasException">There are none.</exception>
    public static IReadOnlyList<string> VocabularyIn(string folder) => VocabularyIn(folder, OfDecoders, chats: true);

    private static string[] VocabularyIn(string folder, string[] names, bool chats) => Found(folder, names, chats)
        ?? throw new DasException(ErrorKind.Checkpoint, $"{folder} holds none of {string.Join(", ", names)}. {Needed}");

    /// <summary>Copies the recipe's tokenizer to a folder, under names that <see cref="VocabularyIn(string)"/> finds.</summary>
    /// <returns>The names.</returns>
    public static IReadOnlyList<string> CopyVocabulary(BackboneRecipe backbone, string folder) => CopyVocabulary(Vocabulary(backbone), folder);

    /// <inheritdoc cref="CopyVocabulary(BackboneRecipe, string)"/>
    public static IReadOnlyList<string> CopyVocabulary(IReadOnlyList<string> files, string folder)
    {
        string[] names = [.. files.Select(StandardName)];
        foreach ((string file, string name) in files.Zip(names))
        {
            string copy = Path.Combine(folder, name);
            if (GgufTokenizer.Is(file)) GgufTokenizer.Copy(file, copy);
            else if (Path.GetFullPath(file) != Path.GetFullPath(copy)) AtomicFile.Copy(file, copy);
        }
        return names;
    }

    /// <summary>Writes the files of a decoder's tokenizer for other libraries; that of a GGUF file as <c>tokenizer.json</c> where it has that form.</summary>
    /// <param name="vocabulary">The files.</param>
    /// <param name="folder">Exists.</param>
    /// <param name="endOfText">What ends a text, where that is not what the files say.</param>
    /// <returns>The file that <c>transformers</c> does not read; null where it reads them all.</returns>
    public static string? WriteVocabulary(IReadOnlyList<string> vocabulary, string folder, int? endOfText)
    {
        string name = StandardName(vocabulary[0]);
        if (name == GgufTokenizer.CopyName && GgufTokenizer.Write(vocabulary[0], folder, endOfText)) return null;
        CopyVocabulary(vocabulary, folder);
        return name is GgufTokenizer.CopyName or SmallPieces ? name : null;
    }

    /// <summary>The tokenizer of those files, of a model that fuses texts with images.</summary>
    /// <exception cref="DasException">They are not what they should be.</exception>
    public static Tokenizer Tokenizer(IReadOnlyList<string> vocabulary) => StandardName(vocabulary[0]) switch
    {
        BytePair => BytePairs.Load(vocabulary[0], vocabulary[1]),
        WordPieces => WordPiece.Load(vocabulary[0]),
        Fast => FastEncoder.Load(vocabulary[0]),
        _ => throw new DasException(ErrorKind.Checkpoint,
            $"{vocabulary[0]} is the vocabulary of a decoder; a model that fuses texts with images reads {WordPieces}, {BytePair} beside {Merges}, "
            + $"or {Fast}."),
    };

    /// <summary>The tokenizer of those files, of a decoder.</summary>
    /// <param name="vocabulary">The files.</param>
    /// <param name="endOfText">What ends a text, where that is not what the files say.</param>
    /// <exception cref="DasException">They are not what they should be.</exception>
    public static DecoderTokenizer DecoderTokenizer(IReadOnlyList<string> vocabulary, int? endOfText = null) => StandardName(vocabulary[0]) switch
    {
        Pieces or SmallPieces => PieceTokenizer.Load(vocabulary[0], endOfText),
        Fast => FastTokenizer.Load(vocabulary[0], endOfText),
        GgufTokenizer.CopyName => GgufTokenizer.Load(vocabulary[0], endOfText),
        _ => throw new DasException(ErrorKind.Checkpoint,
            $"{vocabulary[0]} is the vocabulary of a model that fuses texts with images; a decoder reads {Pieces}, {SmallPieces}, {Fast} "
            + "or a GGUF file."),
    };

    /// <summary>What a decoder reads of a sample.</summary>
    /// <param name="backbone">The recipe's.</param>
    /// <param name="vocabulary">The tokenizer's files.</param>
    /// <param name="endOfText">What ends a text, where that is not what the files say.</param>
    /// <exception cref="DasException">The model is to chat and has no template that is read, or is a family with a form of its own.</exception>
    public static TextForm Form(BackboneRecipe backbone, IReadOnlyList<string> vocabulary, int? endOfText = null)
    {
        Backbone family = BackboneCatalog.Get(backbone.Name);
        if (backbone.Prompt != BackboneRecipe.Chat)
        {
            DecoderTokenizer tokenizer = DecoderTokenizer(vocabulary, endOfText);
            return family.ReadsConversations ? new ConversationForm(tokenizer) : new PlainForm(tokenizer);
        }
        if (family.Transform != ImageTransform.None) throw new DasException(ErrorKind.Recipe,
            $"backbone.prompt 'chat' is for decoders of text alone; '{backbone.Name}' puts texts and pictures into a form of its own: leave it out.");
        return new ChatForm(DecoderTokenizer(vocabulary, endOfText), ChatTemplateOf(vocabulary) ?? throw new DasException(ErrorKind.Data,
            $"{vocabulary[0]} has no chat template, in it or beside it: give \"prompt\": \"plain\" in backbone, or put the model's {FastTokenizer.Beside} "
            + "beside its tokenizer."));
    }

    /// <summary>Compares a model's token table with the tokenizer, before the model is built.</summary>
    /// <param name="backbone">The recipe's.</param>
    /// <param name="config">The model's sizes.</param>
    /// <exception cref="DasException">The tokenizer has ids that the table has no rows for, or the model cannot be asked as the recipe says.</exception>
    public static void CheckVocabulary(BackboneRecipe backbone, JsonObject config)
    {
        IReadOnlyList<string> files = Vocabulary(backbone);
        int ids = IsDecoder(backbone) ? DecoderTokenizer(files).VocabularySize : Tokenizer(files).Count;
        int rows = (int)config["vocabSize"]!;
        if (ids > rows)
            throw new DasException(ErrorKind.Checkpoint, $"{files[0]} has {ids} tokens, and the token table of '{backbone.Checkpoint}' has {rows} "
                + $"rows: give the "
                + "tokenizer that the weights were trained with in backbone.vocabulary.");
        if (backbone.Prompt == BackboneRecipe.Chat) Form(backbone, files);
    }

    /// <summary>SHA-256 of the checkpoint, of the towers' files if there are such, then of the vocabulary's files.</summary>
    /// <exception cref="DasException">One of them does not exist.</exception>
    public static IReadOnlyList<string> Digests(BackboneRecipe backbone) => [.. Weights(backbone).Select(Sha256), .. Vocabulary(backbone).Select(Sha256)];

    /// <summary>One digest of all pretrained weights: the checkpoint's or, where towers are files of their own, that of all.</summary>
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
        ["backbone"] = KeyedUnlessAttribute.KeyOf(recipe.Backbone with { Checkpoint = "", VisionCheckpoint = null, TextCheckpoint = null, Vocabulary = null,
            KeepTowers = recipe.Backbone.KeepTowers == "float16" ? "float16" : "no" }),
        ["seed"] = recipe.Seed,
        ["device"] = recipe.Device,
        ["stage"] = KeyedUnlessAttribute.KeyOf(section),
    };

    private static bool IsDecoder(BackboneRecipe backbone) => BackboneCatalog.Get(backbone.Name).Model.IsAssignableTo(typeof(LanguageModel));

    private static string[] Weights(BackboneRecipe backbone) =>
        [.. ((string?[])[backbone.Checkpoint, backbone.VisionCheckpoint, backbone.TextCheckpoint]).OfType<string>()];

    private static string Sha256(string path)
    {
        if (!Path.Exists(path)) throw new DasException(ErrorKind.Checkpoint, $"{path}: no such file. {Needed}");
        return CheckpointFiles.Digest(path);
    }

    /// <summary>What the file is called in <see cref="OfDecoders"/>, or beside one of them.</summary>
    private static string StandardName(string file)
    {
        string name = Path.GetFileName(file), ending = Path.GetExtension(file);
        if (name is Merges or FastTokenizer.Beside or ChatTemplateFiles.FileName or GgufTokenizer.CopyName) return name;
        if (GgufTokenizer.Is(file)) return GgufTokenizer.CopyName;
        if (name.EndsWith(Fast, StringComparison.Ordinal)) return Fast;
        return OfEncoders.FirstOrDefault(known => Path.GetExtension(known) == ending) ?? throw new DasException(ErrorKind.Checkpoint,
            $"{file} is no vocabulary: the ending '{ending}' is none of {string.Join(", ", OfEncoders.Select(Path.GetExtension).Distinct())}.");
    }

    private static ChatTemplate? ChatTemplateOf(IReadOnlyList<string> vocabulary)
    {
        if (StandardName(vocabulary[0]) == GgufTokenizer.CopyName) return GgufTokenizer.TemplateOf(vocabulary[0]);
        string? config = vocabulary.FirstOrDefault(file => Path.GetFileName(file) == FastTokenizer.Beside);
        return config is null ? null : ChatTemplateFiles.Load(config, vocabulary.FirstOrDefault(file => Path.GetFileName(file) == ChatTemplateFiles.FileName));
    }

    private static string FolderOf(string checkpoint) => Directory.Exists(checkpoint) ? checkpoint : Path.GetDirectoryName(Path.GetFullPath(checkpoint))!;

    private static string[]? Found(string folder, string[] names, bool chats) =>
        names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } file ? WithOthers(file, chats) : null;

    /// <summary>The file, and what stands beside it and belongs to it.</summary>
    /// <param name="file">The first of them.</param>
    /// <param name="chats">Whether the chat template belongs to it.</param>
    private static string[] WithOthers(string file, bool chats)
    {
        string Beside(string name) => Path.Combine(Path.GetDirectoryName(file)!, name);
        return StandardName(file) switch
        {
            BytePair => [file, Beside(Merges)],
            Fast => [file, .. Existing(FastTokenizer.Beside), .. chats ? Existing(ChatTemplateFiles.FileName) : []],
            Pieces when chats => [file, .. Existing(FastTokenizer.Beside), .. Existing(ChatTemplateFiles.FileName)],
            _ => [file],
        };

        string[] Existing(string name) => File.Exists(Beside(name)) ? [Beside(name)] : [];
    }
}
