using System.Security.Cryptography;

namespace Das.Training.Tasks;

/// <summary>The pictures of a table of texts, each once however many texts are about it.</summary>
/// <param name="Rows">The first row that shows each picture.</param>
/// <param name="Numbers">Of every row its picture's number, or -1 where it has none.</param>
internal sealed record DifferentPictures(IReadOnlyList<int> Rows, IReadOnlyList<int> Numbers)
{
    public static DifferentPictures Of(LanguageTable table)
    {
        string?[] contents = [.. Enumerable.Range(0, table.Count).AsParallel().AsOrdered()
            .Select(row => table.Image(row) is { IsEmpty: false } image ? Convert.ToHexString(SHA256.HashData(image.Span)) : null)];
        Dictionary<string, int> numbers = [];
        List<int> rows = [];
        for (int row = 0; row < contents.Length; row++)
            if (contents[row] is { } content && numbers.TryAdd(content, rows.Count)) rows.Add(row);
        return new(rows, [.. contents.Select(content => content is null ? -1 : numbers[content])]);
    }
}
