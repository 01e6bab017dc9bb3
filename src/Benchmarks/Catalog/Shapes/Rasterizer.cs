namespace Das.Benchmarks.Catalog.Shapes;

/// <summary>Paints scenes pixel by pixel in integers: no anti-aliasing, no graphics library, the same bits everywhere.</summary>
internal static class Rasterizer
{
    private const int Size = ShapesScene.Size;

    public static byte[] Paint(IReadOnlyList<Shape> shapes, SplitMix64 random)
    {
        byte[] pixels = Background(random);
        foreach (Shape shape in shapes)
            for (int y = shape.Top; y <= shape.Bottom; y++)
                for (int x = shape.Left; x <= shape.Right; x++)
                    if (Covers(shape, x, y)) Set(pixels, x, y, shape.Rgb);
        return pixels;
    }

    /// <summary><paramref name="rgb"/> with every channel moved by at most <paramref name="by"/>.</summary>
    public static int Jitter(int rgb, int by, SplitMix64 random)
    {
        int r = Math.Clamp(((rgb >> 16) & 255) + random.Between(-by, by), 0, 255);
        int g = Math.Clamp(((rgb >> 8) & 255) + random.Between(-by, by), 0, 255);
        int b = Math.Clamp((rgb & 255) + random.Between(-by, by), 0, 255);
        return (r << 16) | (g << 8) | b;
    }

    private static bool Covers(Shape shape, int x, int y) => shape.Kind switch
    {
        ShapeKind.Rectangle => true,
        ShapeKind.Circle => InCircle(2 * (x - shape.Left) + 1 - shape.Width, 2 * (y - shape.Top) + 1 - shape.Width, shape.Width),
        _ => InTriangle(shape.Corners, x, y),
    };

    /// <summary>Twice the offset from the centre against the diameter: whole numbers.</summary>
    private static bool InCircle(int dx, int dy, int diameter) => dx * dx + dy * dy <= diameter * diameter;

    private static bool InTriangle(IReadOnlyList<Point> c, int x, int y)
    {
        int a = Side(c[0], c[1], x, y), b = Side(c[1], c[2], x, y), d = Side(c[2], c[0], x, y);
        return (a >= 0 && b >= 0 && d >= 0) || (a <= 0 && b <= 0 && d <= 0);
    }

    private static int Side(Point from, Point to, int x, int y) => (to.X - from.X) * (y - from.Y) - (to.Y - from.Y) * (x - from.X);

    /// <summary>Light: plain in half of the scenes, else a vertical gradient or a little noise.</summary>
    private static byte[] Background(SplitMix64 random)
    {
        byte[] pixels = new byte[Size * Size * 3];
        int top = Light(random), bottom = Light(random), style = random.Below(4);
        for (int y = 0; y < Size; y++)
        {
            int row = style == 2 ? Blend(top, bottom, y) : top;
            for (int x = 0; x < Size; x++) Set(pixels, x, y, style == 3 ? Jitter(row, 6, random) : row);
        }
        return pixels;
    }

    private static int Light(SplitMix64 random) => (random.Between(215, 255) << 16) | (random.Between(215, 255) << 8) | random.Between(215, 255);

    private static int Blend(int a, int b, int y)
    {
        int Channel(int shift) => ((((a >> shift) & 255) * (Size - 1 - y) + ((b >> shift) & 255) * y) / (Size - 1)) << shift;
        return Channel(16) | Channel(8) | Channel(0);
    }

    private static void Set(byte[] pixels, int x, int y, int rgb)
    {
        int at = (y * Size + x) * 3;
        pixels[at] = (byte)(rgb >> 16);
        pixels[at + 1] = (byte)(rgb >> 8);
        pixels[at + 2] = (byte)rgb;
    }
}
