namespace Das.Reports.Plots;

/// <summary>A drawing in pixels, and the margins around what it draws.</summary>
public sealed record ChartArea(int Width, int Height, int Left, int Right, int Top, int Bottom)
{
    /// <summary>The coordinate of a share of the horizontal axis, from 0 at its beginning to 1.</summary>
    public double X(double share) => Left + share * (Width - Left - Right);

    /// <summary>The coordinate of a share of the vertical axis, from 0 at the bottom to 1.</summary>
    public double Y(double share) => Height - Bottom - share * (Height - Bottom - Top);
}
