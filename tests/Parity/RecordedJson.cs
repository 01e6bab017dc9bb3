namespace Das.Tests.Parity;

/// <summary>The members of a JSON object by name, and of an array in order, as what they must be.</summary>
internal static class RecordedJson
{
    extension(JsonElement json)
    {
        public int Int(string key) => json.GetProperty(key).GetInt32();
        public double Number(string key) => json.GetProperty(key).GetDouble();
        public string String(string key) => json.GetProperty(key).GetString()!;
        public bool Flag(string key) => json.GetProperty(key).GetBoolean();
        public JsonElement.ArrayEnumerator Items(string key) => json.GetProperty(key).EnumerateArray();

        public int[] Ints(string key) => json.GetProperty(key).Ints();
        public double[] Numbers(string key) => json.GetProperty(key).Numbers();
        public float[] Floats(string key) => json.GetProperty(key).Floats();
        public string[] Texts(string key) => json.GetProperty(key).Texts();
        public long[] Longs(string key) => json.GetProperty(key).Longs();

        public int[] Ints() => [.. json.EnumerateArray().Select(item => item.GetInt32())];
        public double[] Numbers() => [.. json.EnumerateArray().Select(item => item.GetDouble())];
        public float[] Floats() => [.. json.EnumerateArray().Select(item => item.GetSingle())];
        public string[] Texts() => [.. json.EnumerateArray().Select(item => item.GetString()!)];
        public long[] Longs() => [.. json.EnumerateArray().Select(item => item.GetInt64())];
    }
}
