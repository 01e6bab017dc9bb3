using System.Text;
using Das.Models.Decoders;

namespace Das.Models.Export;

/// <summary>A decoder's GGUF file without some of its layers: nothing else is changed, and the others' tensors keep their bytes.</summary>
public static class GgufExport
{
    private const int Alignment = 32;

    private const string Layer = "blk.", MaskKey = "das.skip_module";

    /// <param name="source">A decoder's GGUF file.</param>
    /// <param name="path">The file to be written.</param>
    /// <param name="removed">The layers left out; those behind them move up.</param>
    /// <exception cref="DasException">The source is no such file or has not these layers, or the file cannot be written.</exception>
    public static void Write(string source, string path, SkipMask removed)
    {
        using GgufFile file = GgufFile.Open(source);
        Checkpoint.Open(source, GgufDecoder.Open).Dispose(); // refuses what is no decoder, and layers that are not numbered from 0 to the last
        string blocks = $"{file.Text("general.architecture")}.block_count";
        int layers = (int)file.Whole(blocks, 1, ModelBounds.Layers)!.Value;
        if (removed.Any(layer => layer >= layers) || removed.Count == layers)
            throw new DasException(ErrorKind.Usage, $"'{source}' has the layers 0 to {layers - 1}, of which {removed} cannot all be left out.");
        int[] moved = [.. Enumerable.Range(0, layers).Select(layer => removed.Contains(layer) ? -1 : layer - removed.Count(gone => gone < layer))];
        (string Name, GgufTensor Tensor)[] kept = [.. file.Header.Tensors.Select(tensor => (Renamed(tensor.Key, moved), tensor.Value))
            .Where(tensor => tensor.Item1 is not null).Select(tensor => (tensor.Item1!, tensor.Value))];
        string[] keys = [.. file.Keys.Where(key => key is not ("general.alignment" or MaskKey))];
        AtomicFile.Write(path, stream =>
        {
            using BinaryWriter writer = new(stream, Encoding.UTF8, leaveOpen: true);
            writer.Write("GGUF"u8);
            writer.Write(3u);
            writer.Write((ulong)kept.Length);
            writer.Write((ulong)keys.Length + 1);
            foreach (string key in keys)
            {
                GgufValue value = file.Header.Values[key];
                object content = file.Value(key)!;
                if (key == blocks) content = Convert.ChangeType(layers - removed.Count, content.GetType(), CultureInfo.InvariantCulture);
                WriteKey(writer, key, value, content);
            }
            WriteKey(writer, MaskKey, new(GgufValue.Text, 0, 1, 0), removed.ToString());
            WriteTensors(writer, file, kept);
        });
    }

    /// <summary>The name with its layer's new number; null where the layer is gone.</summary>
    private static string? Renamed(string name, int[] moved)
    {
        if (!name.StartsWith(Layer, StringComparison.Ordinal)) return name;
        string[] parts = name.Split('.', 3);
        int layer = moved[int.Parse(parts[1], CultureInfo.InvariantCulture)];
        return layer < 0 ? null : $"{Layer}{layer}.{parts[2]}";
    }

    private static void WriteTensors(BinaryWriter writer, GgufFile file, (string Name, GgufTensor Tensor)[] kept)
    {
        long offset = 0;
        foreach ((string name, GgufTensor tensor) in kept)
        {
            WriteText(writer, name);
            writer.Write((uint)tensor.Shape.Length);
            foreach (long size in tensor.Shape.Reverse()) writer.Write((ulong)size);
            writer.Write(tensor.Type.Id);
            writer.Write((ulong)offset);
            offset += Padded(tensor.Bytes);
        }
        Pad(writer, Padded(writer.BaseStream.Position) - writer.BaseStream.Position);
        foreach ((string _, GgufTensor tensor) in kept)
        {
            using (Stream bytes = file.Bytes(tensor)) bytes.CopyTo(writer.BaseStream);
            Pad(writer, Padded(tensor.Bytes) - tensor.Bytes);
        }
    }

    private static void WriteKey(BinaryWriter writer, string key, GgufValue value, object content)
    {
        WriteText(writer, key);
        writer.Write(value.Type);
        if (content is not Array entries)
        {
            WriteScalar(writer, content);
            return;
        }
        writer.Write(value.Entries);
        writer.Write((ulong)entries.Length);
        foreach (object entry in entries) WriteScalar(writer, entry);
    }

    /// <exception cref="DasException">An array in an array, which no decoder's metadata has.</exception>
    private static void WriteScalar(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case string text: WriteText(writer, text); break;
            case bool flag: writer.Write(flag); break;
            case byte number: writer.Write(number); break;
            case sbyte number: writer.Write(number); break;
            case ushort number: writer.Write(number); break;
            case short number: writer.Write(number); break;
            case uint number: writer.Write(number); break;
            case int number: writer.Write(number); break;
            case float number: writer.Write(number); break;
            case ulong number: writer.Write(number); break;
            case long number: writer.Write(number); break;
            case double number: writer.Write(number); break;
            default: throw new DasException(ErrorKind.Checkpoint, "The file's metadata hold an array of arrays, which is not exported.");
        }
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static long Padded(long length) => (length + Alignment - 1) / Alignment * Alignment;

    private static void Pad(BinaryWriter writer, long bytes) => writer.Write(new byte[bytes]);
}
