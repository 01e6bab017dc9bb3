namespace Das.Benchmarks.Catalog;

/// <summary>easy-VQA (V. Zhou, https://github.com/vzhou842/easy-VQA) from its published folder <c>easy_vqa/data</c>, unpacked or zipped.</summary>
public sealed class EasyVqa : Benchmark
{
    private const string Holds = "what is in easy-VQA's data folder";

    public override string Name => "easy-vqa";
    public override int Version => 1;
    public override TaskKind Task => TaskKinds.Vqa;
    public override string Description =>
        "Published 64x64 pictures of one shape: 4,000 + 1,000 pictures, 48,248 questions, 13 answers; the last tenth of the training pictures is held out.";

    public override IReadOnlyDictionary<string, string[]> Splits { get; } = new Dictionary<string, string[]>
    {
        ["train"] = ["easy_vqa_train"], ["val"] = ["easy_vqa_val"], ["test"] = ["easy_vqa_test"],
    };

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        _ = Read<NoOptions>(options);
        return RawSource.Read(source, Name, raw =>
        {
            string[] answers = Answers(raw);
            Dictionary<string, int> labels = answers.Select((a, i) => (a, i)).ToDictionary(p => p.a, p => p.i);
            RawRow[] train = [.. Rows(raw, "train", labels, bad, cancel)], test = [.. Rows(raw, "test", labels, bad, cancel)];
            int kept = train.Length - HoldOut.Tenth(train.Length); // The set is published without a validation split.
            return new(answers,
            [
                new("easy_vqa_train", train[..kept]),
                new("easy_vqa_val", [.. train[kept..].Select(r => r with { Content = (VqaRow)r.Content with { Split = "val" } })]),
                new("easy_vqa_test", test),
            ], raw);
        });
    }

    private static string[] Answers(RawSource raw)
    {
        raw.Require("answers.txt", Holds);
        string text = Utf8Text.Of(raw.Read("answers.txt"), raw.Describe("answers.txt"), ErrorKind.Data);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct()];
    }

    /// <summary>One row a picture, in the order of the numbers of the pictures.</summary>
    private static IEnumerable<RawRow> Rows(RawSource raw, string split, Dictionary<string, int> labels, BadInputs bad, CancellationToken cancel)
    {
        string file = $"{split}/questions.json";
        raw.Require(file, Holds);
        HashSet<string> images = [.. raw.Names($"{split}/images")];
        SortedDictionary<long, List<VqaQuestion>> questions = [];
        List<BadInput> unusable = [];
        long id = 0;
        foreach ((long image, VqaQuestion question) in JsonItems.Of(raw, file, property: null, unusable, cancel).Read(unusable, item =>
        {
            if (item.Value.Items() is not [var asked, var answered, var numbered])
                throw item.Value.Bad($"is {item.Value}; expected [question, answer, image id]");
            (string text, string answer, long image, long own) = (asked.Words(), answered.Text(), numbered.Number(), id++);
            if (!images.Contains($"{image}.png")) throw new BadItemException($"There is no image {split}/images/{image}.png.");
            return labels.TryGetValue(answer, out int label) ? (image, new VqaQuestion(own, text, [answer], [label], [1.0]))
                : throw answered.Bad($"is '{answer}', which is not in answers.txt");
        }))
        {
            if (!questions.TryGetValue(image, out List<VqaQuestion>? list)) questions[image] = list = [];
            list.Add(question);
        }
        bad.Report(unusable);
        foreach ((long image, List<VqaQuestion> list) in questions)
            yield return new(new VqaRow(image, split, list), RawImage.In(raw, $"{split}/images/{image}.png"));
    }
}
