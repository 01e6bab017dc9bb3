namespace Das.Models.Decoders;

/// <summary>
/// A frozen matrix that a checkpoint fills, in its own type or quantised. It is uninitialised before that and never exists in another type, so
/// that a model takes no more memory than its weights while it is built. What is multiplied may be of a wider type than it is held in: then it is brought
/// to that type for each product, in either direction, and nothing of that is kept.
/// <para>
/// As int8 it is <c>W = s Q</c> with one s per row, the row's largest absolute value over 127, and Q the rows of W / s rounded to
/// whole numbers (to even halfway). <c>W x</c> is computed as s times <c>Q x</c>, where Q is first brought to the products' type, which holds it
/// exactly; s is float32. In float16 <c>Q x</c> may leave the range that bfloat16 has.
/// </para>
/// </summary>
internal sealed class PretrainedMatrix : nn.Module<Tensor, Tensor>
{
    private const double Largest = 127;

    /// <summary>Rows that are quantised at a time: the float32 copy of all would take several times the matrix.</summary>
    private const long RowsAtOnce = 1024;

    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly Tensor? scale;
    private readonly ScalarType stored, product;

    /// <param name="rows">Of the matrix.</param>
    /// <param name="columns">Of the matrix.</param>
    /// <param name="stored">Of the matrix where it is not quantised, and of its bias.</param>
    /// <param name="product">Of what is multiplied and of what comes out: that of the matrix, or float32.</param>
    /// <param name="quantized">Whether it is held as int8.</param>
    /// <param name="biased">Whether a bias is added to its products.</param>
    public PretrainedMatrix(long rows, long columns, ScalarType stored, ScalarType product, bool quantized, bool biased) : base(nameof(PretrainedMatrix))
    {
        (this.stored, this.product) = (stored, product);
        weight = new(empty(rows, columns, dtype: quantized ? ScalarType.Int8 : stored), requires_grad: !quantized);
        if (quantized) scale = empty(rows);
        if (biased) bias = new(empty(rows, dtype: stored));
        RegisterComponents();
    }

    public bool IsQuantized => scale is not null;

    /// <summary>Whether it is not frozen yet.</summary>
    public bool Learns => weight.requires_grad;

    /// <summary>The matrix as a linear map, with its bias where it has one.</summary>
    /// <param name="x">(…, columns), brought to the products' type.</param>
    /// <returns>(…, rows) in the products' type.</returns>
    public override Tensor forward(Tensor x)
    {
        if (x.dtype != product)
        {
            using Tensor brought = x.to(product);
            return forward(brought);
        }
        bool row = RowProduct.Takes(x, weight);
        if (!row && !IsQuantized && stored == product) return nn.functional.linear(x, weight, bias);
        Tensor result = row ? Row(x) : Recomputed.Known(Product, TransposedProduct, x);
        if (bias is null) return result;
        using (result) return result.Plus(bias);
    }

    /// <summary>The matrix as a table.</summary>
    /// <param name="ids">(B, T) row numbers.</param>
    /// <param name="type">Of the result.</param>
    /// <returns>(B, T, columns).</returns>
    public Tensor Rows(Tensor ids, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor flat = ids.reshape(-1), found = weight.index_select(0, flat);
        if (IsQuantized) found = found.mul(scale!.index_select(0, flat).unsqueeze(-1));
        return found.to(type).view([.. ids.shape, weight.shape[1]]).MoveToOuterDisposeScope();
    }

    /// <summary>Quantises a matrix of the same shape and any type of floating point.</summary>
    /// <exception cref="DasException">It is of whole numbers, whose scales are not known.</exception>
    public void Quantize(Tensor stored)
    {
        if (!stored.is_floating_point())
            throw new DasException(ErrorKind.Checkpoint,
                $"A pretrained matrix is stored as {stored.dtype}: floating point numbers were expected, which are quantised while "
            + "they are loaded. Give the published weights.");
        using IDisposable frozen = no_grad();
        for (long start = 0, rows = weight.shape[0]; start < rows; start += RowsAtOnce)
        {
            using DisposeScope scope = NewDisposeScope();
            long count = Math.Min(RowsAtOnce, rows - start);
            Tensor wide = stored.narrow(0, start, count).to(weight.device).to(ScalarType.Float32);
            Tensor factors = wide.abs().amax([1], keepdim: true).Times(1 / Largest);
            Tensor whole = wide.div(factors.clamp_min(Scalars.Of(1e-30))).round().clamp(Scalars.Of(-Largest), Scalars.Of(Largest));
            weight.narrow(0, start, count).copy_(whole);
            scale!.narrow(0, start, count).copy_(factors.squeeze(1));
        }
    }

    /// <summary>The standard deviation of the published models' start, whatever the layer.</summary>
    public void Initialize()
    {
        using DisposeScope scope = NewDisposeScope();
        if (bias is not null) nn.init.zeros_(bias);
        if (IsQuantized) Quantize(nn.init.normal_(empty(weight.shape), 0, 0.02));
        else nn.init.normal_(weight, 0, 0.02);
    }

    private Tensor Row(Tensor x)
    {
        Tensor result = RowProduct.Of(x, weight);
        return scale is null ? result : result.mul_(scale);
    }

    private Tensor Product(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor result = nn.functional.linear(x, weight.to(product));
        return (scale is null ? result : result.mul(scale).to(product)).MoveToOuterDisposeScope();
    }

    private Tensor TransposedProduct(Tensor gradient)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor scaled = scale is null ? gradient : gradient.mul(scale).to(product);
        return scaled.matmul(weight.to(product)).MoveToOuterDisposeScope();
    }
}
