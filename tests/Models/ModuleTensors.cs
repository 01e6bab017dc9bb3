namespace Das.Tests.Models;

internal static class ModuleTensors
{
    extension(nn.Module module)
    {
        public IEnumerable<(string Name, Tensor Value)> Tensors() => module.state_dict().Select(tensor => (tensor.Key, tensor.Value));

        /// <summary>What a pretrained file has of it: all but the adapters.</summary>
        public IEnumerable<(string Name, Tensor Value)> Pretrained() => module.Tensors().Where(tensor => !tensor.Name.Contains("adapter"));

        /// <summary>How many numbers learn.</summary>
        public long Learning() => module.parameters().Where(p => p.requires_grad).Sum(p => p.numel());

        /// <summary>Copies of the gradients that there are.</summary>
        public Tensor[] Gradients() => [.. module.parameters().Where(p => p.grad is { }).Select(p => p.grad!.clone())];
    }

    /// <summary>The model has as many parameters as were counted, and as many of them learn.</summary>
    public static void AssertCounted(this BackboneModel model, ParameterCounts counts)
    {
        model.FreezeForAdapters();
        Assert.Equal((model.parameters().Sum(p => p.numel()), model.Learning()), (counts.Total, counts.Updated));
    }

    /// <summary>The largest difference is at most a share of the largest value.</summary>
    public static void Near(Tensor expected, Tensor actual, float share) =>
        Assert.InRange(expected.sub(actual).abs().max().item<float>() / expected.abs().max().item<float>(), 0, share);

    /// <summary>The second time that something is done, no tensor stays.</summary>
    public static void LeavesNothing(Action pass)
    {
        pass();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        pass();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
