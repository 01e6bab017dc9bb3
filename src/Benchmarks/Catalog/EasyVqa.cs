namespace Das.Benchmarks.Catalog;

/// <summary>easy-VQA (V. Zhou, https://github.com/vzhou842/easy-VQA) from its published folder <c>easy_vqa/data</c>, unpacked or zipped.</summary>
public sealed class EasyVqa : Benchmark
{
    /// <summary>One training picture in ten, the last ones, is held out: the set is published without a validation split.</summary>
    private const int HeldOut = 10;

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
            RawRow[] train = [.. Rows(raw, "train", labels, bad)], test = [.. Rows(raw, "test", labels, bad)];
            int kept = train.Length - train.Length / HeldOut;
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
        using StreamReader reader = new(raw.Open("answers.txt"));
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct()];
    }

    /// <summary>One row a picture, in the order of the numbers of the pictures.</summary>
    private static IEnumerable<RawRow> Rows(RawSource raw, string split, Dictionary<string, int> labels, BadInputs bad)
    {
        string file = $"{split}/questions.json";
        raw.Require(file, Holds);
        HashSet<string> images = [.. raw.Names($"{split}/images")];
        SortedDictionary<long, List<VqaQuestion>> questions = [];
        List<BadInput> unusable = [];
        long id = 0;
        foreach ((string question, string answer, long image) in Read(raw, file, unusable))
        {
            string where = $"{raw.Describe(file)} question {id}";
            if (!images.Contains($"{image}.png")) unusable.Add(new(where, $"There is no image {split}/images/{image}.png."));
            else if (!labels.TryGetValue(answer, out int label)) unusable.Add(new(where, $"The answer '{answer}' is not in answers.txt."));
            else
            {
                if (!questions.TryGetValue(image, out List<VqaQuestion>? list)) questions[image] = list = [];
                list.Add(new(id, question, [answer], [label], [1.0]));
            }
            id++;
        }
        bad.Report(unusable);
        foreach ((long image, List<VqaQuestion> list) in questions)
            yield return new(new VqaRow(image, split, list), RawImage.In(raw, $"{split}/images/{image}.png"));
    }

    private static IEnumerable<(string Question, string Answer, long Image)> Read(RawSource raw, string file, List<BadInput> unusable)
    {
        using Stream stream = raw.Open(file);
        foreach (JsonElement item in JsonItems.Of(stream, property: null, (after, reason) =>
            unusable.Add(new(raw.Describe(file), $"After {after} questions: {reason}"))))
        {
            if (item is { ValueKind: JsonValueKind.Array } && item.GetArrayLength() == 3 && item[0].ValueKind == JsonValueKind.String
                && item[1].ValueKind == JsonValueKind.String && item[2].ValueKind == JsonValueKind.Number && item[2].TryGetInt64(out long image))
                yield return (item[0].GetString()!, item[1].GetString()!, image);
            else unusable.Add(new(raw.Describe(file), string.Create(CultureInfo.InvariantCulture, $"'{item}' is not [question, answer, image id].")));
        }
    }
}
