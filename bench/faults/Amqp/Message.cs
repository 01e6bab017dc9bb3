namespace Das.Disturbances.Amqp;

/// <summary>A message of the pipeline on its way.</summary>
/// <param name="Exchange">Where it was published to: the namespace and name of its contract.</param>
/// <param name="Body">The envelope's JSON.</param>
internal sealed record Message(string Exchange, byte[] Body)
{
    private static readonly Dictionary<string, string> Commands = PipelineStages.Das.All.ToDictionary(stage => Contract(stage, 0), stage => stage.Name),
        Events = PipelineStages.Das.All.ToDictionary(stage => Contract(stage, 1), stage => stage.Name);

    private readonly Lazy<JsonObject?> envelope = new(() =>
    {
        try { return JsonNode.Parse(Body) as JsonObject; }
        catch (JsonException) { return null; }
    });

    /// <summary>The contract's name.</summary>
    public string Contracted => Exchange[(Exchange.LastIndexOf(':') + 1)..];

    public JsonObject? Content => envelope.Value?["message"] as JsonObject;

    public Guid Run => Guid.TryParse(Content?["runId"]?.GetValue<string>(), out Guid id) ? id : Guid.Empty;

    /// <summary>When the sender's clock says it was sent.</summary>
    public DateTime? Sent => envelope.Value?["sentTime"] is JsonValue value && value.TryGetValue(out DateTime time) ? time : null;

    /// <summary>A text of its content.</summary>
    public string? Said(string member) => Content?[member] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>The stage that it asks for; null for what is no command.</summary>
    public string? Asks => Commands.GetValueOrDefault(Contracted);

    /// <summary>The stage whose end it tells, well or not; null for anything else.</summary>
    public string? Answers => Events.GetValueOrDefault(Contracted) ?? (Contracted is nameof(StageFailed) or nameof(StageCancelled) ? Said("stage") : null);

    /// <summary>The stage whose progress it is.</summary>
    public string? Tells => Contracted == nameof(StageProgressed) ? Said("stage") : null;

    public override string ToString() => $"{Contracted} {Run.ToString("N")[..8]} {Tells} {Said("note")}{Said("error")}";

    private static string Contract(PipelineStage stage, int which) => stage.GetType().GetGenericArguments()[which].Name;
}
