using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Das.Models.Layers;

/// <summary>
/// Gradient checkpointing (Chen et al. 2016, https://arxiv.org/abs/1604.06174): a part of a network keeps its input only, and
/// what lies inside is computed again when the backward pass comes to it. Memory per part falls to the size of its input,
/// for a second forward pass; losses and gradients are those of the plain pass, bit for bit where an operation has only one result.
/// </summary>
public static class Recomputed
{
    private static Exception? failure;

    /// <summary>The output of <paramref name="part"/> for <paramref name="x"/>.</summary>
    /// <param name="part">
    /// Called at once and, in a training step, once more by the backward pass; what it reads (masks, modes) must be the same both
    /// times. Gradients go into <paramref name="x"/> and into every parameter that it uses. Its result is a new tensor.
    /// </param>
    /// <param name="x">Any shape.</param>
    /// <remarks>Without gradients it is just <paramref name="part"/>. Dropout falls on the same elements both times.</remarks>
    public static Tensor Run(Func<Tensor, Tensor> part, Tensor x)
    {
        if (!is_grad_enabled()) return part(x);
        if (x.requires_grad) return Pass.apply(x, null!, part, null!);
        using Tensor anchor = zeros(0, requires_grad: true); // or else nothing would call the backward pass where only parameters learn
        return Pass.apply(x, anchor, part, null!);
    }

    /// <summary>The output of a part without trainable parameters whose gradient is known; nothing is kept for its backward pass.</summary>
    /// <param name="part">Its result is a new tensor.</param>
    /// <param name="gradient">The gradient of <paramref name="x"/> from that of the result, as a new tensor.</param>
    /// <param name="x">Any shape.</param>
    public static Tensor Known(Func<Tensor, Tensor> part, Func<Tensor, Tensor> gradient, Tensor x) => Known(part, (Delegate)gradient, x);

    /// <summary>The same of a gradient that depends on the input; the input is kept.</summary>
    /// <param name="part">Its result is a new tensor.</param>
    /// <param name="gradient">The gradient of <paramref name="x"/> from x and the result's gradient, as a new tensor.</param>
    /// <param name="x">Any shape.</param>
    public static Tensor Known(Func<Tensor, Tensor> part, Func<Tensor, Tensor, Tensor> gradient, Tensor x) => Known(part, (Delegate)gradient, x);

    private static Tensor Known(Func<Tensor, Tensor> part, Delegate gradient, Tensor x) =>
        is_grad_enabled() && x.requires_grad ? Pass.apply(x, null!, part, gradient) : part(x);

    /// <summary>
    /// The backward pass of a loss. What a part throws while it is computed again cannot pass through libtorch and comes out
    /// here; the loss's own <c>backward()</c> would end with libtorch's words about an invalid gradient instead.
    /// </summary>
    public static void Backward(Tensor loss)
    {
        Interlocked.Exchange(ref failure, null);
        try
        {
            loss.backward();
        }
        catch (ExternalException) when (Interlocked.Exchange(ref failure, null) is { } thrown)
        {
            ExceptionDispatchInfo.Throw(thrown);
        }
    }

    private sealed record Kept(Func<Tensor, Tensor> Part, bool InputLearns, RandomState? Random, Delegate? Gradient);

    private sealed class Pass : autograd.SingleTensorFunction<Pass>
    {
        private const string Key = "kept";

        public override string Name => nameof(Recomputed);

        public override Tensor forward(autograd.AutogradContext context, params object[] inputs)
        {
            (Tensor x, Func<Tensor, Tensor> part, Delegate? known) = ((Tensor)inputs[0], (Func<Tensor, Tensor>)inputs[2], (Delegate?)inputs[3]);
            context.set_materialize_grads(false);
            if (known is not Func<Tensor, Tensor>) context.save_for_backward([x]);
            context.save_data(Key, new Kept(part, x.requires_grad, known is null ? RandomState.Of(x.device) : null, known));
            using IDisposable frozen = no_grad();
            return part(x);
        }

        /// <summary>
        /// On a GPU this runs on a thread of libtorch's, where no scope disposes what is returned: the next call does, when
        /// libtorch has long taken its own reference.
        /// </summary>
        [ThreadStatic]
        private static Tensor? returned;

        public override List<Tensor> backward(autograd.AutogradContext context, Tensor gradient)
        {
            Tensor?[] gradients;
            using DisposeScope scope = NewDisposeScope();
            try
            {
                gradients = [Gradient(context, gradient), null, null, null];
            }
            catch (Exception thrown)
            {
                // An exception must not reach native frames. A gradient without dimensions fits neither x nor the anchor, so libtorch itself ends the pass.
                Interlocked.CompareExchange(ref failure, thrown, null);
                Kept kept = (Kept)context.get_data(Key);
                gradients = kept.InputLearns ? [zeros([]), null, null, null] : [null, zeros([]), null, null];
            }
            gradient.Dispose();
            returned?.Dispose();
            returned = (gradients[0] ?? gradients[1])?.DetachFromDisposeScope();
            return [.. gradients.Select(g => g!)];
        }

        private static Tensor? Gradient(autograd.AutogradContext context, Tensor gradient)
        {
            Kept kept = (Kept)context.get_data(Key);
            if (kept.Gradient is Func<Tensor, Tensor> known) return known(gradient);
            Tensor saved = context.get_saved_variables()[0];
            if (kept.Gradient is Func<Tensor, Tensor, Tensor> ofInput) return ofInput(saved, gradient);
            using IDisposable learning = enable_grad();
            Tensor x = saved.detach().requires_grad_(kept.InputLearns);
            RandomState now = RandomState.Of(x.device);
            kept.Random!.Restore();
            Tensor y = kept.Part(x);
            now.Restore();
            if (y.requires_grad) autograd.backward([y], [gradient]);
            return x.grad;
        }
    }

    /// <summary>
    /// Where the random stream stands. The state of a GPU's generator cannot be read, so it is given a seed drawn from the
    /// host's generator instead.
    /// </summary>
    private sealed record RandomState(byte[] Host, long? DeviceSeed)
    {
        public static RandomState Of(Device device)
        {
            using DisposeScope scope = NewDisposeScope();
            long? seed = device.type == DeviceType.CUDA ? randint(long.MaxValue, 1, ScalarType.Int64).item<long>() : null;
            if (seed is { } given) cuda.manual_seed_all(given);
            return new(random.get_rng_state().data<byte>().ToArray(), seed);
        }

        public void Restore()
        {
            using Tensor state = tensor(Host, ScalarType.Byte);
            random.set_rng_state(state);
            if (DeviceSeed is { } seed) cuda.manual_seed_all(seed);
        }
    }
}
