namespace Das.Tests.Training;

/// <summary>Batches are prepared ahead of their turn, and are what they would be without that.</summary>
public sealed class TaskSplitTests : TensorTest
{
    [Fact]
    public void Batches_come_in_order_and_as_many_are_prepared_ahead_as_keep_every_processor_busy()
    {
        ConcurrentDictionary<long, int> prepared = [];
        using TaskSplit split = new(1_000, (indices, position) =>
        {
            prepared.AddOrUpdate(position, 1, (_, times) => times + 1);
            return () => new Numbered(indices[0], position);
        });
        const int end = 40;
        for (int position = 0; position < end; position++)
        {
            Numbered batch = (Numbered)split.Load([position], position, next => position + 1 + next < end ? [position + 1 + next] : null);
            Assert.Equal((position, position), (batch.First, batch.Position));
            Assert.True(prepared.Count <= position + 1 + Environment.ProcessorCount);
        }
        Assert.Equal(Enumerable.Range(0, end).Select(position => (long)position), prepared.Keys.Order());
        Assert.All(prepared.Values, times => Assert.Equal(1, times));
    }

    [Fact]
    public void What_was_prepared_for_another_place_is_dropped()
    {
        using TaskSplit split = new(9, (indices, position) => () => new Numbered(indices[0], position));
        split.Load([1], 0, next => [2 + next]);
        Assert.Equal((7, 5L), ((Numbered)split.Load([7], 5, next => [next])) is var jumped ? (jumped.First, jumped.Position) : default);
        Assert.Equal((8, 6L), ((Numbered)split.Load([8], 6)) is var other ? (other.First, other.Position) : default);
    }

    [Fact]
    public void A_batch_of_pictures_has_the_same_bits_however_many_threads_make_it_ready()
    {
        Random noise = new(3);
        Raster Picture(int width, int height)
        {
            byte[] pixels = new byte[3 * width * height];
            noise.NextBytes(pixels);
            return new(pixels, width, height, 3);
        }
        byte[][] files = [.. Enumerable.Range(0, 9).Select(i => PngEncoder.Encode(Picture(40 + i, 70 - i)))];
        Lazy<Raster>?[] Pictures() => [.. files.Select((file, i) => i == 4 ? null : new Lazy<Raster>(() => new PixelbertTransform(64).Apply(file)))];
        using Tensor one = PictureBatch.Of(Pictures(), PixelbertTransform.Normalization, threads: 1);
        using Tensor many = PictureBatch.Of(Pictures(), PixelbertTransform.Normalization, threads: 4);
        Assert.Equal(one.shape, many.shape);
        Assert.True(one.bytes.SequenceEqual(many.bytes));
        Assert.Equal(0, one[4].abs().sum().item<float>());

        files[6] = files[6][..20];
        files[2] = [1, 2, 3];
        Assert.Contains("The 3 bytes are not an image", Refuses.Data(() => PictureBatch.Of(Pictures(), PixelbertTransform.Normalization)).Message);
    }

    [Fact]
    public void Work_ahead_of_its_turn_is_bounded_and_its_results_come_in_order()
    {
        int started = 0, taken = 0;
        foreach (int result in LookAhead.InOrder(Enumerable.Range(0, 30).Select<int, Func<int>>(i =>
        {
            started++;
            return () => i;
        })))
        {
            Assert.Equal(taken++, result);
            Assert.True(started <= taken + Environment.ProcessorCount);
        }
        Assert.Equal(30, taken);
    }

    private sealed class Numbered(int first, long position) : TaskBatch(new(1, 0, (0, 0), 1))
    {
        public int First => first;

        public long Position => position;

        public override Tensor Outputs(BackboneModel model) => throw new NotSupportedException();

        public override Tensor Loss(BackboneModel model) => throw new NotSupportedException();
    }
}
