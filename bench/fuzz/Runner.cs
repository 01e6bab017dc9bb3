namespace Das.Fuzz;

/// <summary>Inputs of one reader, made and read in this process.</summary>
internal static class Runner
{
    /// <summary>Input <paramref name="index"/> of a campaign.</summary>
    public static byte[] Input(Reader reader, ulong seed, long index)
    {
        SplitMix64 random = SplitMix64.For(seed, index);
        return reader.Mutate(random.Pick(reader.Seeds), random);
    }

    /// <summary>Reads a stretch of a campaign's inputs.</summary>
    /// <param name="reader">What reads them.</param>
    /// <param name="seed">Of the campaign.</param>
    /// <param name="inputs">Their numbers, ascending.</param>
    /// <param name="begins">Told each number before it is read.</param>
    /// <param name="report">Given the counts now and then, and at the end.</param>
    public static void Run(Reader reader, ulong seed, IEnumerable<long> inputs, Action<long> begins, Action<Tally> report)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(),
            $"das-fuzz-{Guid.NewGuid():N}")).FullName;
        try
        {
            reader.Prepare(folder);
            Tally tally = new();
            Stopwatch watch = Stopwatch.StartNew();
            foreach (long index in inputs)
            {
                byte[] input = Input(reader, seed, index);
                File.WriteAllBytes(Path.Combine(folder, reader.File), input);
                begins(index);
                One(reader, folder, index, input.Length, tally);
                tally.Next = index + 1;
                if (watch.ElapsedMilliseconds < 1000) continue;
                Report();
                tally = new();
                watch.Restart();
            }
            Report();

            void Report()
            {
                tally.Seconds = watch.Elapsed.TotalSeconds;
                tally.PeakResident = Process.GetCurrentProcess().PeakWorkingSet64;
                report(tally);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Reads what lies in a folder and counts what came of it.</summary>
    public static void One(Reader reader, string folder, long index, long length, Tally tally)
    {
        long before = GC.GetAllocatedBytesForCurrentThread(), outside = 0;
        try
        {
            outside = reader.Read(folder);
            tally.Count(Outcome.Read);
            tally.PastHeader++;
        }
        catch (DasException refused)
        {
            tally.Count(Outcome.Refused);
            if (!reader.HeaderRefusals.Any(part => refused.Message.Contains(part, StringComparison.Ordinal))) tally.PastHeader++;
            tally.Sentences.Add(Tally.Shape(refused.Message.Replace(folder, "", StringComparison.Ordinal)));
        }
        catch (OutOfMemoryException e)
        {
            tally.Found(index, Outcome.Memory, e.Message);
        }
        catch (Exception e)
        {
            tally.Found(index, Outcome.Foreign, $"{e.GetType().Name}: {e.Message.Split('\n')[0]} {e.StackTrace?.Split('\n')[0].Trim()}");
        }
        long bytes = outside + GC.GetAllocatedBytesForCurrentThread() - before;
        if (bytes > tally.MostBytes) (tally.MostBytes, tally.MostBytesIndex) = (bytes, index);
        if (bytes > reader.Bound + (16 * length)) tally.Found(index, Outcome.Memory, $"took {bytes} bytes for {length}, where {reader.Bound} are the bound");
    }
}
