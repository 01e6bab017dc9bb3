using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Das.Benchmarks.Arrow;
using Das.Benchmarks.Catalog;
using Das.Benchmarks.Raw;
using Das.Benchmarks.Scoring;
using Das.Benchmarks.Tasks;

namespace Das.Cli.Init;

/// <summary>One's own data: which benchmark reads them and how, and what it finds.</summary>
/// <param name="Benchmark">Its name.</param>
/// <param name="Options">Its options.</param>
/// <param name="Reasons">Key of <paramref name="Options"/> → why it has its value.</param>
internal sealed partial record LookedData(string Benchmark, JsonObject Options, IReadOnlyDictionary<string, string> Reasons)
{
    private const int Looked = 500;

    private static readonly string[] Answers = ["answer", "answers", "label", "target", "output", "response", "completion"],
        Questions = ["question", "query", "instruction", "prompt"],
        Images = ["image", "image_path", "picture", "img", "photo", "file_name", "filename", "file", "path"],
        Captioned = ["caption", "captions", "text", "sentence", "description"],
        ChoiceLists = ["choices", "options"],
        Splits = ["split", "subset", "partition", "set", "fold"],
        Ids = ["id", "qid", "question_id", "idx", "index"];

    /// <summary>Split → its rows, as the benchmark reads them.</summary>
    public IReadOnlyDictionary<string, RowContent[]> Rows { get; private init; } = new Dictionary<string, RowContent[]>();

    /// <summary>Whether any row has a picture.</summary>
    public bool HasPictures { get; private init; }

    /// <summary>What cannot be used, or is left out.</summary>
    public IReadOnlyList<string> Notes { get; private init; } = [];

    /// <summary>Samples of a split.</summary>
    public int Samples(string split) => Rows[split].Sum(row => row.Samples);

    /// <param name="source">The folder.</param>
    /// <param name="decodes">Whether the model continues texts.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="DasException">The data are of no form that such a model can be trained on; the message says what was looked for.</exception>
    public static LookedData In(string source, bool decodes, CancellationToken cancel)
    {
        using RawSource raw = RawSource.At(source, "of your own");
        string? file = OwnFiles.Of(raw, new OwnDataOptions(), "train");
        List<BadInput> unusable = [];
        RawItem[] items = file is null ? [] : [.. ItemFile.Of(raw, file, unusable, cancel).Take(Looked)];
        if (file is not null && items.Length == 0) throw new DasException(ErrorKind.Data, unusable.Count > 0
            ? $"No row of {raw.Describe(file)} can be read; the first: {unusable[0].Input}: {unusable[0].Reason}" : $"{raw.Describe(file)} holds no rows.");
        return Recognised(raw, items, file, decodes).Read(source, cancel);
    }

    private static LookedData Recognised(RawSource raw, RawItem[] items, string? file, bool decodes)
    {
        if (file is null)
            return decodes ? throw Unfit(raw, "there is no table (train.csv, .jsonl, .json or .parquet), and a model that continues texts is trained on rows.")
                : new("captions", Pictures(raw, []), new Dictionary<string, string> { ["images"] = "pictures with a text file of the same name beside them" });
        string[] columns = [.. items.SelectMany(item => item.Keys).Distinct()];
        Dictionary<string, string> reasons = [];
        JsonObject options = [];
        if (columns.FirstOrDefault(column => column is "conversations" or "conversatons") is not null)
            return decodes ? new("conversations", Pictures(raw, options), reasons)
                : throw Unfit(raw, $"{file} holds conversations, and this model chooses its answer from a list and writes none: give a LLaMA or LLaVA, or "
                    + "write the questions as a table with the columns question, answer and image.");

        string? answer = Column(Answers), question = Column(Questions), image = Column(Images), caption = Column(Captioned), split = Column(Splits);
        if (split is not null && items.All(item => item[split].IsText && OwnFiles.SplitOf(item[split].Text()) is not null))
            Choose("splitColumn", split, "its values say train, val and test");
        if (!decodes && image is not null && answer is not null && question is not null)
        {
            Name("question", question, "question");
            Name("answer", answer, "answer");
            Name("image", image, "image");
            return new("questions", Pictures(raw, options), reasons);
        }
        if (!decodes && image is not null && caption is not null)
        {
            Name("image", image, "image");
            Name("caption", caption, "caption");
            return new("captions", Pictures(raw, options), reasons);
        }
        if (!decodes || answer is null)
        {
            string lookedFor = decodes ? $"an answer ({string.Join(", ", Answers)})"
                : $"a picture ({string.Join(", ", Images)}) with a question ({string.Join(", ", Questions)}) and an answer ({string.Join(", ", Answers)}), "
                    + $"or with a caption ({string.Join(", ", Captioned)})";
            throw Unfit(raw, $"{file} has the columns {string.Join(", ", columns)}. Looked for {lookedFor}; rename the columns, or write the recipe by hand "
                + "(docs/own-data.md).");
        }
        TextOptions(items, columns, answer, image, split, options, reasons);
        return new("texts", image is null ? options : Pictures(raw, options), reasons);

        string? Column(string[] names) => names.Select(name => columns.FirstOrDefault(column => column.Equals(name, StringComparison.OrdinalIgnoreCase)))
            .FirstOrDefault(column => column is not null);
        void Name(string option, string column, string usual)
        {
            if (column != usual) Choose(option, column, $"the column that is the {usual} by its name");
        }
        void Choose(string option, string value, string why)
        {
            options[option] = value;
            reasons[option] = why;
        }
    }

