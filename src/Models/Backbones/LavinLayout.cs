namespace Das.Models.Backbones;

/// <summary>
/// Where every position of LaVIN's sequences comes from (spec §4.3): the modality token, the first token of the text, a prefix,
/// the vectors of an image, the rest of the text; cut at the longest sequence the model reads.
/// <code>
/// image    : [MOD] [BOS] "Image: " [vectors] rest
/// no image : [MOD] [BOS] "Image: N/A" rest
/// </code>
/// </summary>
internal sealed class LavinLayout
{
    private readonly LavinConfig config;
    private readonly int batch, columns;
    private readonly List<long> vectorPlaces = [], vectors = [];

    /// <param name="config">Prefixes, vectors per image and longest sequence.</param>
    /// <param name="lengths">Tokens of each text, its first included; at least 1.</param>
    /// <param name="hasImage">Which rows show an image.</param>
    /// <param name="columns">T: width of the table of tokens.</param>
    public LavinLayout(LavinConfig config, IReadOnlyList<int> lengths, IReadOnlyList<bool> hasImage, int columns)
    {
        (this.config, this.columns, batch) = (config, columns, lengths.Count);
        Lengths = [.. lengths.Select((length, b) => Math.Min(config.MaxLength, length + config.Inserted(hasImage[b])))];
        Width = Lengths.Max();
        Tokens = new long[batch * Width];
        Labels = new long[batch * Width];
        Array.Fill(Tokens, PadSlot);
        Array.Fill(Labels, IgnoredSlot);
        int images = 0;
        for (int b = 0; b < batch; b++) Fill(b, hasImage[b], hasImage[b] ? images++ : -1);
    }

    /// <summary>Valid positions of each row.</summary>
    public int[] Lengths { get; }

    /// <summary>S: positions of the longest row.</summary>
    public int Width { get; }

    /// <summary>B x S: where a position's token stands in the flattened table of tokens followed by both prefixes and one pad; positions that are no token point at the pad.</summary>
    public long[] Tokens { get; }

    /// <summary>B x S: where a position's label stands in the flattened table of labels followed by one that is ignored.</summary>
    public long[] Labels { get; }

    /// <summary>Positions, row by row, of the modality tokens.</summary>
    public long[] ModalityPlaces => [.. Enumerable.Range(0, batch).Select(b => (long)b * Width)];

    /// <summary>Positions of what is shown of images.</summary>
    public long[] VectorPlaces => [.. vectorPlaces];

    /// <summary>Which vector stands at each of them, counted over the rows with an image.</summary>
    public long[] Vectors => [.. vectors];

    private long IgnoredSlot => (long)batch * columns;

    private long PadSlot => IgnoredSlot + config.ImagePrefix.Length + config.NoImagePrefix.Length;

    private void Fill(int row, bool image, int imageIndex)
    {
        int[] prefix = image ? config.ImagePrefix : config.NoImagePrefix;
        int vectorsFrom = 2 + prefix.Length, inserted = config.Inserted(image);
        for (int p = 1; p < Lengths[row]; p++)
        {
            int place = (row * Width) + p;
            if (p >= 2 && p < vectorsFrom) Tokens[place] = IgnoredSlot + (image ? 0 : config.ImagePrefix.Length) + p - 2;
            else if (p >= 2 && p <= inserted)
            {
                vectorPlaces.Add(place);
                vectors.Add(((long)imageIndex * config.ImageVectors) + p - vectorsFrom);
            }
            else Tokens[place] = Labels[place] = ((long)row * columns) + (p == 1 ? 0 : p - inserted);
        }
    }
}
