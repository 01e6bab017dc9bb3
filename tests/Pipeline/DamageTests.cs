namespace Das.Tests.Pipeline;

/// <summary>The whole program on a store of which one bit in every file was flipped.</summary>
public sealed class DamageTests : FolderTest
{
    [Fact]
    public async Task A_bit_in_any_file_of_any_stage_is_found_and_the_next_run_makes_the_same_bits_again()
    {
        string home = folder["home"], before = folder["before"], artifacts = Path.Combine(home, "artifacts");
        Assert.Equal(0, (await DasProcess.RunAsync(home, DasProcess.TinyRun)).ExitCode);
        foreach (string file in DasProcess.Results(home))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(before, file))!);
            File.Copy(Path.Combine(home, file), Path.Combine(before, file));
        }
        string[] results = Directory.GetFiles(artifacts, ResultFiles.Stage, SearchOption.AllDirectories);
        foreach (string result in results)
        {
            string copied = Path.Combine(before, Path.GetRelativePath(home, result));
            File.Copy(result, copied);
            string[] place = Path.GetRelativePath(artifacts, result).Split(Path.DirectorySeparatorChar);
            (string stage, string key) = (place[0], place[1]);
            Assert.NotNull(new ArtifactStore(artifacts, new()).Find(stage, key, cancellation: Token).Finished);
            foreach (string name in StageResult.Parse(File.ReadAllBytes(result)).Files.Keys.Append(ResultFiles.Stage))
            {
                string file = Path.Combine(Path.GetDirectoryName(result)!, name);
                long at = new FileInfo(file).Length / 3;
                Flip.Bit(file, at);
                FoundStage found = new ArtifactStore(artifacts, new()).Find(stage, key, cancellation: Token);
                Assert.Equal((null, name), (found.Finished, Assert.Single(found.Damage).File));
                if (name != ResultFiles.Stage) Flip.Bit(file, at);
            }
            Flip.Bit(result, new FileInfo(result).Length / 3);
            Assert.NotNull(new ArtifactStore(artifacts, new()).Find(stage, key, cancellation: Token).Finished);
        }
        Assert.Equal(4, results.Length);

        string[] files = DasProcess.Results(home);
        foreach (string file in files) Flip.Bit(Path.Combine(home, file), new FileInfo(Path.Combine(home, file)).Length / 2);
        (int exitCode, string said) = await DasProcess.RunAsync(home, "verify", "--all", "--json");
        Assert.Equal(1, exitCode);
        Assert.All(files, file => Assert.Contains($"\"file\": \"{Path.GetFileName(file)}\"", said));

        (int again, string output) = await DasProcess.RunAsync(home, DasProcess.TinyRun);
        Assert.True(again == 0, output);
        DasProcess.AssertSameResults(before, home);
    }
}
