namespace Das.Tests.Benchmarks;

/// <summary>Lists, lines and fields of raw files, and how bytes become their text.</summary>
public sealed class RawReadingTests
{
    private const string Name = "x.json";

    private static readonly UnicodeEncoding Utf16 = new(bigEndian: false, byteOrderMark: true), Utf16Big = new(bigEndian: true, byteOrderMark: true);

    private static List<RawItem> Read(byte[] bytes, Func<RawSource, List<BadInput>, IEnumerable<RawItem>> read, List<BadInput>? bad = null)
    {
        using TemporaryFolder folder = new();
        folder.Write(Name, bytes);
        using var raw = RawSource.At(folder.Path, "x");
        return [.. read(raw, bad ?? [])];
    }

    private static List<RawItem> List(byte[] bytes, List<BadInput>? bad = null, string? property = null) =>
        Read(bytes, (raw, unusable) => JsonItems.Of(raw, Name, property, unusable, Token), bad);

    private static List<RawItem> Lines(byte[] bytes, List<BadInput>? bad = null) =>
        Read(bytes, (raw, unusable) => JsonLines.Of(raw, Name, unusable, Token), bad);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static RawItem Item(string json) => new("here", JsonDocument.Parse(json).RootElement);

    private static string Fault(Action read) => Assert.Throws<BadItemException>(read).Message;

    [Fact]
    public void Long_lists_are_read_item_by_item_wherever_the_buffer_ends()
    {
        StringBuilder json = new("{\"info\": {\"questions\": [1, \"]}\\\"\"]}, \"questions\": [");
        for (int i = 0; i < 5000; i++)
            json.Append(i == 0 ? "" : ",\n").Append("{\"id\":").Append(i).Append(",\"text\":\"").Append('x', i % 97).Append("\\\\\\\"é[{\"}");
        byte[] bytes = Bytes(json.Append("], \"license\": {}}").ToString());
        List<BadInput> bad = [];
        List<RawItem> items = List(bytes, bad, "questions");
        Assert.Equal(Enumerable.Range(0, 5000), items.Select(item => (int)item["id"].Number()));
        Assert.EndsWith("x.json item 5000 (at 5000:1)", items[^1].Where);
        Assert.Empty(bad);
        string cut = Refuses.Data(() => List(bytes[..(bytes.Length / 2)], bad, "questions")).Message;
        Assert.Matches(@"x\.json:\d+:1: the file ends within item \d+, which begins here", cut);
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData(" {\"id\": 1}\n{\"id\": [2]}\n", "JSON lines; write the objects as one list")]
    [InlineData("{\"version\": \"1\", \"data\": [{\"id\": 1}]}", "the list stands in its member \"data\"")]
    [InlineData("{\"id\": 1}", "write [ before it and ] behind it")]
    [InlineData("3", "no JSON list begins")]
    [InlineData("[{\"id\": 1},]", "1:12: the list ends behind a comma")]
    [InlineData("[{\"id\": 1},,{\"id\": 2}]", "1:12: a comma stands where an item is expected")]
    [InlineData("[{\"id\": 1}", "1:2: the file ends within item 1")]
    [InlineData("[{\"id\": 1}, {\"i", "1:13: the file ends within item 2")]
    [InlineData("[{\"id\": 1}, ", "1:13: the file ends within item 2")]
    [InlineData("[{\"id\": 1}}", "1:11: '}' stands behind item 1")]
    [InlineData("[{\"id\": 1}]\n[{\"id\": 2}]", "2:1: more follows the end of the JSON")]
    public void What_is_no_whole_list_is_named_with_its_place_and_never_one_bad_item(string json, string told)
    {
        List<BadInput> bad = [];
        Assert.Contains(told, Refuses.Data(() => List(Bytes(json), bad)).Message);
        Assert.Empty(bad);
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("[1]", "no object begins")]
    [InlineData("{\"other\": []}", "has no \"questions\"")]
    [InlineData("{\"questions\": 3}", "\"questions\" is no list")]
    [InlineData("{\"questions\": [1, }", "'}' stands behind item 2")]
    [InlineData("{\"questions\": [1]", "ends before the outermost object is closed")]
    [InlineData("{\"questions\": [1], }", "the object ends behind a comma")]
    [InlineData("{\"questions\": [1], \"questions\": [2]}", "given twice, first at 1:15")]
    [InlineData("{\"inf", "ends within a key")]
    [InlineData("{\"info\": {", "ends within a value")]
    [InlineData("{\"\\ud800\": 1}", "\\ud800 is half a surrogate pair")]
    public void What_is_no_object_with_the_list_is_named_too(string json, string told) =>
        Assert.Contains(told, Refuses.Data(() => List(Bytes(json), property: "questions")).Message);

