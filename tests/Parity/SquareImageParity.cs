namespace Das.Tests.Parity;

/// <summary>LaVIN's and LLaVA's transforms: what a recorded value is shows in its name, <c>image.0/resized_28</c>, or
/// <c>image.0/resized_224_rows_step_16</c> where only every 16th row is recorded.</summary>
internal static class SquareImageParity
{
    public static void Stretched(ParityCase recorded) => Check(recorded, (image, step, size) => step switch
    {
        "resized" => new StretchTransform(size).Resize(image),
        _ => throw Unknown(step),
    }, StretchTransform.Normalization);

    public static void Squared(ParityCase recorded) => Check(recorded, (image, step, size) => step switch
    {
        "squared" => SquareTransform.Square(image),
        "resized" => new SquareTransform(size).Resize(SquareTransform.Square(image)),
        _ => throw Unknown(step),
    }, SquareTransform.Normalization);

    private static InvalidDataException Unknown(string step) => new($"What is '{step}'?");

    private static void Check(ParityCase recorded, Func<Raster, string, int, Raster> apply, PixelNormalization normalization)
    {
        JsonElement tensors = recorded.Read().GetProperty("tensors");
        RawTensors inputs = recorded.Raw("inputs"), expected = recorded.Raw("expected");
        int compared = 0;
        foreach (JsonProperty tensor in tensors.GetProperty("expected.safetensors").EnumerateObject())
        {
            string[] name = tensor.Name.Split('/'), step = name[1].Split('_');
            int[] shape = inputs.Shape(name[0]);
            Raster image = new(inputs.Bytes(name[0]), shape[1], shape[0], 3);
            int size = Array.Find(step, p => p.All(char.IsAsciiDigit)) is { } digits ? int.Parse(digits, CultureInfo.InvariantCulture) : 0;
            if (tensor.Value.String("dtype") == "F32")
            {
                float[] ours = normalization.Of(apply(image, "resized", size)), theirs = expected.Floats(tensor.Name);
                Assert.Equal(theirs.Length, ours.Length);
                Assert.True(ours.Zip(theirs, (a, b) => Math.Abs(a - b)).Max() < 1e-6, $"{tensor.Name} differs.");
            }
            else
            {
                Raster ours = apply(image, step[0], size);
                int every = name[1].Contains("_rows_step_") ? int.Parse(step[^1], CultureInfo.InvariantCulture) : 1;
                Assert.Equal(expected.Bytes(tensor.Name), ours.Pixels.Chunk(ours.Width * 3).Where((_, y) => y % every == 0).SelectMany(row => row));
            }
            compared++;
        }
        Assert.True(compared > 0);
    }
}
