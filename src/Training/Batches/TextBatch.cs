namespace Das.Training.Batches;

/// <summary>Texts as one table, as wide as the longest of them: the columns that would be padding in every row are left out.</summary>
/// <param name="Ids">(B, T) row by row, padded with the tokenizer's padding id.</param>
/// <param name="Mask">(B, T), 1 where a token is.</param>
/// <param name="Count">B.</param>
/// <param name="Length">T.</param>
public sealed record TextBatch(long[] Ids, long[] Mask, int Count, int Length)
{
    public static TextBatch Of(Tokenizer tokenizer, IEnumerable<string> texts, int maxLength)
    {
        (long[] Ids, long[] Mask)[] rows = [.. texts.Select(text => tokenizer.Encode(text, maxLength))];
        int length = rows.Max(row => (int)row.Mask.Sum());
        return new([.. rows.SelectMany(row => row.Ids.Take(length))], [.. rows.SelectMany(row => row.Mask.Take(length))], rows.Length, length);
    }

    /// <summary>Tokens of row <paramref name="row"/>, without padding.</summary>
    public Span<long> Row(int row) => Ids.AsSpan(row * Length, (int)Mask.AsSpan(row * Length, Length).ToArray().Sum());

    public (Tensor Ids, Tensor Mask) ToTensors(Device device) => (tensor(Ids, Count, Length).to(device), tensor(Mask, Count, Length).to(device));
}
