using System.ComponentModel.DataAnnotations;

namespace Das.Benchmarks.Catalog;

/// <summary>
/// VQA v2 (Goyal et al. 2017, https://visualqa.org) from the official question and annotation files and COCO's picture folders, as ViLT and METER
/// lay it out (<c>V/utils/write_vqa.py</c>, method §6.1-6.2). The picture order is a shuffle of a seed where the published one has none.
/// </summary>
public sealed class VqaV2 : Benchmark
{
    public override string Name => "vqav2";
    public override int Version => 1;
    public override TaskKind Task => TaskKinds.Vqa;
    public override string Description =>
        "VQA v2: official JSON and COCO pictures, soft labels over the answers that occur at least 9 times; options seed, restVal, leastOccurrences.";

    /// <summary>Train and val as ViLT uses them; <c>all_val</c> is what is published as <c>vqav2_val</c>, without a second copy of its pictures.</summary>
    public override IReadOnlyDictionary<string, string[]> Splits { get; } = new Dictionary<string, string[]>
    {
        ["train"] = ["vqav2_train", "vqav2_trainable_val"], ["val"] = ["vqav2_rest_val"], ["test"] = ["vqav2_test"], ["test-dev"] = ["vqav2_test-dev"],
        ["all_val"] = ["vqav2_trainable_val", "vqav2_rest_val"],
    };

    public override Type OptionsType => typeof(VqaV2Options);

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        VqaV2Options given = Read<VqaV2Options>(options);
        return RawSource.Read(source, Name, raw =>
        {
            VqaVocabulary vocabulary = VqaVocabulary.Count(raw, ["train2014", "val2014"], given.LeastOccurrences, bad, cancel);
            RawRow[] train = Rows(raw, "train", "train2014", "train2014", vocabulary, given, bad, cancel);
            RawRow[] val = Rows(raw, "val", "val2014", "val2014", vocabulary, given, bad, cancel);
            int kept = Math.Max(0, val.Length - given.RestVal);
            List<RawTable> tables =
            [
                new("vqav2_train", train), new("vqav2_trainable_val", val[..kept]), new("vqav2_rest_val", val[kept..]),
            ];
            foreach ((string split, string questions) in new[] { ("test", "test2015"), ("test-dev", "test-dev2015") })
            {
                if (!raw.Has(VqaRaw.Questions(questions))) continue; // Half of the users have no test pictures; there is then no such split.
                tables.Add(new($"vqav2_{split}", Rows(raw, split, questions, "test2015", null, given, bad, cancel)));
            }
            return new(vocabulary.Answers, tables, raw);
        });
    }

    private static RawRow[] Rows(RawSource raw, string split, string name, string folder, VqaVocabulary? vocabulary, VqaV2Options options, BadInputs bad,
        CancellationToken cancel)
    {
        List<BadInput> unusable = [];
        Dictionary<long, string> images = Images(raw, folder);
        VqaLabels? labels = vocabulary is null ? null : VqaLabels.Read(raw, name, vocabulary, unusable, cancel);
        SortedDictionary<long, List<VqaQuestion>> questions = [];
        foreach ((long id, long image, string text) in VqaRaw.ReadQuestions(raw, name, unusable, cancel))
        {
            if (!images.ContainsKey(image))
                unusable.Add(new($"{raw.Describe(VqaRaw.Questions(name))} question {id}", $"There is no picture of image {image} in {folder}/."));
            else if (labels is not null && !labels.Has(id))
                unusable.Add(new($"{raw.Describe(VqaRaw.Annotations(name))} question {id}", "It has no annotation."));
            else
            {
                VqaQuestion question = labels?.Of(id, text) ?? new(id, text, [], [], []);
                if (labels is not null && question.Labels.Count == 0) // Dropped as published.
                {
                    bad.LeftOut.Add(split, "questions none of whose answers is in the vocabulary");
                    continue;
                }
                if (!questions.TryGetValue(image, out List<VqaQuestion>? list)) questions[image] = list = [];
                list.Add(question);
            }
        }
        bad.Report(unusable);

        RawRow[] rows = [.. questions.Select(q => new RawRow(new VqaRow(q.Key, split, q.Value), RawImage.In(raw, images[q.Key])))];
        SplitMix64.For((ulong)options.Seed, split.Length).Shuffle<RawRow>(rows);
        return rows;
    }

    /// <summary>Image id → file; the id is what stands after the last <c>_</c>.</summary>
    private static Dictionary<long, string> Images(RawSource raw, string folder)
    {
        Dictionary<long, string> images = new(SpreadKeys<long>.Instance);
        foreach (string name in raw.Names(folder).Where(n => n.EndsWith(".jpg", StringComparison.Ordinal)))
            if (long.TryParse(name.AsSpan(name.LastIndexOf('_') + 1, name.Length - name.LastIndexOf('_') - 5), NumberStyles.None, CultureInfo.InvariantCulture,
                out long id))
                images[id] = $"{folder}/{name}";
        return images;
    }
}

/// <summary>Options of <c>vqav2</c>.</summary>
public sealed record VqaV2Options
{
    /// <summary>Orders the pictures within their tables, before the held-out ones are cut off; the published code shuffles without a seed.</summary>
    public long Seed { get; init; }

    /// <summary>Pictures of val2014 that are held out of training. Published: the last 1000 rows.</summary>
    [Range(1, int.MaxValue)]
    public int RestVal { get; init; } = 1000;

    /// <summary>How often an answer must be a question's commonest one to be in the vocabulary, over train2014 and val2014. Published: 9
    /// (<c>V/utils/write_vqa.py:82-96</c>).</summary>
    [Range(1, int.MaxValue)]
    public int LeastOccurrences { get; init; } = VqaVocabulary.PublishedOccurrences;
}
