namespace Das.Tests.Shared;

[Collection(nameof(Cli.DasHome))]
public sealed class DasHomeTests : FolderTest
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
        All = Owner | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private DasHome Home => new(folder["above/home"]);

    [Fact]
    public void A_home_is_made_for_its_owner_alone()
    {
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(Home.Root, Home.Made().Root);
        Assert.Equal(Owner, File.GetUnixFileMode(Home.Root));
        Assert.Null(Home.Exposed);
    }

    [Fact]
    public void A_home_that_others_may_enter_is_told_and_closed()
    {
        if (OperatingSystem.IsWindows()) return;
        Open();
        Assert.Equal($"{Home.Root} is open to other users of this machine (mode 755).", Home.Exposed);
        Assert.Null(Home.Made().Exposed);
        Assert.Equal(Owner, File.GetUnixFileMode(Home.Root));
    }

    [Fact]
    public void A_home_that_is_shared_on_purpose_stays_as_it_is()
    {
        if (OperatingSystem.IsWindows()) return;
        Open();
        Environment.SetEnvironmentVariable(DasHome.SharedVariable, "1");
        try
        {
            Assert.Null(Home.Made().Exposed);
            Assert.Equal(All, File.GetUnixFileMode(Home.Root));
        }
        finally { Environment.SetEnvironmentVariable(DasHome.SharedVariable, null); }
    }

    private void Open()
    {
        if (OperatingSystem.IsWindows()) return;
        Directory.CreateDirectory(Home.Root);
        File.SetUnixFileMode(Home.Root, All);
    }
}
