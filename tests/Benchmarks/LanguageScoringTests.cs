namespace Das.Tests.Benchmarks;

public sealed class LanguageScoringTests
{
    private static LanguageSample Sample(string expected, params string[] letters) =>
        new("1", "", "", "", letters, letters, expected, default, new Dictionary<string, string>());

    private static LanguageBenchmark Of(string name) => (LanguageBenchmark)BenchmarkCatalog.Get(name);

    [Theory]
    [InlineData("The answer is 18.", "18", true, true)]
    [InlineData("The answer is 18.0.", "18", true, false)]
    [InlineData("The answer is -5.", "-5", true, false)]
    [InlineData("The answer is -5.", "5", false, true)]
    [InlineData("The answer is $-1,250.", "-1250", true, false)]
    [InlineData("The answer is -$3", "-3", true, false)]
    [InlineData("The answer is .5.", "0.5", true, false)]
    [InlineData("The answer is: 12", "12", true, false)]
    [InlineData("The answer is about 5 apples.", "5", true, true)]
    [InlineData("The answer is A-7.", "7", true, true)]
    [InlineData("The answer is 1,000,000 dollars.", "1000000", true, true)]
    [InlineData("The answer is 9. The answer is 8.", "8", false, false)]
    [InlineData("the answer is ,", "1", false, false)]
    [InlineData("The answer isn't 4", "4", false, false)]
    [InlineData("", "1", false, false)]
    public void A_number_is_right_by_its_value_and_as_published_by_its_spelling(string continuation, string expected, bool right, bool published)
    {
        Judgement judged = Of("gsm8k").Judge(Sample(expected), continuation);
        Assert.Equal((right, published), (judged.Right, judged.RightAsPublished));
    }

    [Fact]
    public void A_letter_that_is_no_choice_or_none_at_all_is_wrong()
    {
        Assert.True(Of("scienceqa").Judge(Sample("B", "A", "B"), " The answer is B. BECAUSE: A.").Right);
        Assert.Equal(new Judgement("E", false, false), Of("scienceqa").Judge(Sample("B", "A", "B"), "The answer is E."));
        Assert.Equal(new Judgement(null, false, false), Of("boolq").Judge(Sample("A", "A", "B"), "true"));
        Assert.True(Of("commonsenseqa").Judge(Sample("C", "A", "B", "C"), "Answer: C").Right);
    }

    [Fact]
    public void A_column_without_problems_is_empty_and_one_whose_subject_is_unknown_counts_in_the_others()
    {
        var columns = ScienceQaScores.Of(
        [
            (ScienceQaScores.Facts("natural science", "grade7", hasText: true, hasImage: false), true),
            (ScienceQaScores.Facts("", "", hasText: false, hasImage: true), false),
            (ScienceQaScores.Facts("language science", "grade12", hasText: false, hasImage: false), true),
        ]);
        Assert.Equal("NAT 1/1 SOC 0/0 LAN 1/1 TXT 1/1 IMG 0/1 NO 1/1 G1-6 0/0 G7-12 2/2 AVG 2/3",
            string.Join(' ', columns.Select(c => $"{c.Name} {Math.Round(c.Score.Mean * c.Score.Count)}/{c.Score.Count}")));
        Assert.Equal(0, columns[1].Score.Mean);
        Assert.Equal("AVG 0", string.Join(' ', ScienceQaScores.Of([]).Where(c => c.Name == "AVG").Select(c => $"{c.Name} {c.Score.Count}")));
    }

    [Fact]
    public void Lecture_and_explanation_are_what_their_letters_say_and_nothing_dangles_unless_as_published()
    {
        ScienceQaProblem problem = new("q", ["x", "y"], 1, "", "", "lecture", "solution"), bare = problem with { Lecture = "", Solution = "" };
        Assert.Equal("The answer is B. BECAUSE: lecture", ScienceQaPrompt.Training(problem, "QCM-AL").Target);
        Assert.Equal("The answer is B. BECAUSE: solution", ScienceQaPrompt.Training(problem, "QCM-AL", published: true).Target);
        Assert.Equal("The answer is B.", ScienceQaPrompt.Training(bare).Target);
        Assert.Equal("The answer is B. BECAUSE:", ScienceQaPrompt.Training(bare, published: true).Target);
        Refuses.Data("Did you mean 'QCM-ALE'?", () => ScienceQaPrompt.Training(bare, "QCM-ALEX"));
    }

    [Fact]
    public void An_expected_word_within_another_is_a_hit_only_as_published()
    {
        OpenAnswer answer = new(Open: false, "No", "It is normal.");
        Assert.Equal((false, true, false), (answer.Hit, answer.HitAsPublished, answer.Same));
        Assert.True(new OpenAnswer(Open: true, "Two", "there are 2 kidneys").Hit);
        Assert.Equal(0, OpenAnswerScores.Of([]).F1.Mean);
    }

    [Fact]
    public void Rows_that_share_anything_stay_on_one_side()
    {
        SplitMix64 random = new(2);
        for (int round = 0; round < 50; round++)
        {
            string[][] rows = [.. Enumerable.Range(0, 30).Select(_ => new[] { $"title {random.Below(20)}", $"passage {random.Below(20)}" })];
            (string[][] kept, string[][] held) = HoldOut.Draw(rows, r => r, 5, new SplitMix64((ulong)round));
            Assert.Equal(rows.Length, kept.Length + held.Length);
            Assert.True(held.Length >= 5);
            Assert.Empty(kept.SelectMany(k => k).Intersect(held.SelectMany(h => h)));
        }
    }
}
