namespace Das.Tests.Hostile;

/// <summary>Files made to harm, and inputs that people really bring.</summary>
internal static class Fixtures
{
    public static string Hostile(string file) => Path.Combine(Repository.Root, "tests", "fixtures", "hostile", file);

    public static string Case(string file) => Path.Combine(Repository.Root, "tests", "fixtures", "cases", file);

    /// <summary>The answer of work that may hang.</summary>
    public static async Task<T> InTime<T>(Func<T> work) => await Task.Run(work).WaitAsync(TimeSpan.FromSeconds(60), Token);

    /// <summary>The sentence with which work that may hang is refused.</summary>
    /// <param name="kind">Of the refusal.</param>
    /// <param name="work">Takes at most <paramref name="most"/> bytes of managed memory on its thread.</param>
    /// <param name="most">Bytes.</param>
    public static Task<string> Refused(ErrorKind kind, Action work, long most = 64 << 20) => InTime(() =>
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        string sentence = Refuses.Of(kind, work).Message;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, most);
        return sentence;
    });
}
