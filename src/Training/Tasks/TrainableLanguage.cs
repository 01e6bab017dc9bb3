using System.Text.Json.Serialization;
using Das.Models.Generation;

namespace Das.Training.Tasks;

/// <summary>
/// Texts to be continued, some of them about a picture, for decoders: any of them reads any such dataset, in its family's form. A text whose target
/// lies beyond the longest sequence teaches nothing and is left out.
/// </summary>
internal sealed class TrainableLanguage : TrainableTask
{
    /// <summary>Batches of questions whose answers are kept at once; within them an answer that has ended makes room for the next.</summary>
    private const int BatchesKept = 4;

    public override TaskKind Kind => TaskKinds.Language;

    public override ModelFamily Family => ModelFamily.Writing;

    public override TaskHeads Heads(DatasetManifest dataset, Backbone backbone) => new();

    /// <exception cref="DasException">No text's target fits.</exception>
    public override TaskSplit Open(TaskInputs inputs, string split, string purpose, bool augment = false, bool keep = true)
    {
        DecoderSplit made = new(inputs, split, keep);
        (int Row, LearntText Text, bool Cut)[] all = [.. Enumerable.Range(0, made.Table.Count).AsParallel().AsOrdered().Select(row =>
        {
            LanguageSample sample = made.Table[row];
            LearntText text = made.Training(sample);
            return (row, text, text.Length == made.Room(sample) && text.Ids[^1] != made.Texts.EndOfAnswer);
        })], texts = [.. all.Where(t => t.Text.Targets > 0)];
        LeftOutRows left = [];
        string limit = $"maxLength ({made.Model.MaxLength} positions)";
        left.Add(split, $"texts left out, all of whose answer lies beyond {limit}", all.Length - texts.Length);
        left.Add(split, $"texts whose answer is cut at {limit}", texts.Count(t => t.Cut));
        if (texts.Length == 0)
        {
            made.Dispose();
            throw new DasException(ErrorKind.Recipe,
                $"No text of {made.Table.Count} leaves room for its answer within {made.Model.MaxLength} tokens. Raise maxLength in "
                + "backbone.config.");
        }
        return new(texts.Length, (indices, _) =>
        {
            ImageBatch? images = made.Images([.. indices.Select(i => texts[i].Row)]);
            return () => new LanguageBatch(made.Batch([.. indices.Select(i => texts[i].Text)], images));
        }, made) { LeftOut = left };
    }

