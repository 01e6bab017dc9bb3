namespace Das.Training.Data;

/// <summary>Models that can do a task.</summary>
/// <param name="Type">What each of them is.</param>
/// <param name="Does">What such a model does: <c>fuses a text with images</c>.</param>
public sealed record ModelFamily(Type Type, string Does)
{
    /// <summary>Models that fuse a text with images.</summary>
    public static ModelFamily Fusing { get; } = new(typeof(VisionLanguageModel), "fuses a text with images");

    /// <summary>Decoders.</summary>
    public static ModelFamily Writing { get; } = new(typeof(LanguageModel), "continues a text");

    /// <summary>Why a backbone cannot be used with a benchmark of a task of this family; null if it can.</summary>
    public string? Refusal(Backbone backbone, string benchmark, TaskKind task) => backbone.Model.IsAssignableTo(Type) ? null
        : $"backbone '{backbone.Name}' cannot be used with benchmark '{benchmark}': its task, {task.Name}, needs one that {Does}.";
}
