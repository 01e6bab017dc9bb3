namespace Das.Tests.Reports;

public sealed class PredictionsTests : FolderTest
{
    private string Write(string text) => folder.Write("predictions.jsonl", text);

    /// <summary>As they are written, and as they were before lines named their task.</summary>
    public static TheoryData<string, ShownPrediction> Forms => new()
    {
        { """{"question_id":12,"image_id":"7","question":"which?","answer":"red","expected":["red","rose"],"score":0.3}""",
            new("", "12", .3, "which?", "7", "red, rose", "red") },
        { """{"split":"dev","identifier":"test-3-0","sentence":"It is red.","answer":true,"expected":false,"score":0}""",
            new("dev", "test-3-0", 0, "It is red.", "test-3-0", "false", "true") },
        { """{"task":"nlvr2","split":"dev","identifier":"test-3-0","sentence":"It is red.","answer":true,"expected":false,"score":0}""",
            new("dev", "test-3-0", 0, "It is red.", "test-3-0", "false", "true") },
        { """{"id":"t7","query":"2 + 2?","continuation":" 4.","answer":"4","expected":"4","score":1,"letters":[],"likelihoods":[]}""",
            new("", "t7", 1, "2 + 2?", "t7", "4", "4") },
        { """{"id":"t7","query":"2 + 2?","continuation":"well","answer":null,"expected":"4","score":0,"letters":[],"likelihoods":[]}""",
            new("", "t7", 0, "2 + 2?", "t7", "4", "no answer: well") },
        { """{"query":"caption","caption":"a boy","image_id":"1.jpg","rank":4}""", new("caption", "1.jpg", 4, "a boy", "1.jpg", "1.jpg", "rank 5") },
        { """{"query":"image","image_id":"1.jpg","rank":2147483647}""", new("image", "1.jpg", int.MaxValue, "", "1.jpg", "one of its captions", "not found") },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Each_of_the_four_forms_is_a_question_with_its_answer(string line, ShownPrediction expected)
    {
        string path = Write(line + "\n");
        Assert.Equal([(0L, expected)], PredictionFile.Read(path));
    }

    [Fact]
    public void A_prediction_is_found_again_where_its_line_begins_also_across_portions()
    {
        string[] lines = [.. EvaluatedRuns.Lines([.. Enumerable.Range(0, 3000).Select(i => i % 2.0)])];
        string path = Write(string.Join('\n', lines) + "\n");
        List<(long Offset, ShownPrediction Prediction)> read = [.. PredictionFile.Read(path)];
        Assert.Equal(Enumerable.Range(0, 3000).Select(i => $"{i}"), read.Select(line => line.Prediction.Id));
        Assert.All(read.Where((_, i) => i % 500 == 1), line => Assert.Equal(line.Prediction, PredictionFile.At(path, line.Offset)));
    }

    [Theory]
    [InlineData("{\"rank\":-1,\"query\":\"image\",\"image_id\":\"1\"}\n",
        "line 2, is no prediction: rank is no number of results before the right one. Evaluate again.")]
    [InlineData("{\"question_id\":1,\"score\":2}\n", "line 2, is no prediction: score is no number from 0 to 1")]
    [InlineData("{\"question_id\":1,\"score\":\"NaN\"}\n", "line 2, is no prediction: score is no number from 0 to 1")]
    [InlineData("{\"question_id\":1,\"score\":1}\n", "line 2, is no prediction: the member question is missing")]
    [InlineData("[]\n", "line 2, is no prediction: expected an object, found Array")]
    [InlineData("{}\n", "line 2, is no prediction: expected one of the members question_id, identifier, rank and id")]
    [InlineData("not json\n", "line 2, is no prediction: ")]
    [InlineData("\n", "line 2, is no prediction: ")]
    [InlineData("{\"id\":{},\"query\":\"\",\"score\":1}\n", "line 2, is no prediction: an object stands where a text is expected")]
    [InlineData("{\"question_id\":1,\"sco", "is cut off: its last line")]
    public void A_damaged_file_is_answered_with_a_sentence_that_names_file_and_line(string line, string sentence)
    {
        string path = Write(EvaluatedRuns.Lines([1]).Single() + "\n" + line);
        DasException damaged = Assert.Throws<DasException>(() => PredictionFile.Read(path).Count());
        Assert.StartsWith(path, damaged.Message);
        Assert.Contains(sentence, damaged.Message);
    }

    [Fact]
    public void A_line_without_end_does_not_fill_the_memory()
    {
        string path = Write(new string('x', 3 * PredictionFile.LongestLine));
        Assert.Contains($"is longer than {PredictionFile.LongestLine} bytes", Assert.Throws<DasException>(() => PredictionFile.Read(path).Count()).Message);
    }
}
