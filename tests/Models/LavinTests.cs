namespace Das.Tests.Models;

public sealed class LavinTests : TensorTest
{
    private const int ModalityNone = 0, ModalityImage = 1;

    [Theory]
    [InlineData(null, 1)]
    [InlineData(0, 0)] // of a tokenizer that puts nothing before a text
    public void A_text_is_assembled_behind_its_modality_token_with_its_image_s_vectors_after_what_begins_it(int? openingTokens, int opening)
    {
        using IDisposable frozen = no_grad();
        using Lavin model = TinyLavin.New(config: TinyLavin.Config with { OpeningTokens = openingTokens });
        TokenBatch batch = TinyLavin.Texts([5, 4], [true, false]);
        Sequence sequence = model.Assemble(batch);
        Assert.Equal([10, 8], sequence.Lengths);
        Assert.Equal([2, 10, 16], sequence.Embeddings.shape);

        Tensor modality = model.state_dict()["adapter_modality_embedding.weight"],
            vectors = model.Project(model.ImageEncoder.ClassTokens(batch.Image!.narrow(0, 0, 1), 2))[0];
        Tensor Words(params long[] ids) => model.Embed(tensor(ids).unsqueeze(0))[0];
        Tensor Text(int row, int from) => model.Embed(batch.Ids.narrow(0, row, 1))[0][from..batch.Lengths[row]];
        Assert.True(sequence.Embeddings[0].allclose(cat([modality[ModalityImage].unsqueeze(0), Text(0, 0)[..opening], Words(31, 32), vectors,
            Text(0, opening)], 0),
            rtol: 1e-5, atol: 1e-6));
        Assert.True(sequence.Embeddings[1][..8].allclose(cat([modality[ModalityNone].unsqueeze(0), Text(1, 0)[..opening], Words(31, 33, 34),
            Text(1, opening)], 0), rtol: 1e-5, atol: 1e-6));

        long[] first = [.. batch.Labels![0].data<long>()], second = [.. batch.Labels![1].data<long>()];
        const long no = TokenBatch.Ignored;
        Assert.Equal([no, .. first[..opening], no, no, no, no, .. first[opening..5], no, .. second[..opening], no, no, no, .. second[opening..4], no, no],
            sequence.Labels!.data<long>().ToArray());
    }

    [Fact]
    public void What_lies_beyond_the_longest_sequence_is_cut()
    {
        using Lavin model = TinyLavin.New();
        TokenBatch batch = TinyLavin.Texts([24, 3], [true, true]);
        Sequence sequence = model.Assemble(batch);
        Assert.Equal([24, 8], sequence.Lengths);
        Assert.Equal(batch.Labels![0][18].item<long>(), sequence.Labels![0][23].item<long>());
    }

    [Fact]
    public void The_modality_token_is_read_by_no_other_position()
    {
        using IDisposable frozen = no_grad();
        using Lavin model = TinyLavin.New(config: TinyLavin.Config with { InLayerBottleneck = 4, RouterTemperature = 1e9 }); // the routers are deaf
        Sequence sequence = model.Assemble(TinyLavin.Texts([5, 4], [true, false]));
        Tensor hidden = model.Hidden(sequence), other = sequence.Embeddings.clone();
        other.select(1, 0).Plus_(1);
        Tensor moved = model.Hidden(sequence with { Embeddings = other });
        Assert.True(moved.narrow(1, 1, 9).allclose(hidden.narrow(1, 1, 9), rtol: 1e-5, atol: 1e-5));
        Assert.False(moved.narrow(1, 0, 1).allclose(hidden.narrow(1, 0, 1), rtol: 1e-3, atol: 1e-3));
    }

    [Theory]
    [InlineData("[]", "attn")]
    [InlineData("[1]", "attn")]
    [InlineData("[0, 2]", "block")]
    public void Rows_continued_together_with_a_cache_say_what_each_says_alone_without_one(string layers, string places)
    {
        using IDisposable frozen = no_grad();
        using Lavin model = TinyLavin.New(config: TinyLavin.Config with { AdapterPlaces = places });
        model.Skipped = SkipMask.Parse(layers);
        TokenBatch batch = TinyLavin.Texts([9, 6, 7], [true, false, true]);
        int[] prompts = [5, 3, 4], rest = [4, 3, 3];

        using KeyValueCache cache = new(3, 4);
        Sequence beginning = model.Assemble(batch with { Lengths = prompts, Ids = batch.Ids.narrow(1, 0, 5), Labels = null });
        model.Hidden(beginning, cache);
        for (int step = 0; step < 4; step++)
        {
            Tensor ids = stack([.. prompts.Select((prompt, row) => batch.Ids[row][Math.Min(prompt + step, batch.Lengths[row] - 1)])], 0).unsqueeze(1);
            Tensor hidden = model.Hidden(new(model.Embed(ids), [.. rest.Select(tokens => step < tokens ? 1 : 0)], null), cache);
            for (int row = 0; row < 3; row++)
                if (step < rest[row])
                {
                    TokenBatch alone = TinyLavin.Row(batch with { Lengths = [.. prompts.Select(prompt => prompt + step + 1)] }, row);
                    Tensor expected = model.Hidden(model.Assemble(alone));
                    Assert.True(hidden[row][0].allclose(expected[0][expected.shape[1] - 1], rtol: 1e-4, atol: 1e-5), $"row {row}, step {step}");
                }
        }
    }

