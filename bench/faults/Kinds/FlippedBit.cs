namespace Das.Disturbances.Kinds;

/// <summary>One bit of a file that a stage left, or leaves for itself, is another one.</summary>
internal sealed record FlippedBit() : Kind("flip", Setting.Plain,
    "one flipped bit in a finished stage's file before it is used or reused, in the state that an unfinished stage resumes from, or in a kept tower")
{
    private const string Towers = "towers";

    public override Tiny Recipe(SplitMix64 random) => random.Chance(20) ? Tiny.Towers : Tiny.Shapes;

    public override Task PlayAsync(Play play, SplitMix64 random) => random.Below(play.Recipe == Tiny.Towers ? 1 : 3) switch
    {
        0 => BetweenAsync(play, random),
        1 => FinishedAsync(play, random),
        _ => UnfinishedAsync(play, random),
    };

    /// <summary>An input, when the stage's command leaves serve.</summary>
    private static async Task BetweenAsync(Play play, SplitMix64 random)
    {
        bool tower = play.Recipe == Tiny.Towers;
        string stage = tower ? PipelineStages.Finetune : random.Pick([PipelineStages.Search, PipelineStages.Finetune, PipelineStages.Evaluate]);
        string? flipped = null;
        Task<Passing?> asked = play.TrapAsync($"the command of {stage}", p => p.Act == Act.Publish && p.Message?.Asks == stage, passing =>
        {
            flipped = tower ? FlipOne(random, FilesIn(Path.Combine(play.Fleet.Artifacts.Folder, Towers)))
                : FlipOne(random, Inputs(play, passing.Message!, stage));
            return Task.FromResult(Verdict.Forward);
        });
        Task<Passing?> taken = play.Fleet.Traffic.NextAsync(p => p.Act == Act.Deliver && p.Message?.Asks == stage, play.Patience);
        await play.StartAsync();
        if (await asked is not null) Judge(play, flipped, await taken is not null, $"before {stage} read it");
    }

    /// <summary>Of a run whose stages are all finished, before another run reuses them.</summary>
    private static async Task FinishedAsync(Play play, SplitMix64 random)
    {
        await play.StartAsync(fresh: false);
        if (await Runs.EndedAsync(play.Fleet.Site, play.Run, play.Patience) is not { } first || Runs.StateOf(first) != Runs.Completed) return;
        string stage = random.Pick(PipelineStages.Das.Names);
        string folder = Path.GetDirectoryName(Path.Combine(play.Fleet.Artifacts.Folder, first["artifacts"]![stage]!["uri"]!.GetValue<string>()))!;
        string? flipped = FlipOne(random, Named(folder));
        await play.StartAsync(fresh: false);
        Passing? taken = await play.Fleet.Traffic.FirstAsync(p => p.Act == Act.Deliver && p.Message?.Asks == stage && p.Message.Run == play.Run, play.Patience);
        Judge(play, flipped, taken is not null, $"before {stage} was asked for again");
    }

    /// <summary>What a cancelled stage has left to go on from, before the run is retried.</summary>
    private static async Task UnfinishedAsync(Play play, SplitMix64 random)
    {
        play.Cancels = true;
        string stage = random.Chance(60) ? random.Pick([PipelineStages.Search, PipelineStages.Finetune]) : PipelineStages.Evaluate;
        double share = 0.2 + Share(random) * 0.6;
        Task<Service?> atWork = play.AtWorkAsync(stage, share);
        await play.StartAsync();
        if (await atWork is null || !await play.AskAsync("cancel", TimeSpan.FromSeconds(2))) return;
        await Runs.EndedAsync(play.Fleet.Site, play.Run, play.Patience);
        await play.Fleet.Traffic.FirstAsync(p => p.Act == Act.Publish && p.Message?.Answers == stage, play.Patience);
        string? folder = play.FolderOf(stage);
        bool finished = folder is null || File.Exists(Path.Combine(folder, ResultFiles.Stage));
        string? flipped = finished ? null : FlipOne(random, FilesIn(folder!));
        Task<Passing?> taken = play.Fleet.Traffic.NextAsync(p => p.Act == Act.Deliver && p.Message?.Asks == stage, play.Patience);
        if (!await play.AskAsync("retry", play.Patience)) return;
        Judge(play, flipped, await taken is not null, $"before {stage} went on from it");
    }

    private static void Judge(Play play, string? flipped, bool used, string when)
    {
        if (flipped is null) play.Miss("there was no file to damage");
        else if (used) play.Hit($"a bit of {flipped} flipped {when}");
        else play.Miss($"a bit of {flipped} flipped, and nobody came");
    }

    /// <summary>The files of a stage's inputs that this stage reads.</summary>
    private static IReadOnlyList<string> Inputs(Play play, Message command, string stage) =>
    [
        .. command.Content!.Select(member => (member.Value as JsonObject)?["uri"]?.GetValue<string>()).OfType<string>()
            .SelectMany(uri => Named(Path.GetDirectoryName(Path.Combine(play.Fleet.Artifacts.Folder, uri))!))
            .Where(file => Reads(stage, Path.GetFileNameWithoutExtension(file), Path.GetFileName(file))),
    ];

    /// <summary>Tables of other splits, and losses, are read by nobody.</summary>
    private static bool Reads(string stage, string name, string file) => file != ResultFiles.Losses && (!file.EndsWith(".arrow", StringComparison.Ordinal)
        || (stage switch
        {
            PipelineStages.Search => (string[])["train", "val"],
            PipelineStages.Finetune => ["train"],
            _ => ["test"],
        }).Any(split => name.Contains(split, StringComparison.Ordinal)));

    /// <summary>The result itself and what it names.</summary>
    private static IReadOnlyList<string> Named(string folder) => Path.Combine(folder, ResultFiles.Stage) is var result && File.Exists(result)
        ? [result, .. JsonNode.Parse(File.ReadAllBytes(result))!["files"]!.AsObject().Select(file => Path.Combine(folder, file.Key))] : [];

    /// <summary>All that lies there and is no lock and no log.</summary>
    private static IReadOnlyList<string> FilesIn(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) is var name && !name.StartsWith('.') && !name.EndsWith(".tmp", StringComparison.Ordinal)
                && name != Artifacts.StageWorkspace.LogName).Order(StringComparer.Ordinal)] : [];

    private static string? FlipOne(SplitMix64 random, IReadOnlyList<string> files)
    {
        List<string> whole = [.. files.Where(file => new FileInfo(file) is { Exists: true, Length: > 0 })];
        if (whole.Count == 0) return null;
        string file = random.Pick(whole);
        using FileStream stream = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        stream.Position = (long)(random.Next() % (ulong)stream.Length);
        (int value, int bit) = (stream.ReadByte(), random.Below(8));
        stream.Position--;
        stream.WriteByte((byte)(value ^ (1 << bit)));
        return $"{Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(file)))}/{Path.GetFileName(file)} (byte {stream.Position - 1}, bit {bit})";
    }
}
