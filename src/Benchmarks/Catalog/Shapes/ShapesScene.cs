namespace Das.Benchmarks.Catalog.Shapes;

/// <summary>
/// One generated picture with what can truly be said and asked about it. A function of (seed, index) in integer arithmetic: the same
/// pixels and words in every process. About 40 % of the scenes hold a single shape, as all of easy-VQA's do.
/// </summary>
public sealed class ShapesScene
{
    /// <summary>Height and width in pixels: easy-VQA's.</summary>
    public const int Size = 64;

    public const int Height = Size;
    public const int Width = Size;

    /// <summary>One to three shapes whose boxes do not touch; no two agree in both colour and kind.</summary>
    public IReadOnlyList<Shape> Shapes { get; }

    /// <summary>RGB, row by row: <c>Size * Size * 3</c> bytes.</summary>
    public byte[] Pixels { get; }

    /// <summary>What <see cref="Captions"/> says, in a form that can be checked and contradicted.</summary>
    public IReadOnlyList<Caption> Statements { get; }

    /// <summary>True sentences about the picture, several templates, at least three.</summary>
    public IReadOnlyList<string> Captions { get; }

    /// <summary>Questions with their one right answer; yes and no are drawn before the question, so that neither is commoner.</summary>
    public IReadOnlyList<(string Question, string Answer)> Questions { get; }

    private ShapesScene(SplitMix64 random)
    {
        Shapes = Draw(random);
        Pixels = Rasterizer.Paint(Shapes, random);
        Statements = Caption.Draw(Shapes, random);
        Captions = [.. Statements.Select(s => s.Text)];
        Questions = ShapesQuestions.Draw(Shapes, random);
    }

    /// <summary>Scene number <paramref name="index"/> of the endless set that belongs to <paramref name="seed"/>.</summary>
    public static ShapesScene At(ulong seed, long index) => new(SplitMix64.For(seed, index));

    private static List<Shape> Draw(SplitMix64 random)
    {
        int draw = random.Below(100);
        int wanted = draw < 40 ? 1 : draw < 75 ? 2 : 3;
        int largest = wanted switch { 1 => 44, 2 => 30, _ => 24 };

        List<Shape> shapes = [];
        for (int attempt = 0; shapes.Count < wanted && attempt < 400; attempt++)
        {
            Shape shape = DrawShape(random, largest);
            if (!shapes.Any(s => s.Touches(shape, gap: 2) || (s.Kind == shape.Kind && s.Color == shape.Color))) shapes.Add(shape);
        }
        return shapes;
    }

    private static Shape DrawShape(SplitMix64 random, int largest)
    {
        const int smallest = 11; // Pixels; below this a circle and a square look alike.
        ShapeKind kind = random.Pick(Words.Kinds);
        ShapeColor color = random.Pick(Words.Colors);
        int width = random.Between(smallest, largest);
        int height = kind == ShapeKind.Circle || random.Chance(30) ? width : random.Between(smallest, largest);
        int left = random.Between(0, Size - width), top = random.Between(0, Size - height);
        return new(kind, color, Rasterizer.Jitter(Words.Rgb(color), 10, random), left, top, width, height,
            kind == ShapeKind.Triangle ? Corners(random, left, top, width, height) : []);
    }

    /// <summary>A triangle that fills its box: one corner on a box corner's side each, apex anywhere, either way up or on its side.</summary>
    private static Point[] Corners(SplitMix64 random, int left, int top, int width, int height)
    {
        int right = left + width - 1, bottom = top + height - 1;
        int x = random.Chance(50) ? (left + right) / 2 : random.Between(left, right);
        int y = random.Chance(50) ? (top + bottom) / 2 : random.Between(top, bottom);
        return random.Below(6) switch
        {
            <= 2 => [new(x, top), new(right, bottom), new(left, bottom)],
            3 => [new(x, bottom), new(left, top), new(right, top)],
            4 => [new(left, y), new(right, top), new(right, bottom)],
            _ => [new(right, y), new(left, bottom), new(left, top)],
        };
    }
}
