using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Das.Cli.Init;

/// <summary>A small text task of made questions, each with four choices: which word is of a kind? The same on every machine.</summary>
internal static class WordQuestions
{
    /// <summary>Questions of each split.</summary>
    private static readonly (string Split, int Count)[] Splits = [("train", 160), ("val", 24), ("test", 60)];

    private const int Choices = 4;
    private const ulong Seed = 17;

    private static readonly JsonSerializerOptions Plain = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly (string Kind, string[] Words)[] Kinds =
    [
        ("an animal", ["cat", "horse", "tiger", "rabbit", "eagle", "shark", "spider", "goat", "whale", "mouse"]),
        ("a colour", ["red", "green", "yellow", "purple", "brown", "white", "black", "grey", "pink", "blue"]),
        ("a number", ["two", "seven", "eleven", "twenty", "hundred", "nine", "three", "fifty", "six", "thousand"]),
        ("a fruit", ["apple", "banana", "cherry", "grape", "lemon", "mango", "peach", "pear", "plum", "melon"]),
        ("a tool", ["hammer", "saw", "drill", "spade", "chisel", "wrench", "pliers", "axe", "screwdriver", "rake"]),
        ("a part of the body", ["hand", "knee", "shoulder", "nose", "elbow", "ankle", "chin", "finger", "heel", "ear"]),
        ("a country", ["France", "Brazil", "Japan", "Kenya", "Norway", "Peru", "Egypt", "India", "Canada", "Spain"]),
        ("a thing to wear", ["shirt", "coat", "glove", "scarf", "boot", "hat", "sock", "jacket", "skirt", "belt"]),
    ];

    /// <summary>Writes the splits as JSON lines; what is there already and is the same stays as it is, so that nothing made of it is computed again.</summary>
    public static void Write(string folder)
    {
        SplitMix64 random = new(Seed);
        foreach ((string split, int count) in Splits)
        {
            StringBuilder lines = new();
            for (int i = 0; i < count; i++)
            {
                int[] kinds = [.. Enumerable.Range(0, Kinds.Length)];
                random.Shuffle<int>(kinds);
                string[] words = [.. kinds.Take(Choices).Select(kind => random.Pick(Kinds[kind].Words))];
                int right = random.Below(Choices);
                lines.Append(JsonSerializer.Serialize(new { question = $"Which of these words is {Kinds[kinds[right]].Kind}?", choices = words,
                    answer = words[right] }, Plain)).Append('\n');
            }
            string file = Path.Combine(folder, $"{split}.jsonl");
            byte[] text = Encoding.UTF8.GetBytes(lines.ToString());
            if (!File.Exists(file) || !File.ReadAllBytes(file).AsSpan().SequenceEqual(text)) AtomicFile.Write(file, text);
        }
    }
}
