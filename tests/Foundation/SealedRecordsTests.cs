namespace Das.Tests.Foundation;

public sealed class SealedRecordsTests : FolderTest
{
    private static readonly byte[][] Records = [[1, 2, 3], [], [.. Enumerable.Range(0, 60).Select(i => (byte)i)], [4], [5, 6]];

    [Fact]
    public void Whatever_byte_is_altered_the_records_before_it_stay_and_work_goes_on_behind_them()
    {
        byte[] whole = Written(folder["whole"]);
        long[] ends = [.. Ends()];
        for (int at = 0; at < whole.Length; at++)
        {
            byte[] altered = [.. whole];
            altered[at] ^= (byte)(1 << at % 8);
            AssertGoesOn(altered, ends.Count(end => end <= at));
        }
    }

    [Fact]
    public void Wherever_the_file_ends_its_whole_records_stay()
    {
        byte[] whole = Written(folder["whole"]);
        long[] ends = [.. Ends()];
        for (int length = 0; length < whole.Length; length++)
        {
            AssertGoesOn(whole[..length], ends.Count(end => end <= length));
            AssertGoesOn([.. whole[..length], .. new byte[100]], ends.Count(end => end <= length)); // as a failure of the power leaves it
        }
    }

    [Fact]
    public void Records_of_another_subject_are_cut_off_and_so_are_those_of_this_one_in_another_order()
    {
        byte[] whole = Written(folder["whole"]);
        List<byte[]> kept = [];
        File.WriteAllBytes(folder["found"], whole);
        using (SealedRecords other = new(folder["found"], "another subject", kept.Add)) Assert.Equal((0, (long)whole.Length), (other.Count, other.Cut));
        Assert.Empty(kept);
        long[] ends = [.. Ends()];
        AssertGoesOn([.. whole[(int)ends[0]..(int)ends[1]], .. whole[..(int)ends[0]], .. whole[(int)ends[1]..]], 0);
    }

    private void AssertGoesOn(byte[] found, int whole)
    {
        string path = folder["found"];
        File.WriteAllBytes(path, found);
        List<byte[]> kept = [];
        using (SealedRecords records = new(path, "subject", kept.Add))
        {
            Assert.Equal(Records[..whole], kept);
            foreach (byte[] record in Records[whole..]) records.Add(record);
        }
        Assert.Equal(File.ReadAllBytes(folder["whole"]), File.ReadAllBytes(path));
    }

    private static byte[] Written(string path)
    {
        using (SealedRecords records = new(path, "subject", _ => { }))
            foreach (byte[] record in Records) records.Add(record);
        return File.ReadAllBytes(path);
    }

    /// <summary>Where each record ends: its length, itself, its seal.</summary>
    private static IEnumerable<long> Ends()
    {
        long end = 0;
        foreach (byte[] record in Records) yield return end += 4 + record.Length + 32;
    }
}
