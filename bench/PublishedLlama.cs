using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Das.Bench;

/// <summary>
/// A LLaMA as Meta gives it out, of random values: <c>params.json</c> and <c>consolidated.00.pth</c>, a zip archive whose pickle
/// says where the bfloat16 numbers of each tensor lie.
/// </summary>
internal static class PublishedLlama
{
    /// <returns>The bytes of the weights' file.</returns>
    public static long Write(string folder, LlamaConfig config)
    {
        File.WriteAllText(Path.Combine(folder, "params.json"), $$"""
            {"dim": {{config.Dim}}, "multiple_of": {{config.MultipleOf}}, "n_heads": {{config.Heads}}, "n_layers": {{config.Layers}},
             "norm_eps": 1e-06, "vocab_size": -1}
            """);
        string file = Path.Combine(folder, "consolidated.00.pth");
        (string Name, long[] Shape)[] tensors = [.. Tensors(config)];
        RandomWeights weights = new();
        using (FileStream stream = new(file, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 20))
        using (ZipArchive archive = new(stream, ZipArchiveMode.Create))
        {
            using (Stream pickle = Entry("data.pkl")) pickle.Write(Pickle(tensors));
            for (int i = 0; i < tensors.Length; i++)
            {
                using Stream data = Entry($"data/{i}");
                weights.Write(data, tensors[i].Shape);
            }

            Stream Entry(string name) => archive.CreateEntry($"consolidated/{name}", CompressionLevel.NoCompression).Open();
        }
        return new FileInfo(file).Length;
    }

    private static IEnumerable<(string Name, long[] Shape)> Tensors(LlamaConfig config)
    {
        long D = config.Dim, hidden = config.HiddenSize;
        yield return ("tok_embeddings.weight", [config.VocabSize, D]);
        yield return ("norm.weight", [D]);
        yield return ("output.weight", [config.VocabSize, D]);
        for (int i = 0; i < config.Layers; i++)
        {
            foreach (string name in (string[])["wq", "wk", "wv", "wo"]) yield return ($"layers.{i}.attention.{name}.weight", [D, D]);
            yield return ($"layers.{i}.feed_forward.w1.weight", [hidden, D]);
            yield return ($"layers.{i}.feed_forward.w2.weight", [D, hidden]);
            yield return ($"layers.{i}.feed_forward.w3.weight", [hidden, D]);
            yield return ($"layers.{i}.attention_norm.weight", [D]);
            yield return ($"layers.{i}.ffn_norm.weight", [D]);
        }
        yield return ("rope.freqs", [config.Dim / config.Heads / 2]);
    }

    /// <summary>A dict from names to <c>torch._utils._rebuild_tensor_v2((storage, 0, shape, strides, …))</c> in Python's pickle protocol 2.</summary>
    private static byte[] Pickle((string Name, long[] Shape)[] tensors)
    {
        using MemoryStream program = new();
        Raw("\x80\x02}");
        for (int i = 0; i < tensors.Length; i++)
        {
            (string name, long[] shape) = tensors[i];
            Text(name);
            Raw("ctorch._utils\n_rebuild_tensor_v2\n((");
            Text("storage");
            Raw("ctorch\nBFloat16Storage\n");
            Text($"{i}");
            Text("cpu");
            Number(RandomWeights.Elements(shape));
            Raw("tQ");
            Number(0);
            Tuple(shape);
            Tuple(shape.Length == 1 ? [1] : [shape[1], 1]);
            Raw("\x89" + "ccollections\nOrderedDict\n)RtRs");
        }
        Raw(".");
        return program.ToArray();

        void Raw(string codes) => program.Write(Encoding.Latin1.GetBytes(codes));

        void Tuple(long[] numbers)
        {
            foreach (long number in numbers) Number(number);
            Raw(numbers.Length == 1 ? "\x85" : "\x86");
        }

        void Number(long number)
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, checked((int)number));
            Raw("J");
            program.Write(bytes);
        }

        void Text(string text)
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, text.Length);
            Raw("X");
            program.Write(bytes);
            Raw(text);
        }
    }
}
