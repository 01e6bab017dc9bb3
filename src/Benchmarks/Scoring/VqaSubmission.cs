using System.Text.Encodings.Web;

namespace Das.Benchmarks.Scoring;

/// <summary>What the VQA server takes: a JSON list of question ids and answers, indented by 4 (method §2.8).</summary>
public static class VqaSubmission
{
    public static void Write(string file, IEnumerable<(long QuestionId, string Answer)> answers) => AtomicFile.Write(file, stream =>
    {
        using Utf8JsonWriter json = new(stream, new() { Indented = true, IndentSize = 4, NewLine = "\n", Encoder =
            JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartArray();
        foreach ((long question, string answer) in answers)
        {
            json.WriteStartObject();
            json.WriteNumber("question_id", question);
            json.WriteString("answer", answer);
            json.WriteEndObject();
            if (json.BytesPending > 1 << 16) json.Flush();
        }
        json.WriteEndArray();
    });
}
