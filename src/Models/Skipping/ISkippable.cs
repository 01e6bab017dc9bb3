namespace Das.Models.Skipping;

/// <summary>An ordered list of layers, any of which a forward pass can do without: all that the search needs of a backbone.</summary>
public interface ISkippable
{
    /// <summary>N: layers that may be skipped, indexed 0 to N-1 (method §1.1).</summary>
    int CandidateCount { get; }

    /// <summary>The layers that the next forward pass replaces by their adapters.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a mask with a layer that does not exist.</exception>
    /// <exception cref="InvalidOperationException">Set, on a finished model, to anything but the layers it was built without.</exception>
    SkipMask Skipped { get; set; }
}