    /// <summary>
    /// What the model writes after each query and how likely it finds each choice; where choices are compared as texts it writes nothing. Queries of
    /// like length share a batch, so that little of it is padding.
    /// </summary>
    public override IReadOnlyList<TaskPrediction> Predict(TaskInputs inputs, string split)
    {
        using DecoderSplit made = new(inputs, split, keep: true);
        var benchmark = (LanguageBenchmark)BenchmarkCatalog.Get(inputs.Dataset.Benchmark);
        EvaluateRecipe recipe = inputs.Recipe.Evaluate;
        GenerationOptions options = new(recipe.MaxNewTokens > 0 ? recipe.MaxNewTokens : benchmark.MaxNewTokens, made.Texts.EndOfAnswer)
        {
            Temperature = recipe.Temperature,
            TopP = recipe.TopP,
            Seed = Seeds.Of(inputs.Recipe.Seed, "generate", 0),
        };
        LanguageSample[] samples = [.. made.Table.Samples];
        (int[] Query, int[] Context, int[][] Choices)[] asked = [.. samples.AsParallel().AsOrdered().Select(sample =>
            (made.Texts.Query(sample), made.Texts.Context(sample), (int[][])[.. sample.Choices.Select(choice => made.Texts.Choice(sample, choice))]))];
        int[] room = [.. samples.Select((sample, i) => made.Room(sample)
            - (sample.ComparesTexts ? asked[i].Context.Length + asked[i].Choices.Max(choice => choice.Length) - 1 : asked[i].Query.Length))];
        string limit = $"maxLength ({made.Model.MaxLength} positions)";
        LeftOutRows left = inputs.Context.LeftOut;
        left.Add(split, $"questions unanswered, which leave no room for an answer within {limit}", room.Count(positions => positions <= 0));
        LanguagePrediction[] predictions = new LanguagePrediction[samples.Length];
        Queue<Answers> earlier = [];
        using SealedRecords kept = inputs.Context.Resume(split, record => earlier.Enqueue(JsonSerializer.Deserialize<Answers>(record, Answers.Json)!));
        int done = 0;
        foreach (int[][] batches in Enumerable.Range(0, samples.Length).OrderBy(i => asked[i].Query.Length).Chunk(recipe.Batch).Chunk(BatchesKept))
        {
            int[] group = [.. batches.SelectMany(batch => batch)];
            inputs.Context.Cancellation.ThrowIfCancellationRequested();
            (IReadOnlyList<int[]> written, IReadOnlyList<double[]> likelihoods) = earlier.TryDequeue(out Answers? known) ? known : Answer(group);
            for (int row = 0; row < group.Length; row++)
            {
                LanguageSample sample = samples[group[row]];
                bool full = room[group[row]] > 0 && written[row].Length == room[group[row]] && room[group[row]] < options.MaxNewTokens;
                left.Add(split, $"answers cut at {limit}", full ? 1 : 0);
                string continuation = made.Texts.Tokenizer.DecodeContinuation(written[row]);
                Judgement judgement = benchmark.Judge(sample, continuation, likelihoods[row]);
                predictions[group[row]] = LanguagePrediction.Of(sample, continuation, judgement, likelihoods[row]);
            }
            done += group.Length;
        }
        return predictions;

        Answers Answer(int[] group)
        {
            using DisposeScope scope = NewDisposeScope();
            int[] writing = [.. group.Where(i => !samples[i].ComparesTexts)], comparing = [.. group.Where(i => Compares(i))];
            IReadOnlyList<int[]> written = TextGenerator.Continue(made.Model, writing.Length, recipe.Batch,
                (first, count) => Prompts(writing[first..(first + count)], i => asked[i].Query), options, inputs.Context.Cancellation);
            double[][] likelihoods = [.. comparing.Chunk(recipe.Batch).SelectMany(rows =>
                Likelihood.Of(made.Model, Prompts(rows, i => asked[i].Context), [.. rows.Select(i => asked[i].Choices)]))];
            Answers answers = new([.. group.Select(i => Array.IndexOf(writing, i) is >= 0 and var at ? written[at] : [])],
                [.. group.Select(i => Array.IndexOf(comparing, i) is >= 0 and var at ? likelihoods[at] : [])]);
            kept.Add(JsonSerializer.SerializeToUtf8Bytes(answers, Answers.Json));
            inputs.Context.Progress(done + group.Length, samples.Length, "questions answered");
            return answers;
        }

        bool Compares(int i) => asked[i].Choices.Length > 0 && (room[i] > 0 || !samples[i].ComparesTexts);

        TokenBatch Prompts(int[] rows, Func<int, int[]> text) => made.Batch([.. rows.Select(text)], made.Images(rows));
    }

    /// <summary>What a model says to the queries of one batch: the tokens it adds to each, and the logarithm of each choice's probability.</summary>
    private sealed record Answers(IReadOnlyList<int[]> Written, IReadOnlyList<double[]> Likelihoods)
    {
        public static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };
    }
}

/// <summary>How the texts and pictures of one split become a decoder's batches (method §4.3, §4.4, §5.3).</summary>
internal sealed class DecoderSplit : IDisposable
{
    private readonly Device device;
    private readonly SplitImages? images;

