using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Das.Models.Layers;

/// <summary>BERT's text embeddings: word + position + token type 0, LayerNorm, dropout (spec §2.1). (B, T) → (B, T, D).</summary>
public sealed class BertEmbeddings : Module<Tensor, Tensor>
{
    private readonly Embedding word_embeddings, position_embeddings, token_type_embeddings;
    private readonly LayerNorm layerNorm;
    private readonly double dropout;

    public BertEmbeddings(int vocabulary, int width, int maxLength, double dropout) : base(nameof(BertEmbeddings))
    {
        this.dropout = dropout;
        word_embeddings = Embedding(vocabulary, width, padding_idx: 0);
        position_embeddings = Embedding(maxLength, width);
        token_type_embeddings = Embedding(2, width);
        layerNorm = LayerNorm(width, eps: 1e-12);
        foreach (Embedding table in (Embedding[])[word_embeddings, position_embeddings, token_type_embeddings])
            init.normal_(table.weight!, 0, 0.02);
        register_module("word_embeddings", word_embeddings);
        register_module("position_embeddings", position_embeddings);
        register_module("token_type_embeddings", token_type_embeddings);
        register_module("LayerNorm", layerNorm);
    }

    public override Tensor forward(Tensor ids)
    {
        Tensor positions = position_embeddings.weight!.narrow(0, 0, ids.shape[1]);
        Tensor embedded = word_embeddings.forward(ids) + token_type_embeddings.weight![0] + positions;
        return functional.dropout(layerNorm.forward(embedded), dropout, training);
    }
}
