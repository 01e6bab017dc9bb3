namespace Das.Fuzz;

/// <summary>A value of Thrift's compact protocol (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md), which can be changed
/// and written again.</summary>
internal sealed class ThriftValue
{
    /// <summary>The type of a structure.</summary>
    public const int Structure = 12;

    private const int True = 1, False = 2, Byte = 3, Short = 4, Int = 5, Long = 6, Real = 7, Bytes = 8, List = 9;

    private static readonly long[] Interesting =
    [
        0, 1, -1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 19, 20, 100, 127, 255, 1000, 65536, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 40, long.MaxValue,
        long.MinValue,
    ];

    private int type;
    private int itemType;
    private long? claimed;
    private byte[] bytes = [];
    private List<(int Field, ThriftValue Value)> fields = [];

    /// <summary>Of a number or truth value.</summary>
    public long Number { get; set; }

    /// <summary>Of a list.</summary>
    public List<ThriftValue> Items { get; private set; } = [];

    /// <summary>This and what is in it.</summary>
    public IReadOnlyList<ThriftValue> All
    {
        get
        {
            List<ThriftValue> all = [this];
            for (int i = 0; i < all.Count; i++)
            {
                all.AddRange(all[i].fields.Select(f => f.Value));
                all.AddRange(all[i].Items);
            }
            return all;
        }
    }

    /// <summary>A field of a structure; null where it has none.</summary>
    public ThriftValue? this[int field] => fields.Find(f => f.Field == field).Value;

    /// <summary>Reads a value that is whole.</summary>
    public static ThriftValue Read(byte[] from, ref int at, int type)
    {
        ThriftValue value = new() { type = type };
        switch (type)
        {
            case True or False: break;
            case Byte: value.Number = from[at++]; break;
            case Short or Int or Long: value.Number = Signed(Unsigned(from, ref at)); break;
            case Real or Bytes:
                int length = type == Real ? sizeof(double) : (int)Unsigned(from, ref at);
                value.bytes = from[at..(at += length)];
                break;
            case List:
                byte head = from[at++];
                value.itemType = head & 0xf;
                for (long left = head >> 4 == 15 ? (long)Unsigned(from, ref at) : head >> 4; left > 0; left--)
                    value.Items.Add(Read(from, ref at, value.itemType is True or False ? Byte : value.itemType));
                break;
            case Structure:
                for (int field = 0; from[at++] is var next && next != 0;)
                {
                    field = next >> 4 == 0 ? (int)Signed(Unsigned(from, ref at)) : field + (next >> 4);
                    value.fields.Add((field, Read(from, ref at, next & 0xf)));
                }
                break;
            default: throw new InvalidDataException($"Thrift's type {type} is not known here.");
        }
        return value;
    }

    /// <summary>Appends it.</summary>
    public void Write(List<byte> to)
    {
        switch (type)
        {
            case Byte: to.Add((byte)Number); break;
            case Short or Int or Long: Unsigned(to, (ulong)((Number << 1) ^ (Number >> 63))); break;
            case Bytes or Real:
                if (type == Bytes) Unsigned(to, (ulong)(claimed ?? bytes.Length));
                to.AddRange(bytes);
                break;
            case List:
                long size = claimed ?? Items.Count;
                to.Add((byte)((size is >= 0 and < 15 ? size << 4 : 0xf0) | (uint)itemType));
                if (size is < 0 or >= 15) Unsigned(to, (ulong)size);
                foreach (ThriftValue item in Items) item.Write(to);
                break;
            case Structure:
                int last = 0;
                foreach ((int field, ThriftValue value) in fields)
                {
                    bool near = field - last is > 0 and < 16;
                    to.Add((byte)((near ? (field - last) << 4 : 0) | value.type));
                    if (!near) Unsigned(to, (ulong)((field << 1) ^ (field >> 31)));
                    value.Write(to);
                    last = field;
                }
                to.Add(0);
                break;
            default: break; // A truth value is its type.
        }
    }

    /// <summary>Changes it in one place.</summary>
    public void Change(SplitMix64 random)
    {
        switch (type)
        {
            case True or False: type = 3 - type; break;
            case Byte or Short or Int or Long:
                Number = random.Below(4) switch
                {
                    0 => Number + random.Below(9) - 4,
                    1 => Number ^ (1L << random.Below(40)),
                    2 => random.Below(16),
                    _ => random.Pick(Interesting),
                };
                if (random.Below(64) == 0) type = Byte + random.Below(4);
                break;
            case Bytes or Real:
                if (type == Bytes && random.Below(8) == 0) claimed = random.Pick(Interesting);
                else bytes = Mutation.Bytes(bytes, random, 0, bytes.Length);
                break;
            case List:
                switch (Items.Count == 0 ? 0 : random.Below(4))
                {
                    case 0 when random.Below(4) == 0: claimed = random.Pick(Interesting); break;
                    case 1: Items = [.. Items, random.Pick(Items)]; break;
                    case 2: Items = [.. Items.Where((_, i) => i != Items.Count - 1)]; break;
                    default: Items = [.. Items.AsEnumerable().Reverse()]; break;
                }
                break;
            default:
                if (fields.Count == 0) break;
                int at = random.Below(fields.Count);
                (int field, ThriftValue value) = fields[at];
                fields = random.Below(3) switch
                {
                    0 => [.. fields.Where((_, i) => i != at)],
                    1 => [.. fields[..at], (random.Below(20), value), .. fields[(at + 1)..]],
                    _ => [.. fields, (field + 1, random.Pick(fields).Value)],
                };
                break;
        }
    }

    private static ulong Unsigned(byte[] from, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = from[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }
    }

    private static void Unsigned(List<byte> to, ulong value)
    {
        for (; value >= 0x80; value >>= 7) to.Add((byte)(value | 0x80));
        to.Add((byte)value);
    }

    private static long Signed(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
