namespace Das.Models.Skipping;

/// <summary>All that DAS asks of a backbone: an ordered list of candidate layers, any of which can be replaced by its adapter.</summary>
public interface ISkippable
{
    /// <summary>N.</summary>
    int CandidateCount { get; }

    /// <summary>The layers that the next forward pass replaces by their adapters.</summary>
    /// <exception cref="ArgumentException">A layer does not exist, or was left out of a finished model.</exception>
    SkipMask Skipped { get; set; }
}
