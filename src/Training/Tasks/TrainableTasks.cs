namespace Das.Training.Tasks;

/// <summary>What each task needs of a model and how its splits are read. A new task is a split, its batch and a line in each switch here.</summary>
public static class TaskCatalog
{
    /// <summary>The heads that the dataset's task reads.</summary>
    public static TaskHeads Heads(DatasetManifest dataset, BackboneRecipe backbone) => dataset.Task switch
    {
        BenchmarkTask.Vqa => new(VqaAnswers: dataset.Answers.Count),
        BenchmarkTask.Nlvr2 => new(Nlvr2: true),
        BenchmarkTask.Language => new(),
        _ => new(Rank: true, Itm: BackboneCatalog.Get(backbone.Name).MatchesInRetrieval),
    };

    /// <summary>Rows of the token type table: a second image has a type of its own (method §2.2).</summary>
    public static int TokenTypes(DatasetManifest dataset) => dataset.Task == BenchmarkTask.Nlvr2 ? 3 : 2;

    /// <summary>A split of the dataset as batches.</summary>
    /// <param name="dataset">Ingested.</param>
    /// <param name="split">train, val, test or what else it has.</param>
    /// <param name="preparation">How samples become tensors.</param>
    /// <param name="negatives">n, drawn texts per sample where texts are ranked.</param>
    /// <param name="matching">Whether retrieval trains image-text matching as well.</param>
    public static ITaskSplit Open(DatasetManifest dataset, string split, Preparation preparation, int negatives, bool matching) => dataset.Task switch
    {
        BenchmarkTask.Vqa => new VqaSplit(dataset.OpenSplit(split), dataset.Answers.Count, preparation),
        BenchmarkTask.Nlvr2 => new PairSplit(dataset.OpenPairs(split), preparation),
        _ => new RetrievalSplit(dataset.OpenCaptions(split), negatives, matching, preparation),
    };

    /// <summary>The same preparation with the frozen tower's output for every picture of the split, where the recipe and the backbone allow that.</summary>
    /// <param name="preparation">How samples become tensors.</param>
    /// <param name="inputs">The dataset, and a recipe that says whether and how exactly it is kept.</param>
    /// <param name="split">Whose pictures.</param>
    /// <param name="model">The backbone.</param>
    public static Preparation WithTowers(this Preparation preparation, TaskInputs inputs, string split, VisionLanguageModel model)
    {
        if (preparation.Augment || !model.HasFrozenImageTower) return preparation;
        using PictureList pictures = PictureList.Of(inputs.Dataset, split);
        return preparation with { Towers = KeptTowers.Open(inputs, split, pictures.Count, i => preparation.Pictures([pictures[i]], i)[0], model.ImageTower) };
    }

    /// <summary>The backbone's published preparation (method §2.3, §3.3).</summary>
    /// <param name="recipe">The backbone's name and image size, and the seed.</param>
    /// <param name="tokenizer">The backbone's.</param>
    /// <param name="maxText">Longest text in tokens.</param>
    /// <param name="device">Where tensors lie.</param>
    /// <param name="purpose">See <see cref="Preparation"/>.</param>
    /// <param name="augment">Whether pictures go through RandAugment.</param>
    public static Preparation Prepare(Recipe recipe, Tokenizer tokenizer, int maxText, Device device, string purpose, bool augment = false)
    {
        int size = recipe.Backbone.ImageSize;
        Func<ReadOnlyMemory<byte>, Func<Raster, Raster>?, PixelImage> transform = BackboneCatalog.Get(recipe.Backbone.Name).Transform switch
        {
            ImageTransform.Pixelbert => (picture, change) => new PixelbertTransform(size).Apply(picture.Span, change),
            _ => (picture, change) => new ClipTransform(size).Apply(picture.Span, change),
        };
        return new(tokenizer, maxText, transform, device, recipe.Seed, purpose, augment);
    }
}
