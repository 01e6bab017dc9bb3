namespace Das.Models.Vision;

/// <summary>
/// Image towers as Hugging Face's library names them, under OpenAI's names below <c>visual</c>; queries, keys and values, three matrices
/// there, are one (method §5.1).
/// </summary>
internal static class HuggingFaceVision
{
    private const string OpenAI = "visual.", Packed = "in_proj_", Scale = ".layer_scale1.lambda1",
        TypeKey = "model_type";

    /// <summary>How a publisher's tensors are named.</summary>
    /// <param name="Tower">Stands before the names of a tower that is a part of something.</param>
    /// <param name="Below">Where in a name the tower's own part begins; negative for a name of something else.</param>
    /// <param name="Attention">Stands before the name of a projection.</param>
    /// <param name="Projections">Of queries, keys and values, in OpenAI's order.</param>
    /// <param name="Pairs">Their parts of names and OpenAI's.</param>
    private sealed record Naming(string Tower, Func<string, int> Below, string Attention, string[] Projections,
        params (string Theirs, string OpenAI)[] Pairs);

    private static readonly Naming Clip = new("vision_model.", ClipPart, ".self_attn.", ["q_proj.", "k_proj.", "v_proj."],
        ("embeddings.class_embedding", "class_embedding"), ("embeddings.patch_embedding", "conv1"),
            ("embeddings.position_embedding.weight", "positional_embedding"),
        ("pre_layrnorm", "ln_pre"), ("post_layernorm", "ln_post"), ("encoder.layers", "transformer.resblocks"), ("self_attn", "attn"),
        ("layer_norm1", "ln_1"), ("layer_norm2", "ln_2"), ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj"));

    private static readonly Naming Dinov2 = new("dinov2.", Dinov2Part, ".attention.attention.", ["query.", "key.", "value."],
        ("embeddings.cls_token", "class_embedding"), ("embeddings.patch_embeddings.projection", "conv1"),
            ("embeddings.position_embeddings", "positional_embedding"),
        ("layernorm", "ln_post"), ("encoder.layer.", "transformer.resblocks."), ("attention.output.dense", "attn.out_proj"),
            ("attention.attention", "attn"),
        ("norm1", "ln_1"), ("norm2", "ln_2"), ("layer_scale1.lambda1", "ls_1"), ("layer_scale2.lambda1", "ls_2"), ("mlp.fc1", "mlp.c_fc"),
            ("mlp.fc2", "mlp.c_proj"));

    /// <summary>Keys of DINOv2's <c>config.json</c> that change what is computed, with the one value that they may have; a missing one has it.</summary>
    private static readonly (string Key, JsonNode Ours)[] Fixed =
    [
        (TypeKey, VisionForm.Dinov2.Name), ("hidden_act", "gelu"), ("qkv_bias", true), ("use_swiglu_ffn", false), ("num_channels", 3),
        ("layer_norm_eps", VisionForm.Dinov2.Epsilon),
        ("num_register_tokens", 0),
    ];

    /// <summary>Tensors of others than such a tower keep their names.</summary>
    /// <exception cref="DasException">Of queries, keys and values a part is missing or of another shape, or the tower is of a form that is not computed
    /// here.</exception>
    public static HuggingFaceModel Renamed(HuggingFaceModel model)
    {
        if (model.Tensors.Keys.Any(name => ClipPart(name) >= 0)) return Renamed(model, Clip);
        return model.Tensors.Keys.Any(name => name.EndsWith(Scale, StringComparison.Ordinal)) ? Dinov2Tower(Renamed(model, Dinov2)) : model;
    }

    /// <summary>The file that says how pictures are prepared, where it decides what a model of the folder's tower computes; null where it does not.</summary>
    public static string? PicturesFile(string folder)
    {
        string config = Path.Combine(folder, "config.json"), pictures = Path.Combine(folder, HuggingFacePictures.FileName);
        return File.Exists(config) && File.Exists(pictures) && ConfigFile.Read(config).Text(TypeKey) == VisionForm.Dinov2.Name ? pictures : null;
    }

    private static HuggingFaceModel Renamed(HuggingFaceModel model, Naming naming)
    {
        OrderedDictionary<string, StoredTensor> renamed = [];
        foreach ((string name, StoredTensor stored) in model.Tensors)
            if (naming.Below(name) < 0) renamed.Add(name, stored);
            else if (Array.Find(naming.Projections, part => name.Contains(naming.Attention + part)) is not { } projection)
                renamed.Add(OpenAIName(name, naming), stored);
            else renamed.TryAdd(OpenAIName(name, naming).Replace(projection, Packed),
                Concatenated([.. naming.Projections.Select(part => name.Replace(projection, part))], model.Tensors));
        return model with { Tensors = renamed };
    }

    private static string OpenAIName(string name, Naming naming)
    {
        int below = naming.Below(name);
        string before = name[..below];
        if (before.EndsWith(naming.Tower, StringComparison.Ordinal)) before = before[..^naming.Tower.Length];
        return before + OpenAI + naming.Pairs.Aggregate(name[below..], (part, pair) => part.Replace(pair.Theirs, pair.OpenAI));
    }

    private static int ClipPart(string name) =>
        name.IndexOf(Clip.Tower, StringComparison.Ordinal) is var at and >= 0 ? at + Clip.Tower.Length : -1;

    /// <summary>The tower stands alone, or below its name in a model with a head; the token of hidden patches is of its training only.</summary>
    private static int Dinov2Part(string name)
    {
        int below = name.StartsWith(Dinov2.Tower, StringComparison.Ordinal) ? Dinov2.Tower.Length : 0;
        string own = name[below..];
        return own != "embeddings.mask_token" && ((string[])["embeddings.", "encoder.layer.", "layernorm."])
            .Any(part => own.StartsWith(part, StringComparison.Ordinal)) ? below : -1;
    }

    /// <summary>Class token and positions without their dimension of one and in the type that these are resized in, and what the folder says of the
    /// tower.</summary>
    private static HuggingFaceModel Dinov2Tower(HuggingFaceModel model)
    {
        ConfigFile config = model.Config();
        if (config[TypeKey] is null)
            throw new DasException(ErrorKind.Checkpoint, $"'{config.Path}' does not say {TypeKey}, where {VisionForm.Dinov2.Name} is expected: download it "
                + "again.");
        foreach ((string key, JsonNode ours) in Fixed)
            config.ThrowUnless(key, ours, ", so its weights are those of another image tower than is computed here: give a model without it.");
        OrderedDictionary<string, StoredTensor> tensors = model.Tensors;
        foreach ((string name, int dimensions) in new[] { ("visual.class_embedding", 1), ("visual.positional_embedding", 2) })
            if (tensors.TryGetValue(name, out StoredTensor? stored) && stored.Shape.Length > dimensions
                && stored.Shape[..^dimensions].All(size => size == 1)) tensors[name] = Flat(stored, stored.Shape[^dimensions..]);
        JsonObject sizes = new()
        {
            ["visionTower"] = VisionForm.Dinov2.Name,
            ["clipWidth"] = config.Required<int>("hidden_size"),
            ["clipHeads"] = config.Required<int>("num_attention_heads"),
            ["clipLayers"] = config.Required<int>("num_hidden_layers"),
            ["patchSize"] = config.Required<int>("patch_size"),
        };
        if (tensors.TryGetValue("visual.transformer.resblocks.0.mlp.c_fc.weight", out StoredTensor? inner) && inner.Shape.Length == 2
            && inner.Shape[0] != 4L * (int)sizes["clipWidth"]!) sizes["clipHidden"] = inner.Shape[0];
        if (HuggingFacePictures.In(Path.GetDirectoryName(model.ConfigPath)!) is { } pictures)
            sizes["pictures"] = JsonSerializer.SerializeToNode(pictures, JsonSerializerOptions.Web);
        return model with { Metadata = new Dictionary<string, string>(model.Metadata) { [Checkpoint.VisionKey] = sizes.ToJsonString() } };
    }

    private static StoredTensor Flat(StoredTensor stored, long[] shape) => stored with
    {
        Type = StoredType.Of(ScalarType.Float32)!,
        Shape = shape,
        Read = () =>
        {
            using Tensor read = stored.Read(), wide = read.to(ScalarType.Float32);
            return wide.reshape(shape);
        },
    };

    private static StoredTensor Concatenated(string[] names, OrderedDictionary<string, StoredTensor> tensors)
    {
        StoredTensor[] parts = [.. names.Select(name => tensors.TryGetValue(name, out StoredTensor? part) ? part
            : throw new DasException(ErrorKind.Checkpoint,
                $"'{name}' is missing where '{names.First(tensors.ContainsKey)}' is there: download all parts of the model."))];
        if (parts.Any(part => part.Shape.Length == 0 || part.Type != parts[0].Type || !part.Shape.SequenceEqual(parts[0].Shape)))
            throw new DasException(ErrorKind.Checkpoint, $"'{names[0]}' and its keys and values are of different shapes or types "
                + $"({string.Join(", ", parts.Select(part => TensorMemory.Text(part.Shape)))}): download the model again.");
        return parts[0] with
        {
            Shape = [parts.Length * parts[0].Shape[0], .. parts[0].Shape[1..]],
            Read = () =>
            {
                using DisposeScope scope = NewDisposeScope();
                return cat([.. parts.Select(part => part.Read())], 0).MoveToOuterDisposeScope();
            },
        };
    }
}