    [Theory]
    [InlineData("[{\"id\": 1}]", "1:1: a JSON list begins, where JSON lines are expected")]
    [InlineData("{\"id\": 1}\n{\"id\": ", "2:1: the file ends within this line")]
    [InlineData("{\"id\": 1}\n{\"id\": \"a", "2:1: the file ends within this line")]
    [InlineData("{\"id\": 1}\n{\"id\": tr", "2:1: the file ends within this line")]
    public void A_list_in_place_of_lines_and_a_cut_last_line_are_named_and_never_one_bad_line(string json, string told) =>
        Assert.Contains(told, Refuses.Data(() => Lines(Bytes(json))).Message);

    [Theory]
    [InlineData("{\"a\": NaN}", "At {0}:7, NaN is no JSON: write null or a number.")]
    [InlineData("{\"a\": -Infinity}", "Infinity is no JSON")]
    [InlineData("{\"a\": 1, \"b\": 2, \"a\": 3}", "At {0}:18, the key 'a' is given twice.")]
    [InlineData("{\"a\": \"x \\ud83d y\"}", "At {0}:10, \\ud83d is half a surrogate pair")]
    [InlineData("{\"a\": \"\\ud83d\\ude00\\udc00\"}", "At {0}:20, \\udc00 is half a surrogate pair")]
    [InlineData("{\"a\": 'x'}", "At {0}:7, ''' is an invalid start of a value")]
    [InlineData("{\"a\": \"caf\u00ff\"}", "At {0}:11, the byte 0xFF is no UTF-8 there")]
    public void An_item_that_is_no_json_is_named_with_its_place_and_alone_is_lost(string item, string told)
    {
        byte[] Text(string text) => [.. text.Select(c => (byte)c)]; // \u00ff is one byte.
        List<BadInput> bad = [];
        Assert.Equal([1, 3], Lines(Text($"{{\"a\":1}}\n{item}\n{{\"a\":3}}"), bad).Select(i => i["a"].Number()));
        Assert.Equal("x.json line 2", Path.GetFileName(bad[0].Input));
        Assert.Contains(string.Format(null, told, 2), bad[0].Reason);
        bad.Clear();
        Assert.Equal([1, 3], List(Text($"[{{\"a\":1}},\n\n{item},{{\"a\":3}}]"), bad).Select(i => i["a"].Number()));
        Assert.Equal("x.json item 2 (at 3:1)", Path.GetFileName(bad[0].Input));
        Assert.Contains(string.Format(null, told, 3), bad[0].Reason);
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_a_text_and_utf16_is_read_by_it()
    {
        string lines = "{\"a\":\"é\u2028\u0085😀\"}\r\n{\"a\":\"2\"}\r\n", list = "[{\"a\":\"é\u2028\u0085😀\"},{\"a\":\"2\"}]";
        foreach (Encoding encoding in new Encoding[] { new UTF8Encoding(false), new UTF8Encoding(true), Utf16, Utf16Big })
            foreach (List<RawItem> read in new[] { Lines([.. encoding.Preamble, .. encoding.GetBytes(lines)]),
                List([.. encoding.Preamble, .. encoding.GetBytes(list)]) })
                Assert.Equal(["é\u2028\u0085😀", "2"], read.Select(item => item["a"].Text()));
        string far = string.Join('\n', Enumerable.Range(0, 9000).Select(i => $"{{\"a\":\"{i}😀€é\"}}"));
        Assert.Equal(Enumerable.Range(0, 9000).Select(i => $"{i}😀€é"), Lines([.. Utf16.Preamble, .. Utf16.GetBytes(far)]).Select(i => i["a"].Text()));
    }

    [Fact]
    public void What_is_no_text_in_utf16_is_one_bad_item_and_other_encodings_are_named()
    {
        List<BadInput> bad = [];
        byte[] text = [0xff, 0xfe, .. "{\"a\":\"x"u8.ToArray().SelectMany(b => new byte[] { b, 0 }), 0x3d, 0xd8,
            .. "\"}\n{\"a\":1}"u8.ToArray().SelectMany(b => new byte[] { b, 0 })];
        Assert.Equal("1", Assert.Single(Lines(text, bad))["a"].Text());
        Assert.Contains("At 1:8, the byte 0xFF is no UTF-8", Assert.Single(bad).Reason);
        Assert.Contains("UTF-16 without a byte order mark", Refuses.Data(() => Lines(Encoding.Unicode.GetBytes("{\"a\":1}"))).Message);
        Assert.Contains("is UTF-32: save it as UTF-8", Refuses.Data(() => Lines([.. Encoding.UTF32.Preamble, .. Encoding.UTF32.GetBytes("{}")])).Message);
    }

    [Fact]
    public void A_zip_is_read_like_a_folder()
    {
        using TemporaryFolder folder = new();
        using (var zip = ZipFile.Open(folder["x.zip"], ZipArchiveMode.Create))
        using (Stream entry = zip.CreateEntry(Name).Open()) entry.Write([0xef, 0xbb, 0xbf, .. "[{\"a\":1}]"u8]);
        using var raw = RawSource.At(folder["x.zip"], "x");
        Assert.Equal(1, Assert.Single(JsonItems.Of(raw, Name, null, [], Token))["a"].Number());
    }

    [Fact]
    public void Numbers_are_read_as_texts_and_texts_of_digits_as_numbers()
    {
        RawItem item = Item("""{"n": 7, "t": " 7 ", "f": 7.0, "h": 2.5, "w": "seven", "empty": " ", "null": null, "list": ["a", 1], "o": {"k": true}}""");
        Assert.Equal([7, 7, 7], new[] { "n", "t", "f" }.Select(key => item[key].Number()));
        Assert.Equal(["7", " 7 ", "7.0", "2.5"], new[] { "n", "t", "f", "h" }.Select(key => item[key].Text()));
        Assert.Equal(["7", "7", "2.5"], new[] { "n", "f", "h" }.Select(key => item[key].Id()));
        Assert.Equal(["a", "1"], item["list"].Items().Select(one => one.Text()));
        Assert.True(item["o"]["k"].Truth());
        Assert.Equal("seven", item["none", "w"].Text());
        Assert.Equal((null, null, null, null), (item["null"].TextOrNull(), item["none"].NumberOrNull(), item["none"].IdOrNull(), item["null"].TruthOrNull()));
        Assert.Empty(item["none"].ItemsOrNone());
        Assert.Equal("'h' is a number (2.5) where a whole number is expected.", Fault(() => item["h"].Number()));
        Assert.Equal("'w' is a text (\"seven\") where a whole number is expected.", Fault(() => item["w"].Number()));
        Assert.Equal("'empty' is empty.", Fault(() => item["empty"].Words()));
        Assert.Equal("'o.k' is a truth value (true) where a text is expected.", Fault(() => item["o"]["k"].Text()));
        Assert.Equal("'list[0]' is a text (\"a\") where an object is expected.", Fault(() => item["list"].Items()[0]["x"].Text()));
        Assert.Equal("'id' or 'qid' is missing; expected a text among n, t, f, h, w, empty, null, list, o.", Fault(() => item["id", "qid"].Text()));
        Assert.Equal("'o' is an object ({\"k\": true}) where a list is expected.", Fault(() => item["o"].ItemsOrNone()));
        Assert.StartsWith("It is a list (", Fault(() => Item("[1]")["a"].Text()));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("\"True\"", true)]
    [InlineData("\"yes\"", true)]
    [InlineData("1", true)]
    [InlineData("\"0\"", false)]
    [InlineData("\"FALSE\"", false)]
    [InlineData("0", false)]
    [InlineData("-1", null)]
    [InlineData("\"maybe\"", null)]
    [InlineData("[]", null)]
    public void Truth_is_read_in_its_usual_spellings_and_nothing_else(string json, bool? expected)
    {
        RawField field = Item($"{{\"a\": {json}}}")["a"];
        if (expected is { } truth) Assert.Equal(truth, field.Truth());
        else Assert.Contains("where true or false is expected", Fault(() => field.Truth()));
    }
}
