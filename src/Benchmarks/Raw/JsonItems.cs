using System.Buffers;

namespace Das.Benchmarks.Raw;

/// <summary>
/// The items of a long JSON list one after the other, the list being the document itself or one member of the outermost object. Memory holds one
/// item, however long the file. The list is read whole: where it is not closed, or anything stands where none is expected, the file is refused.
/// </summary>
public static class JsonItems
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[],"u8), InText = SearchValues.Create("\"\\"u8);

    /// <summary>The items in their order.</summary>
    /// <param name="raw">Holds the file.</param>
    /// <param name="file">Its name.</param>
    /// <param name="property">Whose value the list is; null: the document is the list.</param>
    /// <param name="unusable">Gets every item that is no text or no JSON.</param>
    /// <param name="cancel">Ends reading.</param>
    /// <exception cref="DasException">There is no such list, or it is cut off or followed by something else; the message names line and column.</exception>
    public static IEnumerable<RawItem> Of(RawSource raw, string file, string? property, List<BadInput> unusable, CancellationToken cancel = default)
    {
        using RawWindow window = new(raw, file);
        if (property is null)
        {
            if (window.Next() != '[') throw NoList(window);
            foreach (RawItem item in InList(window, unusable, cancel)) yield return item;
        }
        else
        {
            if (window.Next() is var first && first != '{') throw window.Broken(window.Place,
                $"{(first is null ? "the file is empty" : "no object begins")}: expected {{\"{property}\": [ … ]}}.");
            Place? before = null;
            while (Key(window) is { } key)
            {
                if (key != property) Skip(window);
                else if (before is { } at) throw window.Broken(window.Place, $"\"{property}\" is given twice, first at {at}.");
                else if (window.Next() != '[') throw window.Broken(window.Place, $"\"{property}\" is no list.");
                else
                {
                    before = window.Place;
                    foreach (RawItem item in InList(window, unusable, cancel)) yield return item;
                }
            }
            if (before is null) throw window.Broken(window.Place, $"the object ends and has no \"{property}\", whose value is the list.");
        }
        if (window.Next() is not null) throw window.Broken(window.Place, "more follows the end of the JSON: one document a file is expected.");
    }

    /// <summary>From the opening bracket to behind the closing one.</summary>
    private static IEnumerable<RawItem> InList(RawWindow window, List<BadInput> unusable, CancellationToken cancel)
    {
        window.Consume(1);
        for (long number = 1; ; number++)
        {
            cancel.ThrowIfCancellationRequested();
            byte? next = window.Next();
            if (next == ']' && number == 1) break;
            if (next is (byte)',' or (byte)']') throw window.Broken(window.Place,
                next == ',' ? "a comma stands where an item is expected; remove it." : "the list ends behind a comma; remove the comma, or add the item.");
            (int length, byte? end) = Value(window);
            if (end is null) throw window.Broken(window.Place,
                $"the file ends within item {number}, which begins here, or before the list is closed: it was cut off or is damaged, and how many items are "
                + "missing is unknown. Copy or make it again.");
            if (end == '}') throw window.Broken(window.Place.After(window.Held[..length]), $"'}}' stands behind item {number} where ',' or ']' is expected.");
            if (window.Item(length, $"{window.File} item {number} (at {window.Place})", unusable) is { } item) yield return item;
            window.Consume(length + 1);
            if (end == ']') yield break;
        }
        window.Consume(1);
    }

    /// <summary>The next key of the object in which the window stands, behind its opening brace or a value; it is consumed with its colon.</summary>
    /// <returns>Null behind the object's end.</returns>
    private static string? Key(RawWindow window)
    {
        byte? next = window.Next();
        if (next is (byte)'{' or (byte)',')
        {
            window.Consume(1);
            byte? opened = next;
            next = window.Next();
            if (next == '}' && opened == ',') throw window.Broken(window.Place, "the object ends behind a comma; remove the comma.");
        }
        if (next == '}')
        {
            window.Consume(1);
            return null;
        }
        if (next != '"') throw window.Broken(window.Place, next is null ? "the file ends before the outermost object is closed: it was cut off."
            : "a key in quotation marks is expected.");
        int length = 1;
        while (TextEnd(window, ref length) is false)
            if (!window.More()) throw window.Broken(window.Place, "the file ends within a key: it was cut off.");
        (JsonElement? key, int at, string reason) = JsonText.Parse(window.Memory(length));
        if (key is null) throw window.Broken(window.Place.After(window.Held[..at]), reason);
        window.Consume(length);
        if (window.Next() != ':') throw window.Broken(window.Place, "a colon is expected.");
        window.Consume(1);
        return key.Value.GetString()!;
    }

    /// <summary>Goes on behind a value.</summary>
    private static void Skip(RawWindow window)
    {
        window.Next();
        if (Scan(window, consume: true).End is null) throw window.Broken(window.Place, "the file ends within a value: it was cut off.");
    }

    /// <summary>How long the value is that begins here, and what stands behind it: a comma or a closing bracket or brace; null where the file ends.</summary>
    private static (int Length, byte? End) Value(RawWindow window) => Scan(window, consume: false);

    /// <param name="window">Stands before the value.</param>
    /// <param name="consume">Whether the value need not be held.</param>
    private static (int Length, byte? End) Scan(RawWindow window, bool consume)
    {
        int at = 0, depth = 0;
        bool text = false;
        while (true)
        {
            if (text) text = !TextEnd(window, ref at);
            int found = text ? -1 : window.Held[at..].IndexOfAny(Structure);
            if (found >= 0)
            {
                at += found;
                byte here = window.Held[at];
                if (here == '"') text = true;
                else if (here is (byte)'{' or (byte)'[') depth++;
                else if (depth == 0)
                {
                    if (consume) window.Consume(at);
                    return (at, here);
                }
                else if (here != ',') depth--;
                at++;
                continue;
            }
            if (!text) at = window.Held.Length;
            if (consume)
            {
                window.Consume(at);
                at = 0;
            }
            if (!window.More()) return (at, null);
        }
    }

    /// <summary>Goes on behind the end of the text in which <paramref name="at"/> stands.</summary>
    /// <returns>False where it is not held; <paramref name="at"/> then stands before what is unknown.</returns>
    private static bool TextEnd(RawWindow window, ref int at)
    {
        while (window.Held[at..].IndexOfAny(InText) is >= 0 and var found)
        {
            at += found;
            if (window.Held[at] == '"')
            {
                at++;
                return true;
            }
            if (at + 2 > window.Held.Length) return false;
            at += 2;
        }
        at = window.Held.Length;
        return false;
    }

    /// <summary>What stands in place of a list, and what to do.</summary>
    private static DasException NoList(RawWindow window)
    {
        Place start = window.Place;
        if (window.Next() is not (byte)'{') return window.Broken(start, window.Next() is null ? "the file is empty: expected a JSON list."
            : "no JSON list begins: expected [ … ].");
        string? list = null;
        while (Key(window) is { } key)
        {
            if (window.Next() == '[') list ??= key;
            Skip(window);
        }
        return window.Broken(start, "an object begins where a JSON list is expected: " + (window.Next() == '{'
            ? "the file is JSON lines; write the objects as one list, [ … ] around them and commas between them."
            : list is not null ? $"the list stands in its member \"{list}\"; write that list alone."
            : "write [ before it and ] behind it."));
    }
}
