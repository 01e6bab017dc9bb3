using MudBlazor;

namespace Das.Site.Pages.Layout;

/// <summary>The colours of the pages. Text on its ground has a contrast of at least 4.5 in both.</summary>
internal static class SiteTheme
{
    public static MudTheme Colours { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#2b55b7", Secondary = "#9c3d00", Info = "#0b6080", Success = "#1e6b2f", Warning = "#8a5300", Error = "#b3261e",
            Background = "#fafafb", Surface = "#ffffff", AppbarBackground = "#ffffff", AppbarText = "#20242b",
            TextPrimary = "#20242b", TextSecondary = "#4d5562", ActionDefault = "#4d5562", LinesDefault = "#d9dde3", TableLines = "#e3e6eb",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#9db8ff", Secondary = "#ffb184", Info = "#7fd0ee", Success = "#86d698", Warning = "#f2c063", Error = "#ffb4ab",
            PrimaryContrastText = "#101728", SecondaryContrastText = "#26140a", InfoContrastText = "#06202b", SuccessContrastText = "#08210f",
                WarningContrastText = "#261a05", ErrorContrastText = "#2d0b08",
            Background = "#14171c", Surface = "#1c2027", AppbarBackground = "#1c2027", AppbarText = "#e6e9ee", DrawerBackground = "#1c2027",
            TextPrimary = "#e6e9ee", TextSecondary = "#b3bac6", ActionDefault = "#b3bac6", LinesDefault = "#343b46", TableLines = "#2b313b",
        },
        Typography = new Typography { Default = new DefaultTypography { FontFamily = ["system-ui", "Segoe UI", "Roboto", "sans-serif"] } },
    };
}
