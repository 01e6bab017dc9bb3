namespace Das.Tests;

/// <summary>Asserts that something is refused with a sentence of the expected kind, one that says a given text where there is one.</summary>
internal static class Refuses
{
    public static DasException Usage(Action action) => Of(ErrorKind.Usage, action);
    public static DasException Recipe(Action action) => Of(ErrorKind.Recipe, action);
    public static DasException Data(Action action) => Of(ErrorKind.Data, action);
    public static DasException Checkpoint(Action action) => Of(ErrorKind.Checkpoint, action);
    public static DasException Storage(Action action) => Of(ErrorKind.Storage, action);
    public static DasException Machine(Action action) => Of(ErrorKind.Machine, action);
    public static Task<DasException> DataAsync(Func<Task> action) => OfAsync(ErrorKind.Data, action);

    public static void Usage(string says, Action action) => Assert.Contains(says, Usage(action).Message);
    public static void Recipe(string says, Action action) => Assert.Contains(says, Recipe(action).Message);
    public static void Data(string says, Action action) => Assert.Contains(says, Data(action).Message);
    public static void Checkpoint(string says, Action action) => Assert.Contains(says, Checkpoint(action).Message);
    public static void Storage(string says, Action action) => Assert.Contains(says, Storage(action).Message);
    public static void Machine(string says, Action action) => Assert.Contains(says, Machine(action).Message);
    public static async Task DataAsync(string says, Func<Task> action) => Assert.Contains(says, (await DataAsync(action)).Message);

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

    /// <summary>Runs what may be refused, whatever the kind, but may fail in no other way.</summary>
    public static void OrAccepts(Action action)
    {
        Exception? thrown = Record.Exception(action);
        Assert.True(thrown is null or DasException, thrown?.ToString());
    }
}
