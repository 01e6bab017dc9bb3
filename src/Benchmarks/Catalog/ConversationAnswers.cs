using System.ComponentModel.DataAnnotations;

namespace Das.Benchmarks.Catalog;

/// <summary>
/// The same questions, pictures and splits as a <see cref="ConversationTask"/>'s, answered from a vocabulary instead of by writing: the answers to the
/// training questions, compared as that task compares them. The words that say how to answer are left out.
/// </summary>
/// <param name="set">Which one; what has no picture is left out.</param>
/// <param name="name">What recipes call it.</param>
public sealed class ConversationAnswers(ConversationSet set, string name) : Benchmark
{
    /// <summary>With what the published questions say how to answer.</summary>
    private const string Asking = "\nAnswer the question using";

    private static readonly string[] Parts = ["train", "val", "test"];

    private readonly ConversationTask written = new(set);

    public override string Name => name;
    public override int Version => 1;
    public override TaskKind Task => TaskKinds.Vqa;
    public override string Description => $"{set.Description.Split(';')[0]}; answered from the training questions' answers; options as those of {set.Name}, "
        + "and leastOccurrences.";

    public override IReadOnlyDictionary<string, string[]> Splits { get; } = Parts.ToDictionary(split => split, split => new[] { Table(name, split) });

    public override Type OptionsType => typeof(AnswersOptions);

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        AnswersOptions given = Read<AnswersOptions>(options);
        JsonObject own = new((options ?? []).Where(option => !option.Key.Equals(nameof(given.LeastOccurrences), StringComparison.OrdinalIgnoreCase))
            .Select(option => KeyValuePair.Create(option.Key, option.Value?.DeepClone())));
        RawDataset read = written.Open(source, own, bad, cancel);
        try
        {
            long number = 0;
            return AskedPicture.Dataset(Table(name, "").TrimEnd('_'), [.. Parts.Zip(read.Tables, (split, table) =>
                (split, (IReadOnlyList<AskedPicture>)[.. table.Rows.Where(row => Pictured(split, row)).Select(row => Asked(row, number++))]))],
                given.LeastOccurrences, bad, [.. read.Sources]);
        }
        catch
        {
            read.Dispose();
            throw;
        }

        bool Pictured(string split, RawRow row)
        {
            bad.LeftOut.Add(split, "questions without a picture", row.Images.Count == 0 ? 1 : 0);
            return row.Images.Count > 0;
        }
    }

    private static AskedPicture Asked(RawRow row, long number)
    {
        LanguageRow content = (LanguageRow)row.Content;
        VqaQuestion question = new(number, content.Query.Split(Asking)[0].Trim(), [], [], []);
        return new(question, [OpenAnswer.Normal(content.Expected)], ConversationTask.Key(row), row.Images[0]);
    }

    private static string Table(string name, string split) => $"{name.Replace('-', '_')}_{split}";
}

/// <summary>Options of a set in LLaVA's conversation JSON whose answers are chosen.</summary>
public sealed record AnswersOptions : ConversationOptions
{
    /// <summary>How often an answer must occur in the questions that are not tested on to be one of those a model chooses from.</summary>
    [Range(1, int.MaxValue)]
    public int LeastOccurrences { get; init; } = 1;
}
