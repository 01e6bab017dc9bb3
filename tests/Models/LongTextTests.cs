namespace Das.Tests.Models;

/// <summary>Texts that attention computes in several pieces of queries.</summary>
public sealed class LongTextTests : TensorTest
{
    [Theory]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(150)]
    public void A_long_text_read_at_once_gives_what_it_gives_token_by_token(int length)
    {
        using IDisposable frozen = no_grad();
        using Llama llama = TinyLlama.New();
        Compare(llama, TinyLlama.Texts(1, length));
        using Lavin lavin = TinyLavin.New(config: TinyLavin.Config with { MaxLength = 200 });
        Compare(lavin, TinyLavin.Texts([length], [true]));
    }

    [Fact]
    public void The_gradients_of_a_long_text_say_how_its_loss_changes()
    {
        using Llama model = TinyLlama.New();
        model.FreezeForAdapters();
        TokenBatch texts = TinyLlama.Texts(2, 150, 90);
        Parameter[] parameters = [.. model.parameters().Where(p => p.requires_grad)];
        LanguageObjective.Loss(model, texts).backward();
        Tensor[] gradients = [.. parameters.Select(p => p.grad is { } g ? g.clone() : zeros_like(p))]; // replacements have none
        double size = gradients.Sum(g => g.mul(g).sum().item<float>());
        float At(double step)
        {
            using IDisposable frozen = no_grad();
            foreach ((Parameter p, Tensor g) in parameters.Zip(gradients)) p.add_(g, Scalars.Of(step));
            float loss = LanguageObjective.Loss(model, texts).item<float>();
            foreach ((Parameter p, Tensor g) in parameters.Zip(gradients)) p.add_(g, Scalars.Of(-step));
            return loss;
        }

        double reach = 0.01 / Math.Sqrt(size);
        Assert.InRange((At(reach) - At(-reach)) / (2 * reach * size), 0.99, 1.01);
    }

    private static void Compare(LanguageModel model, TokenBatch text)
    {
        Sequence sequence = model.Assemble(text);
        int S = sequence.Lengths[0];
        Tensor whole = model.Hidden(sequence);
        using KeyValueCache cache = new(1, S);
        for (int at = 0; at < S; at++)
        {
            Tensor one = model.Hidden(new(sequence.Embeddings.narrow(1, at, 1), [1], null), cache);
            Assert.InRange(one.sub(whole.narrow(1, at, 1)).abs().max().item<float>(), 0, 2e-5f);
        }
    }
}
