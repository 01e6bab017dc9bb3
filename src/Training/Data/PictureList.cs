using System.Security.Cryptography;

namespace Das.Training.Data;

/// <summary>The pictures of a split's places, numbered; a place is one of <see cref="SampleTable.Picture"/>.</summary>
/// <param name="Count">How many pictures there are.</param>
/// <param name="Picture">Number → picture, encoded.</param>
/// <param name="NumberOf">Place → its picture's number; negative where it has none.</param>
public sealed record PictureList(int Count, Func<int, ReadOnlyMemory<byte>> Picture, Func<int, int> NumberOf)
{
    /// <summary>A picture at every place.</summary>
    public static PictureList Of(SampleTable table) => new(table.Pictures, table.Picture, place => place);

    /// <summary>A picture at some places.</summary>
    public static PictureList Some(SampleTable table) => new(table.Pictures, table.Picture, place => table.Picture(place).IsEmpty ? -1 : place);

    /// <summary>A picture at some places, each once however many places show it.</summary>
    public static PictureList Different(SampleTable table)
    {
        string?[] contents = [.. Enumerable.Range(0, table.Pictures).AsParallel().AsOrdered()
            .Select(place => table.Picture(place) is { IsEmpty: false } picture ? Convert.ToHexString(SHA256.HashData(picture.Span)) : null)];
        Dictionary<string, int> numbers = [];
        List<int> places = [];
        for (int place = 0; place < contents.Length; place++)
            if (contents[place] is { } content && numbers.TryAdd(content, places.Count)) places.Add(place);
        int[] numberOf = [.. contents.Select(content => content is null ? -1 : numbers[content])];
        return new(places.Count, number => table.Picture(places[number]), place => numberOf[place]);
    }
}
