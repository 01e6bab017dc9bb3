using System.Security.Cryptography;

namespace Das.Tests.Benchmarks;

public sealed class ShapesTests
{
    private static IEnumerable<ShapesScene> Scenes(int count, ulong seed = 7) => Enumerable.Range(0, count).Select(i => ShapesScene.At(seed, i));

    private static readonly HashSet<string> Vocabulary = [.. File.ReadLines(Repository.PathOf("models/vilt-shapes/vocab.txt"))];

    [Fact]
    public void A_scene_is_a_function_of_seed_and_index()
    {
        ShapesScene a = ShapesScene.At(3, 1_000_000_007), b = ShapesScene.At(3, 1_000_000_007);
        Assert.Equal(a.Pixels, b.Pixels);
        Assert.Equal(a.Captions, b.Captions);
        Assert.Equal(a.Questions, b.Questions);
        Assert.NotEqual(a.Pixels, ShapesScene.At(4, 1_000_000_007).Pixels);
        Assert.NotEqual(a.Pixels, ShapesScene.At(3, 1_000_000_008).Pixels);
    }

    [Fact]
    public void The_generator_gives_the_same_bits_as_on_the_day_it_was_written()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ShapesScene scene in Scenes(50))
        {
            hash.AppendData(scene.Pixels);
            string words = string.Join('\n', scene.Captions.Concat(scene.Questions.Select(q => $"{q.Question} {q.Answer}"))
                .Append(Caption.Contradict(scene, 0, 1)));
            hash.AppendData(Encoding.UTF8.GetBytes(words));
        }
        Assert.Equal("061c015621948b9766131969eacaa802be4c057e2341265b53de2d5b6e2bf516", Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    [Fact]
    public void Shapes_neither_touch_nor_leave_the_picture_and_two_in_five_scenes_hold_one()
    {
        int single = 0;
        foreach (ShapesScene scene in Scenes(2000))
        {
            Assert.InRange(scene.Shapes.Count, 1, 3);
            if (scene.Shapes.Count == 1) single++;
            foreach (Shape s in scene.Shapes)
            {
                Assert.True(s is { Left: >= 0, Top: >= 0, Right: < ShapesScene.Width, Bottom: < ShapesScene.Height });
                Assert.DoesNotContain(scene.Shapes, o => o != s && (o.Touches(s, 1) || (o.Kind == s.Kind && o.Color == s.Color)));
            }
        }
        Assert.InRange(single, 700, 900);
    }

    [Fact]
    public void Every_caption_is_true_and_every_contradiction_false_and_one_change_away()
    {
        foreach (ShapesScene scene in Scenes(1000))
            for (int c = 0; c < scene.Captions.Count; c++)
            {
                Assert.True(scene.Statements[c].Holds(scene.Shapes), scene.Captions[c]);
                string contradiction = Caption.Contradict(scene, c, draw: 11);
                Assert.DoesNotContain(contradiction, scene.Captions);
                Assert.Equal(contradiction, Caption.Contradict(scene, c, draw: 11));
            }
    }

    [Fact]
    public void Yes_is_as_common_as_no_for_every_opening_and_no_answer_wins_by_far()
    {
        var asked = Scenes(4000).SelectMany(s => s.Questions).ToList();
        var binary = asked.Where(q => q.Answer is "yes" or "no").ToList();
        foreach (var opening in binary.GroupBy(q => string.Join(' ', q.Question.Split(' ').Take(3))).Where(g => g.Count() > 500))
            Assert.InRange(opening.Count(q => q.Answer == "yes") / (double)opening.Count(), 0.42, 0.58);
        Assert.InRange(binary.Count / (double)asked.Count, 0.5, 0.75);
    }

    [Fact]
    public void The_vocabulary_holds_every_word_that_the_generator_says()
    {
        var said = Scenes(2000).SelectMany(s => s.Captions.Concat(s.Questions.SelectMany(q => new[] { q.Question, q.Answer })))
            .SelectMany(t => t.Split([' ', '?', ':', ','], StringSplitOptions.RemoveEmptyEntries)).Distinct();
        Assert.DoesNotContain(said, w => !Vocabulary.Contains(w));
        Assert.Equal(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], File.ReadLines(Repository.PathOf("models/vilt-shapes/vocab.txt")).Take(5));
    }
}
