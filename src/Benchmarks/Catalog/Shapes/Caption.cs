namespace Das.Benchmarks.Catalog.Shapes;

/// <summary>A shape as a caption names it: colour and kind, either of which may be left open.</summary>
public sealed record Noun(ShapeColor? Color, ShapeKind? Kind, bool CallItSquare = false)
{
    public bool Fits(Shape shape) => (Color is null || shape.Color == Color) && (Kind is null || shape.Kind == Kind) && (!CallItSquare || shape.IsSquare);

    public override string ToString() =>
        (Color is { } color ? Words.Of(color) + " " : "") + (CallItSquare ? "square" : Kind is { } kind ? Words.Of(kind) : "shape");
}

/// <summary>What can be said about a scene: that these shapes are in it, how they lie, in which half they are, how many there are.</summary>
/// <param name="Template">Which wording.</param>
/// <param name="Nouns">The shapes that are named, in order.</param>
/// <param name="Relation">How the first lies to the second; without a second, in which half of the picture it is.</param>
/// <param name="Count">How many shapes the caption says there are; 0: it does not say.</param>
public sealed record Caption(int Template, IReadOnlyList<Noun> Nouns, Relation? Relation = null, int Count = 0)
{
    /// <summary>The sentence: lower case, no full stop.</summary>
    public string Text => Nouns switch
    {
        [] => Template % 2 == 0 ? $"there {(Count == 1 ? "is" : "are")} {Shapes}" : $"a picture of {Shapes}",
        [var only] when Relation is { } half => Framed($"a {only} {Words.Half(half)}"),
        [var only] => Framed($"a {only}"),
        [var a, var b] when Relation is { } relation => (Template % 3) switch
        {
            0 => $"a {a} {Words.Of(relation)} a {b}",
            1 => $"the {a} is {Words.Of(relation)} the {b}",
            _ => $"there is a {a} {Words.Of(relation)} a {b}",
        },
        _ => Count > 0 ? $"{Shapes}: {List}" : Framed(List),
    };

    private string Shapes => Words.OfCount(Count) + (Count == 1 ? " shape" : " shapes");

    private string List => Nouns.Count == 2 ? $"a {Nouns[0]} and a {Nouns[1]}" : $"a {Nouns[0]}, a {Nouns[1]} and a {Nouns[2]}";

    private string Framed(string what) => (Template % 5) switch
    {
        0 => what,
        1 => $"there is {what}",
        2 => $"a picture of {what}",
        3 => $"the image contains {what}",
        _ => $"{what} in the image",
    };

    /// <summary>Whether the sentence is true of a picture with these shapes.</summary>
    public bool Holds(IReadOnlyList<Shape> shapes)
    {
        if (Count > 0 && Count != shapes.Count) return false;
        if (Nouns is [var a, var b] && Relation is { } relation) return shapes.Where(a.Fits).Any(x => shapes.Where(b.Fits).Any(y => x.Is(relation, y)));
        return Nouns.All(n => shapes.Any(s => n.Fits(s) && (Relation is not { } half || s.LiesIn(half))));
    }

    /// <summary>
    /// A false sentence about <paramref name="scene"/> that differs from its caption number <paramref name="caption"/> in one colour, kind,
    /// relation or count: the hard negative of image-text matching. The same <paramref name="draw"/> gives the same sentence.
    /// </summary>
    public static string Contradict(ShapesScene scene, int caption, ulong draw)
    {
        SplitMix64 random = SplitMix64.For(draw, caption);
        while (true)
        {
            Caption changed = scene.Statements[caption].ChangeOne(random);
            if (!changed.Holds(scene.Shapes)) return changed.Text;
        }
    }

    private Caption ChangeOne(SplitMix64 random)
    {
        if (Nouns.Count == 0) return this with { Count = 1 + (Count + random.Below(2)) % 3 };
        if (Relation is { } relation && random.Chance(50)) return this with { Relation = Words.Opposite(relation) };

        int which = random.Below(Nouns.Count);
        Noun[] nouns = [.. Nouns];
        nouns[which] = nouns[which].Kind is null || (nouns[which].Color is not null && random.Chance(50))
            ? nouns[which] with { Color = random.Pick(Words.Colors) }
            : nouns[which] with { Kind = random.Pick(Words.Kinds), CallItSquare = false };
        return this with { Nouns = nouns };
    }

    internal static List<Caption> Draw(IReadOnlyList<Shape> shapes, SplitMix64 random)
    {
        Noun Full(Shape s) => new(s.Color, s.Kind, s.IsSquare && random.Chance(50));
        int Template() => random.Below(30);

        Shape[] order = [.. shapes];
        random.Shuffle<Shape>(order);
        List<Caption> captions = [new(Template(), [.. order.Select(Full)])];
        foreach (Relation half in Words.Relations)
            if (order[0].LiesIn(half)) captions.Add(new(Template(), [Full(order[0])], half));

        if (order.Length == 1)
        {
            captions.Add(new(Template(), [new(order[0].Color, null)]));
            captions.Add(new(Template(), [new(null, order[0].Kind, order[0].IsSquare && random.Chance(50))]));
            captions.Add(new(Template(), [Full(order[0])]));
        }
        else
        {
            foreach (Relation relation in Words.Relations)
                if (order[0].Is(relation, order[1])) captions.Add(new(Template(), [Full(order[0]), Full(order[1])], relation));
            captions.Add(new(Template(), [.. order.Select(Full)], Count: order.Length));
        }
        captions.Add(new(Template(), [], Count: order.Length));
        return captions;
    }
}