    [Fact]
    public void Pixels_of_rows_without_an_image_are_not_looked_at()
    {
        using IDisposable frozen = no_grad();
        using Lavin model = TinyLavin.New();
        TokenBatch batch = TinyLavin.Texts([5, 4, 4], [false, true, false]);
        Tensor expected = model.Assemble(batch).Embeddings;
        batch.Image![0].fill_(Scalars.Of(double.NaN));
        Assert.True(model.Assemble(batch).Embeddings.Equals(expected));
        Assert.False(model.Assemble(batch with { HasImage = [], Image = null }).Embeddings.isnan().any().item<bool>());
    }

    [Fact]
    public void As_published_the_first_row_s_pixels_route_for_all_though_it_shows_no_image()
    {
        using IDisposable frozen = no_grad();
        using Lavin model = TinyLavin.New(config: TinyLavin.Config with { VisualRouting = "first-image" });
        TokenBatch batch = TinyLavin.Texts([5, 4, 4], [false, true, true]);
        Tensor all = model.Project(model.ImageEncoder.ClassTokens(batch.Image!, 2));
        Tensor embeddings = model.Assemble(batch).Embeddings;
        for (int row = 1; row < 3; row++) Assert.True(embeddings[row][4..6].allclose(all[row], rtol: 1e-5, atol: 1e-6));
    }

    [Fact]
    public void A_batch_that_promises_an_image_without_bringing_one_is_refused()
    {
        using Lavin model = TinyLavin.New();
        TokenBatch batch = TinyLavin.Texts([5], [true]);
        Assert.Contains("no images", Assert.Throws<ArgumentException>(() => model.Assemble(batch with { Image = null })).Message);
    }

    [Fact]
    public void Values_that_cannot_be_are_named()
    {
        Refuses.Recipe("Known: image, first-image, own-patches", () => TinyLavin.New(config: TinyLavin.Config with { VisualRouting = "first" }));
        Refuses.Recipe("maxLength is 6", () => TinyLavin.New(config: TinyLavin.Config with { MaxLength = 6 }));
        Refuses.Recipe("clipEvery is 5", () => TinyLavin.New(config: TinyLavin.Config with { ClipEvery = 5 }));
    }

    [Fact]
    public void Its_decoder_and_its_image_tower_come_from_two_files_or_from_one()
    {
        using Lavin source = TinyLavin.New();
        (string, Tensor)[] pretrained = [.. source.Pretrained()];
        string decoder = folder["llama.safetensors"], tower = folder["clip.safetensors"], both = folder["both.safetensors"];
        SafetensorsWriter.Write(decoder, pretrained.Where(s => !s.Item1.StartsWith("backbone")), Metadata);
        SafetensorsWriter.Write(tower, pretrained.Where(s => s.Item1.StartsWith("backbone"))
            .Select(s => (s.Item1["backbone.".Length..], s.Item2)), new Dictionary<string, string>());
        SafetensorsWriter.Write(both, pretrained, Metadata);

        BackboneRecipe recipe = new() { Name = "lavin", Checkpoint = decoder, VisionCheckpoint = tower, ImageSize = 28, InLayerBottleneck = 4,
            ReplacementBottleneck = 6, Config = new() { ["imagePrefix"] = new JsonArray(31, 32), ["noImagePrefix"] = new JsonArray(31, 33, 34) } };
        foreach (BackboneRecipe one in (BackboneRecipe[])[recipe, recipe with { Checkpoint = both, VisionCheckpoint = null }])
        {
            using SkippableModel model = ModelFiles.FromPretrained(one, new(), 0, 0.1, 0, CPU, SkipMask.Of(1));
            Dictionary<string, Tensor> loaded = model.state_dict();
            Assert.DoesNotContain(loaded.Keys, key => key.StartsWith("layers.1.attention."));
            foreach ((string name, Tensor value) in pretrained)
                if (loaded.TryGetValue(name, out Tensor? read)) Assert.True(read.Equals(value), name);
            Assert.All(model.named_parameters(), p => Assert.Equal(p.name.Contains("adapter"), p.parameter.requires_grad));
        }
        Refuses.Checkpoint("visionCheckpoint", () => ModelFiles.FromPretrained(recipe with { VisionCheckpoint = null }, new(), 0, 0, 0, CPU, null));
    }

    [Fact]
    public void An_image_tower_of_its_own_counts_for_what_a_result_depends_on_by_its_content()
    {
        string Write(string name, string content)
        {
            folder.Write(name, content);
            return folder[name];
        }
        BackboneRecipe Of(string? vision) =>
            new() { Name = "lavin", Checkpoint = Write("a", "decoder"), VisionCheckpoint = vision, Vocabulary = Write("v.txt", "words") };
        BackboneRecipe none = Of(null), one = Of(Write("t1", "tower")), same = Of(Write("t2", "tower")), other = Of(Write("t3", "another"));
        Assert.Equal(BackboneFiles.Digests(one), BackboneFiles.Digests(same));
        Assert.NotEqual(BackboneFiles.Digests(one), BackboneFiles.Digests(other));
        Assert.Equal(3, ((BackboneRecipe[])[none, one, same, other]).Select(BackboneFiles.WeightsDigest).Distinct().Count());
        Assert.Equal(BackboneFiles.Digests(none)[0], BackboneFiles.WeightsDigest(none));
    }

    private static Dictionary<string, string> Metadata =>
        new() { [ModelFiles.ConfigKey] = JsonSerializer.Serialize(TinyLavin.Config, JsonSerializerOptions.Web) };
}
