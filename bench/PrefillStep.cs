namespace Das.Bench;

/// <summary>How much of the time in which a LLaMA of 1 B reads a prompt is that of its matrix products; and which type the products are faster in.</summary>
internal static class PrefillStep
{
    private const int Tokens = 512;

    /// <summary>Fewer layers in float32: the share is the same, and both models are in memory together.</summary>
    private static readonly (string Type, int Layers)[] forms = [("bfloat16", 16), ("float32", 4)];

    public static Measured Measure(MeasurementOptions options)
    {
        using IDisposable frozen = no_grad();
        manual_seed(0);
        Form[] compared = [.. forms.Select(form => new Form(new() { Dim = 2048, Hidden = 5632, Heads = 16, Layers = form.Layers, Dtype = form.Type }))];
        Interleaved timed = Interleaved.Time([.. compared.SelectMany(form => form.Contenders())], options);
        double PerLayer(IReadOnlyDictionary<string, double> s, int form, int tokens) => s[compared[form].Products(tokens)] / forms[form].Layers;
        return new(timed,
        [
            .. compared.Select(form => Figure.Gain($"{form.Config.Dtype}, {form.Config.Layers} layers: its products ÷ {Tokens} tokens through it",
                timed.Over(s => s[form.Products(Tokens)] / s[form.Whole]), 1)),
            .. compared.Select(form => Figure.Rate($"{form.Config.Dtype}: products, {Tokens} tokens",
                timed.Over(s => form.Macs * Tokens / s[form.Products(Tokens)] / 1e9), "GMAC/s")),
            .. ((int[])[Tokens, 1]).Select(tokens =>
                new Figure($"products of {tokens} token{(tokens > 1 ? "s" : "")}, float32 ÷ bfloat16",
                timed.Over(s => PerLayer(s, 1, tokens) / PerLayer(s, 0, tokens)), "×", null, null)),
        ]);
    }

    private sealed class Form
    {
        private readonly Llama model;
        private readonly Tensor ids = randint(0, 32000, [1, Tokens], dtype: ScalarType.Int64);
        private readonly Tensor[] matrices;

        public Form(LlamaConfig config)
        {
            Config = config;
            model = new(config);
            model.InitializeWeights();
            model.eval();
            matrices = [.. model.named_parameters().Where(p => p.name.StartsWith("layers.", StringComparison.Ordinal) && p.parameter.dim() == 2
                && !p.name.Contains("adapter", StringComparison.Ordinal)).Select(p => p.parameter)];
        }

        public LlamaConfig Config { get; }

        public double Macs => matrices.Sum(matrix => (double)matrix.numel());

        public string Whole => $"{Config.Dtype} {Tokens} tokens";

        public string Products(int tokens) => $"{Config.Dtype} products of {tokens}";

        public IEnumerable<Contender> Contenders() =>
            [new(Whole, Read), .. ((int[])[Tokens, 1]).Select(tokens => new Contender(Products(tokens), () => Multiply(tokens)))];

        private void Read()
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor hidden = model.Hidden(model.Assemble(new(ids, [Tokens])));
            model.Logits(hidden.select(1, Tokens - 1));
        }

        private void Multiply(int tokens)
        {
            using DisposeScope scope = NewDisposeScope();
            Dictionary<long, Tensor> inputs = matrices.Select(matrix => matrix.shape[1]).Distinct()
                .ToDictionary(width => width, width => randn([tokens, width]).to(matrices[0].dtype));
            foreach (Tensor matrix in matrices) F.linear(inputs[matrix.shape[1]], matrix).Dispose();
        }
    }
}
