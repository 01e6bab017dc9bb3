namespace Das.Benchmarks.Text.Fast;

/// <summary>What cuts words into the pieces of a vocabulary (<c>model</c>).</summary>
internal interface IWordModel
{
    /// <summary>The id of what no piece spells; null where there is none.</summary>
    int? Unknown { get; }

    /// <summary>Appends the ids of a word.</summary>
    void Cut(string word, List<int> encoded);
}
