using System.ComponentModel.DataAnnotations;

namespace Das.Benchmarks.Catalog;

/// <summary>
/// One's own questions about pictures, each with its answer, in a table. A model chooses from the answers that occur in training; several answers to a
/// question are worth what VQA v2's are.
/// </summary>
public sealed class Questions : Benchmark
{
    public override string Name => "questions";
    public override int Version => 1;
    public override TaskKind Task => TaskKinds.Vqa;
    public override string Description =>
        "Your own questions about pictures in CSV, JSON lines or Parquet, answered from the answers that occur; options name the columns, the files and the "
        + "splits.";

    public override IReadOnlyDictionary<string, string[]> Splits { get; } = OwnSplits<RawRow>.Tables("questions");

    public override Type OptionsType => typeof(QuestionsOptions);

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        QuestionsOptions given = Read<QuestionsOptions>(options);
        return RawSource.Read(source, Name, raw =>
        {
            long number = 0;
            OwnSplits<AskedPicture> asked = new OwnData(raw, given, bad, cancel).Read<AskedPicture>((item, _, _) => [Row(raw, given, item, number++)],
                row => [row.Picture]);
            return AskedPicture.Dataset(Name, [.. asked.All], given.LeastOccurrences, bad, raw);
        });
    }

    private static AskedPicture Row(RawSource raw, QuestionsOptions options, RawItem item, long number)
    {
        (RawField answer, RawField picture) = (item[options.Answer], item[options.Image]);
        string[] answers = answer.IsList ? [.. answer.Items().Select(one => one.Words().Trim())] : [answer.Words().Trim()];
        if (answers.Length == 0) throw answer.Bad("is an empty list; expected one answer or more");
        (RawImage image, string name) = Pictures.Of(raw, item, options.Image, options.Images) ?? throw picture.Bad("names no picture");
        VqaQuestion question = new(number, item[options.Question].Words().Trim(), [], [], []);
        return new(question, answers, name, image);
    }
}

/// <summary>Options of <c>questions</c>.</summary>
public sealed record QuestionsOptions : OwnDataOptions
{
    /// <summary>The column with the question.</summary>
    [MinLength(1)]
    public string Question { get; init; } = "question";

    /// <summary>The column with the answer, or with a list of several people's.</summary>
    [MinLength(1)]
    public string Answer { get; init; } = "answer";

    /// <summary>The column with the picture's file, or in Parquet with its bytes.</summary>
    [MinLength(1)]
    public string Image { get; init; } = "image";

    /// <summary>The picture folder; empty for the source itself.</summary>
    public string Images { get; init; } = "images";

    /// <summary>How often an answer must occur in the rows that are not tested on to be one of those a model chooses from.</summary>
    [Range(1, int.MaxValue)]
    public int LeastOccurrences { get; init; } = 1;
}