    private static void TextOptions(RawItem[] items, string[] columns, string answer, string? image, string? split, JsonObject options,
        Dictionary<string, string> reasons)
    {
        string? list = columns.FirstOrDefault(column => ChoiceLists.Contains(column.ToLowerInvariant()) && items.All(item => item[column].IsList));
        string[] each = [.. columns.Where(column => Choice().IsMatch(column)).Order(StringComparer.Ordinal)];
        string[] asked = [.. columns.Where(column => column != answer && column != image && column != split && column != list && !each.Contains(column)
            && !Ids.Contains(column.ToLowerInvariant()) && items.All(item => item[column].IsText))];
        string[] said = [.. items.Select(item => item[answer]).Where(field => !field.IsAbsent && !field.IsList && !field.IsObject)
            .Select(field => field.IsTruth ? field.Truth() ? "true" : "false" : field.Text().Trim())];
        string[] different = [.. said.Distinct().Order(StringComparer.Ordinal)];
        if (asked.Length == 0)
            throw new DasException(ErrorKind.Data, $"Beside the answer, no column of {string.Join(", ", columns)} holds a text in every row to ask with.");
        bool chosen = list is not null || each.Length >= 2, labelled = !chosen && different.Length is >= 2 and <= 8 && said.Length >= 10 * different.Length
            && !different.Any(label => label.Contains(',', StringComparison.Ordinal));
        options["prompt"] = asked.Length == 1 && image is not null ? $"{{{asked[0]}}}\n"
            : string.Join('\n', asked.Select(column => $"{Titled(column)}: {{{column}}}")) + (chosen || labelled ? "\n" : "\nAnswer: ");
        reasons["prompt"] = "the columns with texts, in their order; say here what the model is to do";
        if (answer != "answer") Choose("answer", answer, "the column that is the answer by its name");
        if (image is not null) Choose("image", image, "the column that is the picture by its name");
        if (list is not null) Choose("choices", list, "lists of choices; the answer is one by its text, letter or number from 0");
        else if (chosen) Choose("choices", string.Join(", ", each), "one choice a column; the answer is one by its text, letter or number from 0");
        else if (labelled) Choose("labels", string.Join(", ", different), $"the {different.Length} answers that occur");
        else if (said.All(text => NumberAnswer.Equal(text, text))) Choose("metric", "number", "every answer is a number");
        else if (said.Count(text => text.Split(' ').Length <= 3) >= 0.9 * said.Length)
            Choose("metric", "exact", "answers are short: the same words are expected");
        else Choose("metric", "contains", "answers are long: the expected words need only stand in what is written");

        void Choose(string option, string value, string why)
        {
            options[option] = value;
            reasons[option] = why;
        }
    }

    /// <summary>Reads everything as the run will.</summary>
    private LookedData Read(string source, CancellationToken cancel)
    {
        BadInputs bad = new("skip");
        Benchmark benchmark = BenchmarkCatalog.Get(Benchmark);
        using RawDataset dataset = benchmark.Open(source, Options, bad, cancel);
        Dictionary<string, RawRow[]> rows = benchmark.Splits.ToDictionary(split => split.Key,
            split => dataset.Tables.Where(table => split.Value.Contains(table.Name)).SelectMany(table => table.Rows).ToArray());
        string first = bad.Count > 0 ? $"the first: {bad.First[0].Input}: {bad.First[0].Reason}" : "";
        if (rows.FirstOrDefault(split => split.Value.Length == 0).Key is { } empty) throw new DasException(ErrorKind.Data,
            $"The split '{empty}' of {source} would have no rows: {(bad.Count > 0 ? $"{bad.Count} cannot be used, {first}" : "too few to be split.")}");
        List<string> notes = [];
        if (bad.Count > 0) notes.Add($"{bad.Count} rows cannot be used, and a run stops at them unless benchmark.onBadInput is \"skip\"; {first}");
        if (bad.LeftOut.Count > 0) notes.Add($"left out of {bad.LeftOut}");
        return this with
        {
            Rows = rows.ToDictionary(split => split.Key, split => split.Value.Select(row => row.Content).ToArray()),
            HasPictures = rows.Values.Any(split => split.Any(row => row.Images.Count > 0)),
            Notes = notes,
        };
    }

    /// <summary>The picture folder, where it is not the usual one.</summary>
    private static JsonObject Pictures(RawSource raw, JsonObject options)
    {
        if (raw.HasFolder("images")) return options;
        options["images"] = new[] { "imgs", "pictures", "img", "image" }.FirstOrDefault(raw.HasFolder, "");
        return options;
    }

    private static DasException Unfit(RawSource raw, string why) => new(ErrorKind.Data, $"{raw.Path}: {why}");

    private static string Titled(string column) => column.Replace('_', ' ') is var words ? char.ToUpperInvariant(words[0]) + words[1..] : "";

    [GeneratedRegex("^((option|choice|answer|op)_?)?[A-Ea-e1-5]$")]
    private static partial Regex Choice();
}
