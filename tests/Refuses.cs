namespace Das.Tests;

/// <summary>Asserts that something is refused with a sentence of the expected kind.</summary>
internal static class Refuses
{
    public static DasException Usage(Action action) => Of(ErrorKind.Usage, action);
    public static DasException Recipe(Action action) => Of(ErrorKind.Recipe, action);
    public static DasException Data(Action action) => Of(ErrorKind.Data, action);
    public static DasException Checkpoint(Action action) => Of(ErrorKind.Checkpoint, action);
    public static DasException Storage(Action action) => Of(ErrorKind.Storage, action);
    public static DasException Machine(Action action) => Of(ErrorKind.Machine, action);
    public static Task<DasException> DataAsync(Func<Task> action) => OfAsync(ErrorKind.Data, action);

    public static DasException Of(ErrorKind kind, Action action)
    {
        DasException refused = Assert.Throws<DasException>(action);
        Assert.Equal(kind, refused.Kind);
        return refused;
    }

    public static async Task<DasException> OfAsync(ErrorKind kind, Func<Task> action)
    {
        DasException refused = await Assert.ThrowsAsync<DasException>(action);
        Assert.Equal(kind, refused.Kind);
        return refused;
    }
}
