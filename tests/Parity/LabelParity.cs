using System.Text.Json;
using Das.Benchmarks.Text;

namespace Das.Tests.Parity;

/// <summary>VQA's answers and soft labels.</summary>
internal static class LabelParity
{
    public static void Normalized(ParityCase recorded)
    {
        foreach (JsonElement pair in recorded.Read().GetProperty("pairs").EnumerateArray())
            Assert.Equal(pair[1].GetString(), AnswerNormalizer.Normalize(pair[0].GetString()!));
    }
}
