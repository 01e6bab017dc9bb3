using System.ComponentModel.DataAnnotations;

namespace Das.Benchmarks.Catalog;

/// <summary>
/// NLVR2 (Suhr et al. 2019, https://lil.nlp.cornell.edu/nlvr/) from the official JSON lines and picture folders, as ViLT and METER lay it out
/// (<c>V/utils/write_nlvr2.py</c>, method §6.1-6.2). The published code measures the reward on its training pairs (method §8 B3); here whole image
/// sets are held out of them.
/// </summary>
public sealed class Nlvr2 : Benchmark
{
    private const string Data = "nlvr2/data/", Holds = "NLVR2's nlvr2/data/*.json, images/train/<directory>/, dev/ and test1/";

    /// <summary>What is published ends in the first.</summary>
    private static readonly string[] Endings = [".png", ".jpg", ".jpeg"];

    public override string Name => "nlvr2";
    public override int Version => 1;
    public override TaskKind Task => TaskKinds.Pairs;
    public override string Description =>
        "NLVR2: a sentence about two photographs, true or false; val is cut from the training image sets; options seed, valRows.";

    /// <summary><c>dev</c> and <c>test</c> (test-P) are reported apart; <c>all_train</c> is what is published as <c>nlvr2_train</c>.</summary>
    public override IReadOnlyDictionary<string, string[]> Splits { get; } = new Dictionary<string, string[]>
    {
        ["train"] = ["nlvr2_train"], ["val"] = ["nlvr2_val"], ["dev"] = ["nlvr2_dev"], ["test"] = ["nlvr2_test1"], ["all_train"] = ["nlvr2_train", "nlvr2_val"],
        ["balanced_dev"] = ["nlvr2_balanced_dev"], ["balanced_test"] = ["nlvr2_balanced_test1"],
        ["unbalanced_dev"] = ["nlvr2_unbalanced_dev"], ["unbalanced_test"] = ["nlvr2_unbalanced_test1"],
    };

    public override Type OptionsType => typeof(Nlvr2Options);

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        Nlvr2Options given = Read<Nlvr2Options>(options);
        return RawSource.Read(source, Name, raw =>
        {
            (RawRow[] train, RawRow[] val) = HoldOut(Pairs(raw, "train", bad, cancel), given);
            List<RawTable> tables = [new("nlvr2_train", train), new("nlvr2_val", val), new("nlvr2_dev", Pairs(raw, "dev", bad, cancel)),
                new("nlvr2_test1", Pairs(raw, "test1", bad, cancel))];
            foreach (string part in new[] { "balanced", "unbalanced" })
                foreach (string split in new[] { "dev", "test1" })
                    if (raw.Has($"{Data}{part}/{part}_{split}.json"))
                        tables.Add(new($"nlvr2_{part}_{split}", Pairs(raw, $"{part}/{part}_{split}", bad, cancel)));
            return new(PairRecord.Answers, tables, raw);
        });
    }

    /// <summary>One row a pair, in the order of first appearance, with all its sentences.</summary>
    private static RawRow[] Pairs(RawSource raw, string name, BadInputs bad, CancellationToken cancel)
    {
        string file = $"{Data}{name}.json";
        raw.Require(file, Holds);
        raw.RequireFolder(name == "train" ? "images/train" : name.Split('_')[^1], Holds);
        List<BadInput> unusable = [];
        Dictionary<string, OpenPair> pairs = [];
        List<OpenPair> order = [];
        foreach ((OpenPair pair, PairSentence sentence) in JsonLines.Of(raw, file, unusable, cancel).Read(unusable, item =>
        {
            var record = PairRecord.Of(item);
            PairId id = PairId.Parse(record.Identifier) ?? throw item["identifier"].Bad(
                $"is '{record.Identifier}', which is not of the form <split>-<set>-<pair>-<sentence>");
            if (!pairs.TryGetValue(id.Pair, out OpenPair? known))
            {
                pairs[id.Pair] = known = new(id.Pair, Pictures(raw, id, item), []);
                order.Add(known);
            }
            return (known, record.Sentence);
        })) pair.Sentences.Add(sentence);
        bad.Report(unusable);
        return [.. order.Select(p => new RawRow(new PairRow(p.Name, p.Sentences), p.Images))];
    }

    private sealed record OpenPair(string Name, RawImage[] Images, List<PairSentence> Sentences);

    private static RawImage[] Pictures(RawSource raw, PairId id, RawItem item)
    {
        string folder = id.Split;
        if (folder == "train")
        {
            string directory = item["directory"].Id();
            if (!directory.All(char.IsAsciiDigit)) throw item["directory"].Bad($"is '{directory}'; expected the number of the pictures' folder");
            folder = $"images/train/{directory}";
        }
        return [.. new[] { "img0", "img1" }.Select(side => Array.Find(Endings, ending => raw.Has($"{folder}/{id.Pair}-{side}{ending}")) is { } found
            ? RawImage.In(raw, $"{folder}/{id.Pair}-{side}{found}")
            : throw new BadItemException($"There is no picture {folder}/{id.Pair}-{side}.png, nor one in .jpg or .jpeg."))];
    }

    /// <summary>Draws image sets until they have the rows asked for: pictures of one set are alike, so none may stand on both sides.</summary>
    private static (RawRow[] Train, RawRow[] Val) HoldOut(RawRow[] rows, Nlvr2Options options)
    {
        int wanted = options.ValRows;
        (RawRow[] train, RawRow[] val) = Catalog.HoldOut.Draw(rows, row => [SetOf(row)], wanted, SplitMix64.For((ulong)options.Seed, 0));
        return train.Length > 0 || rows.Length == 0
            ? (train, val)
            : throw new DasException(ErrorKind.Recipe,
                $"'benchmark.options.valRows' holds out all {rows.Length} training pairs; give a smaller number than {wanted}.");
    }

    private static string SetOf(RawRow row) => PairId.SetOf(((PairRow)row.Content).Identifier);

    /// <summary>A sentence's identifier, taken apart: <c>train-4100-0-1</c> is sentence 1 about pair <c>train-4100-0</c> of set 4100.</summary>
    private readonly record struct PairId(string Split, string Pair)
    {
        public static PairId? Parse(string identifier)
        {
            string[] parts = identifier.Split('-');
            return parts.Length == 4 && parts[0] is "train" or "dev" or "test1" && parts[1..].All(p => p.Length > 0 && p.All(char.IsAsciiDigit))
                ? new(parts[0], identifier[..identifier.LastIndexOf('-')])
                : null;
        }

        public static string SetOf(string pair) => pair.Split('-')[1];
    }
}

/// <summary>Options of <c>nlvr2</c>.</summary>
public sealed record Nlvr2Options
{
    /// <summary>Draws the image sets that are held out.</summary>
    public long Seed { get; init; }

    /// <summary>Pairs of train that are held out, at least, in whole image sets: as many rows as the published code holds out of VQA.</summary>
    [Range(1, int.MaxValue)]
    public int ValRows { get; init; } = 1000;
}
