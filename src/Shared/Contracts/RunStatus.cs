using System.Text.Json.Serialization;

namespace Das.Contracts;

/// <summary>How a run stands. What it is at work on stands beside it, so that a stage more needs no status more.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunStatus>))]
public enum RunStatus { Queued, Running, Completed, Failed, Cancelled }

/// <summary>How a stage of a run stands, or one of its branches.</summary>
[JsonConverter(typeof(StageStatusNames))]
public enum StageStatus { Running, Finished, Failed, Cancelled, Given }

/// <summary><c>finished</c>.</summary>
public sealed class StageStatusNames() : JsonStringEnumConverter<StageStatus>(JsonNamingPolicy.CamelCase);
