namespace Das.Benchmarks.Catalog.Shapes;

/// <summary>Questions about a scene, each with one right answer.</summary>
internal static class ShapesQuestions
{
    /// <summary>Every answer that can occur.</summary>
    public static IReadOnlyList<string> Answers { get; } =
        ["yes", "no", .. Words.Kinds.Select(Words.Of), .. Words.Colors.Select(Words.Of), "0", "1", "2", "3"];

    public static List<(string, string)> Draw(IReadOnlyList<Shape> shapes, SplitMix64 random)
    {
        List<(string, string)> questions = [];
        if (shapes.Count == 1)
        {
            questions.Add((random.Pick(["what color is the shape?", "what is the color of the shape?"]), Words.Of(shapes[0].Color)));
            questions.Add((random.Pick(["what shape is present?", "what shape is in the image?", "what shape does the image contain?"]),
                Words.Of(shapes[0].Kind)));
        }
        Shape shape = random.Pick(shapes);
        if (shapes.Count(s => s.Kind == shape.Kind) == 1)
            questions.Add((string.Format(random.Pick(["what color is the {0}?", "what is the color of the {0}?"]), Words.Of(shape.Kind)),
                Words.Of(shape.Color)));
        if (shapes.Count(s => s.Color == shape.Color) == 1)
            questions.Add((string.Format(random.Pick(["what is the {0} shape?", "what shape is {0}?"]), Words.Of(shape.Color)), Words.Of(shape.Kind)));
        questions.Add(HowMany(shapes, random));
        for (int i = 0; i < 2; i++) questions.Add(IsThere(shapes, n => n.Kind is null, random));
        for (int i = 0; i < 2; i++) questions.Add(IsThere(shapes, n => n.Color is null, random));
        questions.Add(IsThere(shapes, n => n is { Color: not null, Kind: not null }, random));
        if (shapes.Count > 1)
            for (int i = 0; i < 2; i++) questions.Add(HowItLies(shapes, random));

        var unique = questions.DistinctBy(q => q.Item1).ToArray();
        random.Shuffle<(string, string)>(unique);
        return [.. unique];
    }

    private static (string, string) HowMany(IReadOnlyList<Shape> shapes, SplitMix64 random)
    {
        string ending = random.Pick(["are there", "are in the image", "are in the picture"]);
        if (random.Chance(50)) return ($"how many shapes {ending}?", shapes.Count.ToString());
        ShapeKind kind = random.Pick(Words.Kinds);
        return ($"how many {Words.Of(kind)}s {ending}?", shapes.Count(s => s.Kind == kind).ToString());
    }

    private static readonly Noun[] Nouns =
    [
        .. Words.Colors.Select(c => new Noun(c, null)), .. Words.Kinds.Select(k => new Noun(null, k)),
        .. Words.Colors.SelectMany(c => Words.Kinds.Select(k => new Noun(c, k))),
    ];

    /// <summary>Half of the wrong colour-and-kind pairs share one of the two with a shape that is there.</summary>
    private static (string, string) IsThere(IReadOnlyList<Shape> shapes, Func<Noun, bool> form, SplitMix64 random)
    {
        bool there = random.Chance(50), negated = random.Chance(30), near = random.Chance(50);
        Noun[] fitting = [.. Nouns.Where(n => form(n) && shapes.Any(n.Fits) == there)];
        if (fitting.Length == 0) return IsThere(shapes, form, random);
        if (near && fitting.Where(n => shapes.Any(s => s.Color == n.Color || s.Kind == n.Kind)).ToArray() is { Length: > 0 } nearby) fitting = nearby;

        Noun noun = random.Pick(fitting);
        string question = negated
            ? random.Pick([$"is there not a {noun}?", $"is there not a {noun} in the image?", $"is no {noun} present?",
                $"does the image not contain a {noun}?"])
            : random.Pick([$"is there a {noun}?", $"is there a {noun} in the image?", $"is there a {noun} in the picture?", $"is a {noun} present?",
                $"does the image contain a {noun}?"]);
        return (question, there != negated ? "yes" : "no");
    }

    /// <summary>A wrong relation is the opposite of a right one: "not wholly left of" alone would be a matter of taste.</summary>
    private static (string, string) HowItLies(IReadOnlyList<Shape> shapes, SplitMix64 random)
    {
        Shape[] pair = [.. shapes];
        random.Shuffle<Shape>(pair);
        bool wanted = random.Chance(50);
        Relation relation = random.Pick(Words.Relations.Where(r => pair[0].Is(wanted ? r : Words.Opposite(r), pair[1])).ToArray());
        Noun a = new(pair[0].Color, pair[0].Kind), b = new(pair[1].Color, pair[1].Kind);
        return ($"is the {a} {Words.Of(relation)} the {b}?", wanted ? "yes" : "no");
    }
}
