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

    public override RawDataset Open(string? source, JsonObject? options, BadInputs bad, CancellationToken cancel = default)
    {
        BenchmarkOptions given = new(Name, options, ("trainImages", 4000), ("valImages", 400), ("testImages", 1000), ("seed", 0));
        Dictionary<string, int> labels = ShapesQuestions.Answers.Select((a, i) => (a, i)).ToDictionary(p => p.a, p => p.i);
        RawTable Table(string split, long first)
        {
            int count = given.Count($"{split}Images", least: 1);
            return new($"shapes_{split}", Enumerable.Range(0, count).Select(i => Row((ulong)given["seed"], first + i, split, labels)), count);
        }
        return new(ShapesQuestions.Answers, [Table("train", 0), Table("val", SplitDistance), Table("test", 2 * SplitDistance)]);
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
