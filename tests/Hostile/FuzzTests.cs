using Das.Fuzz;
using Das.Fuzz.Readers;

namespace Das.Tests.Hostile;

/// <summary>A small share of the campaign of <c>bench/fuzz</c>.</summary>
public sealed class FuzzTests
{
    private const int Inputs = 200;

    private const ulong Seed = 7;

    public static TheoryData<string> Readers => [.. Reader.All.Select(reader => reader.Name)];

    [Theory]
    [MemberData(nameof(Readers))]
    public async Task Mutations_of_valid_files_are_read_or_refused_in_a_sentence_within_the_bound_on_memory(string name)
    {
        Reader reader = Reader.Get(name);
        Tally all = new();
        await Fixtures.InTime(() =>
        {
            Runner.Run(reader, Seed, Enumerable.Range(0, Inputs).Select(i => (long)i), _ => { }, all.Add);
            return 0;
        });
        Assert.True(all.Findings.Count == 0, string.Join('\n', all.Findings.Select(found => $"{found.Index} {found.Outcome}: {found.What}")));
        Assert.Equal(Inputs, all.Next);
        Assert.InRange(all.PastHeader, 0.3 * Inputs, Inputs);
    }

    [Fact]
    public void The_same_seed_makes_the_same_inputs()
    {
        foreach (Reader reader in Reader.All) Assert.Equal(Runner.Input(reader, Seed, 5), Runner.Input(reader, Seed, 5));
    }
}
