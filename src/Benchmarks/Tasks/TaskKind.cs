namespace Das.Benchmarks;

/// <summary>What a sample asks of a model; each task has its own table layout.</summary>
public enum BenchmarkTask
{
    /// <summary>A question about a picture, answered from a vocabulary.</summary>
    Vqa,

    /// <summary>A sentence about a pair of pictures, true or false.</summary>
    Nlvr2,

    /// <summary>Pictures and captions that look for each other.</summary>
    Retrieval,

    /// <summary>A text to be continued, with or without a picture: the continuation holds the answer.</summary>
    Language,
}
