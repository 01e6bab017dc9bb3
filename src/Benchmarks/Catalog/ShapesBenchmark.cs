using System.ComponentModel.DataAnnotations;
using Das.Benchmarks.Catalog.Shapes;
using Das.Benchmarks.Images;

namespace Das.Benchmarks.Catalog;

/// <summary>Our own generated scenes: as many as wanted, of any seed, nothing to download.</summary>
public sealed class ShapesBenchmark : Benchmark
{
    /// <summary>Splits are far apart in the scenes' numbering, so that a larger training set never meets the test set.</summary>
    private const long SplitDistance = 1_000_000_000;

    private const int QuestionsAtMost = 32;

    public override string Name => "shapes";
    public override int Version => 1;
    public override TaskKind Task => TaskKinds.Vqa;
    public override string Description => "Generated 64x64 scenes of one to three coloured shapes; options trainImages, valImages, testImages, seed.";
    public override bool NeedsSource => false;

    public override IReadOnlyDictionary<string, string[]> Splits { get; } = new Dictionary<string, string[]>
    {
        ["train"] = ["shapes_train"], ["val"] = ["shapes_val"], ["test"] = ["shapes_test"],
    };

    public override Type OptionsType => typeof(ShapesOptions);

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        ShapesOptions given = Read<ShapesOptions>(options);
        Dictionary<string, int> labels = ShapesQuestions.Answers.Select((a, i) => (a, i)).ToDictionary(p => p.a, p => p.i);
        return new(ShapesQuestions.Answers,
            [Table("train", given.TrainImages, 0), Table("val", given.ValImages, SplitDistance), Table("test", given.TestImages, 2 * SplitDistance)]);

        RawTable Table(string split, int count, long first) =>
            new($"shapes_{split}", Enumerable.Range(0, count).Select(i => Row((ulong)given.Seed, first + i, split, labels)), count);
    }

    private static RawRow Row(ulong seed, long index, string split, Dictionary<string, int> labels)
    {
        ShapesScene scene = ShapesScene.At(seed, index);
        VqaQuestion[] questions = [.. scene.Questions.Select((q, i) =>
            new VqaQuestion(index * QuestionsAtMost + i, q.Question, [q.Answer], [labels[q.Answer]], [1.0]))];
        return new(new VqaRow(index, split, questions), new RawImage($"shapes scene {index} of seed {seed}", () => Png(scene)));
    }

    /// <summary>The scene as a PNG file.</summary>
    public static byte[] Png(ShapesScene scene) => PngEncoder.Encode(new(scene.Pixels, ShapesScene.Width, ShapesScene.Height, 3));
}

/// <summary>Options of <c>shapes</c>.</summary>
public sealed record ShapesOptions
{
    /// <summary>Scenes to train on.</summary>
    [Range(1, int.MaxValue)]
    public int TrainImages { get; init; } = 4000;

    /// <summary>Scenes that the search's reward is measured on.</summary>
    [Range(1, int.MaxValue)]
    public int ValImages { get; init; } = 400;

    /// <summary>Scenes to be tested on.</summary>
    [Range(1, int.MaxValue)]
    public int TestImages { get; init; } = 1000;

    /// <summary>Draws the scenes; another seed gives other ones.</summary>
    public long Seed { get; init; }
}
