namespace Das.Foundation;

/// <summary>What a person has to look at to mend what went wrong.</summary>
public enum ErrorKind
{
    /// <summary>The command line, the form or the request.</summary>
    Usage,

    /// <summary>The name of something that is not there.</summary>
    NotFound,

    /// <summary>What is asked of something that is past it: cancelling a run that has ended.</summary>
    Conflict,

    /// <summary>A value of the recipe.</summary>
    Recipe,

    /// <summary>The raw files of a benchmark, or a dataset made of them.</summary>
    Data,

    /// <summary>Pretrained or fine-tuned weights, or a tokenizer's files.</summary>
    Checkpoint,

    /// <summary>What lies below <c>DAS_HOME</c>, and its disk.</summary>
    Storage,

    /// <summary>A disk that has no room left.</summary>
    DiskFull,

    /// <summary>Training itself: a loss that is no number.</summary>
    Training,

    /// <summary>This machine, its devices, or the broker.</summary>
    Machine,
}

/// <summary>Something a person can act on: the message is the whole sentence, shown without a stack trace.</summary>
public class DasException(ErrorKind kind, string sentence, Exception? inner = null) : Exception(sentence, inner)
{
    public ErrorKind Kind => kind;
}