    public DecoderSplit(TaskInputs inputs, string split, bool keep)
    {
        (Model, device) = (inputs.ModelThat<LanguageModel>(ModelFamily.Writing), inputs.Device);
        Table = TaskKinds.Language.Open(inputs.Dataset, split);
        try
        {
            Texts = BackboneFiles.Form(inputs.Recipe.Backbone, inputs.Vocabulary, Model.EndOfText);
            if (Model.ImageSize > 0)
                images = new(inputs, split, keep && Model.HasFrozenImageTower ? PictureList.Different(Table) : PictureList.Some(Table), Model.ImageSize,
                    augments: null, keep);
        }
        catch
        {
            Table.Dispose();
            throw;
        }
    }

    public LanguageModel Model { get; }

    public LanguageTable Table { get; }

    /// <summary>What the family's tokenizer sees of a sample.</summary>
    public TextForm Texts { get; }

    /// <summary>A training text that leaves room for what the family adds to it.</summary>
    public LearntText Training(LanguageSample sample) => Texts.Training(sample, Room(sample));

    /// <summary>Positions that the family leaves for a sample's text and answer.</summary>
    public int Room(LanguageSample sample) => Model.MaxLength - Model.InsertedPositions(images is not null && sample.HasImage);

    /// <summary>The pictures of those rows, on whatever thread; null for a model that reads none.</summary>
    public ImageBatch? Images(int[] rows) => images?.Batch(rows, 0);

    /// <summary>Training texts with their labels, as wide as the longest.</summary>
    /// <param name="texts">B texts.</param>
    /// <param name="pictures">Of B rows.</param>
    public TokenBatch Batch(IReadOnlyList<LearntText> texts, ImageBatch? pictures)
    {
        int T = texts.Max(text => text.Length);
        return Of([.. texts.Select(text => text.Ids)], T, tensor(Padded(texts.Select(text => text.Labels), T, TokenBatch.Ignored), texts.Count, T).to(device),
            pictures);
    }

    /// <summary>Texts to be continued, as wide as the longest.</summary>
    /// <param name="texts">B rows of ids, the first of each the beginning of text.</param>
    /// <param name="pictures">Of B rows.</param>
    public TokenBatch Batch(IReadOnlyList<int[]> texts, ImageBatch? pictures) =>
        Of([.. texts.Select(text => text.Select(id => (long)id).ToArray())], texts.Max(text => text.Length), null, pictures);

    public void Dispose()
    {
        Table.Dispose();
        images?.Dispose();
    }

    private TokenBatch Of(IReadOnlyList<long[]> texts, int T, Tensor? labels, ImageBatch? pictures)
    {
        IReadOnlyList<bool> shown = pictures?.Shown ?? [];
        Tensor? image = shown.Contains(true) ? images!.ToTensor(pictures!) : null;
        return new(tensor(Padded(texts, T, TokenRow.Padding), texts.Count, T).to(device), [.. texts.Select(text => text.Length)], labels, image, shown);
    }

    private static long[] Padded(IEnumerable<long[]> rows, int width, long padding) =>
        [.. rows.SelectMany(row => row.Concat(Enumerable.Repeat(padding, width - row.Length)))];
}

/// <summary>Texts with their answers.</summary>
/// <param name="tokens">With labels; owned.</param>
public sealed class LanguageBatch(TokenBatch tokens)
    : TaskBatch(new((int)tokens.Ids.shape[0], (int)tokens.Ids.shape[1], tokens.Image is { } image && image.dim() == 4
        ? ((int)image.shape[2], (int)image.shape[3]) : (0, 0), 1),
        [tokens.Ids, .. tokens.Labels is null ? [] : new[] { tokens.Labels }, .. tokens.Image is null ? [] : new[] { tokens.Image }])
{
    public TokenBatch Tokens => tokens;

    /// <returns>(B, V): what follows each row's last token.</returns>
    public override Tensor Outputs(BackboneModel model)
    {
        using DisposeScope scope = NewDisposeScope();
        LanguageModel decoder = (LanguageModel)model;
        return LastPosition.Logits(decoder, decoder.Assemble(tokens)).MoveToOuterDisposeScope();
    }

    public override Tensor Loss(BackboneModel model) => LanguageObjective.Loss((LanguageModel)model, tokens);
}
