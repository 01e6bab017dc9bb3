namespace Das.Benchmarks.Catalog.Shapes;

public enum ShapeKind { Circle, Rectangle, Triangle }

public enum ShapeColor { Red, Green, Blue, Yellow, Teal, Brown, Black, Gray }

/// <summary>How one shape lies to another; "left of" means wholly left of it.</summary>
public enum Relation { LeftOf, RightOf, Above, Below }

/// <summary>An integer pixel position.</summary>
public readonly record struct Point(int X, int Y);

/// <summary>One coloured shape in a box of whole pixels, [Left, Right] x [Top, Bottom] with both ends included.</summary>
/// <param name="Kind">What it is; a square is a rectangle with equal sides.</param>
/// <param name="Color">What it is called.</param>
/// <param name="Rgb">What it is painted with: 0xRRGGBB near the colour's pure value.</param>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Corners">A triangle's corners; empty otherwise.</param>
public sealed record Shape(ShapeKind Kind, ShapeColor Color, int Rgb, int Left, int Top, int Width, int Height, IReadOnlyList<Point> Corners)
{
    public int Right => Left + Width - 1;
    public int Bottom => Top + Height - 1;
    public bool IsSquare => Kind == ShapeKind.Rectangle && Width == Height;

    /// <summary>True when the boxes are closer than <paramref name="gap"/> pixels.</summary>
    public bool Touches(Shape other, int gap) =>
        Left - gap <= other.Right && other.Left - gap <= Right && Top - gap <= other.Bottom && other.Top - gap <= Bottom;

    public bool Is(Relation relation, Shape other) => relation switch
    {
        Relation.LeftOf => Right < other.Left,
        Relation.RightOf => Left > other.Right,
        Relation.Above => Bottom < other.Top,
        _ => Top > other.Bottom,
    };

    /// <summary>True when the whole shape is in that half of the picture.</summary>
    public bool LiesIn(Relation half) => half switch
    {
        Relation.LeftOf => Right < ShapesScene.Width / 2,
        Relation.RightOf => Left >= ShapesScene.Width / 2,
        Relation.Above => Bottom < ShapesScene.Height / 2,
        _ => Top >= ShapesScene.Height / 2,
    };
}

/// <summary>The words of the shapes benchmark; kinds, colours and yes/no are easy-VQA's answers.</summary>
internal static class Words
{
    public static readonly ShapeKind[] Kinds = Enum.GetValues<ShapeKind>();
    public static readonly ShapeColor[] Colors = Enum.GetValues<ShapeColor>();
    public static readonly Relation[] Relations = Enum.GetValues<Relation>();

    public static string Of(ShapeKind kind) => kind switch { ShapeKind.Circle => "circle", ShapeKind.Rectangle => "rectangle", _ => "triangle" };

    public static string Of(ShapeColor color) => color switch
    {
        ShapeColor.Red => "red",
        ShapeColor.Green => "green",
        ShapeColor.Blue => "blue",
        ShapeColor.Yellow => "yellow",
        ShapeColor.Teal => "teal",
        ShapeColor.Brown => "brown",
        ShapeColor.Black => "black",
        _ => "gray",
    };

    public static string Of(Relation relation) => relation switch
    {
        Relation.LeftOf => "to the left of",
        Relation.RightOf => "to the right of",
        Relation.Above => "above",
        _ => "below",
    };

    public static string Half(Relation half) => half switch
    {
        Relation.LeftOf => "on the left",
        Relation.RightOf => "on the right",
        Relation.Above => "at the top",
        _ => "at the bottom",
    };

    public static Relation Opposite(Relation relation) => relation switch
    {
        Relation.LeftOf => Relation.RightOf,
        Relation.RightOf => Relation.LeftOf,
        Relation.Above => Relation.Below,
        _ => Relation.Above,
    };

    public static string OfCount(int count) => count switch { 1 => "one", 2 => "two", _ => "three" };

    public static int Rgb(ShapeColor color) => color switch
    {
        ShapeColor.Red => 0xF00A0A,
        ShapeColor.Green => 0x0AB40A,
        ShapeColor.Blue => 0x0A0AF0,
        ShapeColor.Yellow => 0xF0F00A,
        ShapeColor.Teal => 0x0A8C8C,
        ShapeColor.Brown => 0x8C3C14,
        ShapeColor.Black => 0x0A0A0A,
        _ => 0x808080,
    };
}
