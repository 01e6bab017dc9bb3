using System.Text;

namespace Das.Models.Checkpoints;

/// <summary>
/// Runs the part of the pickle machine (protocols 2 to 5) that torch.save uses. It builds plain values; every call of
/// a Python function is answered by <see cref="TorchGlobals"/> or becomes an inert <see cref="PickleOpaque"/>. Each
/// step costs constant time and memory, and there is no recursion, so a file costs at most its own size times a constant.
/// </summary>
internal ref struct PickleReader(ReadOnlySpan<byte> data)
{
    /// <summary>A full-size checkpoint with optimizer states takes some 100 thousand.</summary>
    private const int MostSteps = 1_000_000;

    private const int LongestGlobal = 512;

    private readonly ReadOnlySpan<byte> data = data;
    private readonly List<object?> stack = [];
    private readonly Stack<int> marks = [];
    private readonly Dictionary<uint, object?> memo = new(SpreadKeys<uint>.Instance);
    private int at;

    /// <summary>The value of the whole pickle.</summary>
    /// <exception cref="InvalidDataException">The pickle is damaged or uses something no torch.save file uses.</exception>
    public object? Read()
    {
        for (int step = 0; step < MostSteps; step++)
        {
            byte code = Byte();
            if (code == '.') return Pop();
            Step(code);
        }
        throw Broken($"takes more than {MostSteps} steps");
    }

    private void Step(byte code)
    {
        switch (code)
        {
            case 0x80: if (Byte() is < 2 or > 5) throw Broken("is not of protocol 2 to 5"); break;
            case 0x95: Take(8); break; // FRAME
            case (byte)'(': marks.Push(stack.Count); break;
            case (byte)'0': if (marks.TryPeek(out int floor) && floor == stack.Count) marks.Pop(); else Pop(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'2': Push(Peek()); break;

            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case (byte)'K': Push((long)Byte()); break;
            case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case 0x8a: Push(Integer(Take(Byte()))); break;
            case 0x8b: Push(Integer(Take(U32()))); break;
            case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;

            case (byte)'X': Push(Text(Take(U32()))); break;
            case 0x8c: Push(Text(Take(Byte()))); break;
            case 0x8d: Push(Text(Take(U64()))); break;
            case (byte)'T': Push(Encoding.Latin1.GetString(Take(U32()))); break;
            case (byte)'U': Push(Encoding.Latin1.GetString(Take(Byte()))); break;
            case (byte)'B': Push(Take(U32()).ToArray()); break;
            case (byte)'C': Push(Take(Byte()).ToArray()); break;
            case 0x8e or 0x96: Push(Take(U64()).ToArray()); break;

            case (byte)']' or 0x8f: Push(new List<object?>()); break;
            case (byte)'l' or 0x91: Push(PopToMark().ToList()); break;
            case (byte)'a': Append(Pop()); break;
            case (byte)'e' or 0x90: foreach (object? item in PopToMark()) Append(item); break;
            case (byte)'}': Push(new PickleDict()); break;
            case (byte)'d': NewDict(PopToMark()); break;
            case (byte)'s': { object? value = Pop(); Set(Pop(), value); break; }
            case (byte)'u': SetAll(PopToMark()); break;
            case (byte)')': Push(Array.Empty<object?>()); break;
            case 0x85: Push(PopMany(1)); break;
            case 0x86: Push(PopMany(2)); break;
            case 0x87: Push(PopMany(3)); break;
            case (byte)'t': Push(PopToMark()); break;

            case (byte)'h': Push(Recall(Byte())); break;
            case (byte)'j': Push(Recall(U32())); break;
            case (byte)'q': memo[Byte()] = Peek(); break;
            case (byte)'r': memo[U32()] = Peek(); break;
            case 0x94: memo[(uint)memo.Count] = Peek(); break;

            case (byte)'c': Push(Global(Line(), Line())); break;
            case 0x93: { object? name = Pop(), module = Pop(); Push(Global(module as string, name as string)); break; }
            case (byte)'R' or 0x81: Call(Pop()); break;
            case 0x92: Pop(); Call(Pop()); break; // NEWOBJ_EX: keyword arguments are dropped
            case (byte)'b': Build(Pop()); break;
            case (byte)'Q': Push(TorchGlobals.Storage(Pop()) ?? throw Broken("names a storage in a way torch.save never does")); break;
            default: throw Broken($"uses operation 0x{code:x2}, which torch.save never does,");
        }
    }

    private readonly void Call(object? arguments)
    {
        if (arguments is not object?[] tuple) throw Broken("calls something without a tuple of arguments");
        Push(Pop() switch
        {
            PickleGlobal global => TorchGlobals.Call(global, tuple),
            PickleOpaque opaque => new PickleOpaque(opaque.Global),
            _ => throw Broken("calls something that is not a class or function"),
        });
    }

    private readonly void Build(object? state)
    {
        if (Peek() is PickleOpaque opaque) opaque.Attributes ??= state as PickleDict;
    }

    private readonly void NewDict(object?[] pairs)
    {
        Push(new PickleDict());
        SetAll(pairs);
    }

    private readonly void SetAll(object?[] pairs)
    {
        if (pairs.Length % 2 != 0) throw Broken("sets a key without a value");
        for (int i = 0; i < pairs.Length; i += 2) Set(pairs[i], pairs[i + 1]);
    }

    private readonly void Set(object? key, object? value)
    {
        PickleDict target = Peek() switch
        {
            PickleDict dict => dict,
            PickleOpaque opaque => opaque.Attributes ??= new(),
            _ => throw Broken("sets a key of something that is not a dict"),
        };
        if (key is not string name) return;
        if (name.Length > PickleDict.LongestKey) throw Broken($"has a key of {name.Length} characters");
        target.Items[name] = value;
    }

    private readonly void Append(object? item)
    {
        if (Peek() is List<object?> list) list.Add(item);
        else if (Peek() is not PickleOpaque) throw Broken("appends to something that is not a list");
    }

    private readonly PickleGlobal Global(string? module, string? name) =>
        module is { Length: <= LongestGlobal } && name is { Length: <= LongestGlobal } ? new(module, name)
            : throw Broken("names a class or function by something else than two short texts");

    /// <summary>Integers beyond 64 bits are of no use here and stay opaque.</summary>
    private static object Integer(ReadOnlySpan<byte> little)
    {
        if (little.Length > 8) return new PickleOpaque("int");
        long value = little.Length > 0 && (little[^1] & 0x80) != 0 ? -1 : 0;
        for (int i = little.Length - 1; i >= 0; i--) value = (value << 8) | little[i];
        return value;
    }

    private readonly object? Recall(uint key) => memo.TryGetValue(key, out object? value) ? value : throw Broken("recalls a value it never stored");

    private readonly void Push(object? value) => stack.Add(value);

    private readonly object? Peek() => stack.Count > Floor ? stack[^1] : throw Broken("takes a value where there is none");

    private readonly object? Pop()
    {
        object? value = Peek();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private readonly object?[] PopMany(int count)
    {
        if (stack.Count - count < Floor) throw Broken("takes a value where there is none");
        object?[] values = new object?[count];
        stack.CopyTo(stack.Count - count, values, 0, count);
        stack.RemoveRange(stack.Count - count, count);
        return values;
    }

    private readonly object?[] PopToMark() => marks.TryPop(out int mark) ? PopManyFrom(mark) : throw Broken("closes a group it never opened");

    private readonly object?[] PopManyFrom(int mark) => PopMany(stack.Count - mark);

    private readonly int Floor => marks.TryPeek(out int mark) ? mark : 0;

    private byte Byte() => Take(1)[0];

    private uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    private ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(data.Length - at)) throw Broken($"claims {count} more bytes than it has");
        at += (int)count;
        return data.Slice(at - (int)count, (int)count);
    }

    private string Line()
    {
        int length = data[at..].IndexOf((byte)'\n');
        if (length < 0) throw Broken("ends inside a name");
        return Text(Take((ulong)length + 1)[..length]);
    }

    private readonly string Text(ReadOnlySpan<byte> utf8) =>
        Utf8Text.Flaw(utf8) is null ? Encoding.UTF8.GetString(utf8) : throw Broken($"holds a text of {utf8.Length} bytes that is no UTF-8");

    private readonly InvalidDataException Broken(string what) => new($"its pickle {what} (byte {at} of {data.Length})");
}
