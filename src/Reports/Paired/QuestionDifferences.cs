using Das.Reports.Predictions;

namespace Das.Reports.Paired;

/// <summary>Which questions are looked at.</summary>
public enum DifferenceFilter
{
    /// <summary>Every question.</summary>
    All,

    /// <summary>Those that A alone has right; of graded scores, those that A scores more on.</summary>
    OnlyA,

    /// <summary>Those that B alone has right; of graded scores, those that B scores more on.</summary>
    OnlyB,

    /// <summary>Those that neither scores on.</summary>
    BothWrong,
}

/// <summary>What two runs said to one question.</summary>
/// <param name="Id">The question's published id.</param>
/// <param name="Question">Its text.</param>
/// <param name="Expected">The accepted answers.</param>
/// <param name="AnswerA">One run's answer.</param>
/// <param name="ScoreA">What it contributes to the metric.</param>
/// <param name="AnswerB">The other run's.</param>
/// <param name="ScoreB">The same of it.</param>
/// <param name="Images">Addresses of the pictures it is about.</param>
public sealed record QuestionDifference(string Id, string Question, string Expected, string AnswerA, double ScoreA, string AnswerB, double ScoreB,
    IReadOnlyList<string> Images);

/// <summary>A part of the questions that two runs answered.</summary>
/// <param name="Counts">How many questions each filter leaves.</param>
/// <param name="Graded">Scores lie between wrong and right too.</param>
/// <param name="Questions">In the order of the dataset.</param>
/// <param name="Note">Why pictures are missing, as a sentence.</param>
public sealed record DifferencePage(IReadOnlyDictionary<DifferenceFilter, int> Counts, bool Graded, IReadOnlyList<QuestionDifference> Questions, string? Note);

/// <summary>Where a picture is fetched from.</summary>
/// <param name="run">The run.</param>
/// <param name="split">Of the run's dataset.</param>
/// <param name="row">The row's published id.</param>
/// <param name="number">From 0.</param>
public delegate string PictureAddress(Guid run, string split, string row, int number);

/// <summary>The questions behind a paired test, to be looked at one by one.</summary>
public sealed class QuestionDifferences(EvaluationComparison comparison, ExamplePictures pictures, PictureAddress address)
{
    public const int MostTaken = 100;

    private static readonly Dictionary<string, DifferenceFilter> filters =
        Enum.GetValues<DifferenceFilter>().ToDictionary(filter => JsonNamingPolicy.CamelCase.ConvertName(filter.ToString()), StringComparer.OrdinalIgnoreCase);

    /// <summary>The filter called so in addresses: <c>onlyA</c>.</summary>
    /// <exception cref="DasException">There is none.</exception>
    public static DifferenceFilter FilterOf(string name) =>
        filters.TryGetValue(name, out DifferenceFilter filter) ? filter
            : throw new DasException(ErrorKind.Usage, Nearest.Unknown("filter", name, filters.Keys));

    /// <summary>A part of the questions that <paramref name="filter"/> leaves.</summary>
    /// <exception cref="DasException">The runs did not answer the same questions, or a file is gone or damaged.</exception>
    public DifferencePage Page(EvaluatedRun a, EvaluatedRun b, string metric, DifferenceFilter filter, int skip, int take, CancellationToken cancellation)
    {
        PairedQuestions paired = comparison.Questions(a, b, metric, cancellation);
        var counts = Enum.GetValues<DifferenceFilter>().ToDictionary(one => one, one => Left(paired, one).Count());
        bool graded = paired.ScoresA.Concat(paired.ScoresB).Any(score => score is not (0 or 1));
        string? note = null;
        List<QuestionDifference> questions = [];
        foreach (int i in Left(paired, filter).Skip(Math.Max(0, skip)).Take(Math.Clamp(take, 1, MostTaken)))
        {
            cancellation.ThrowIfCancellationRequested();
            ShownPrediction ofA = PredictionFile.At(paired.A.Path, paired.OffsetsA[i]), ofB = PredictionFile.At(paired.B.Path, paired.OffsetsB[i]);
            questions.Add(new(ofA.Id, ofA.Question, ofA.Expected, ofA.Answer, paired.ScoresA[i], ofB.Answer, paired.ScoresB[i],
                Images(paired.A, ofA, ref note)));
        }
        return new(counts, graded, questions, note);
    }

    private static IEnumerable<int> Left(PairedQuestions paired, DifferenceFilter filter) => Enumerable.Range(0, paired.ScoresA.Length).Where(i => filter switch
    {
        DifferenceFilter.OnlyA => paired.ScoresA[i] > paired.ScoresB[i],
        DifferenceFilter.OnlyB => paired.ScoresB[i] > paired.ScoresA[i],
        DifferenceFilter.BothWrong => paired.ScoresA[i] == 0 && paired.ScoresB[i] == 0,
        _ => true,
    });

    private List<string> Images(RunPredictions run, ShownPrediction prediction, ref string? note)
    {
        string split = run.Kind.PictureSplit(prediction, run.Report.Split);
        try
        {
            return note is not null ? []
                : [.. Enumerable.Range(0, pictures.Count(run.Run, split, prediction.Row)).Select(number => address(run.Run.Id, split, prediction.Row, number))];
        }
        catch (DasException gone)
        {
            note = gone.Message;
            return [];
        }
    }
}
