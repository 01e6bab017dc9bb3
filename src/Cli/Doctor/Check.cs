namespace Das.Cli.Doctor;

/// <summary>One line of <c>das doctor</c>.</summary>
/// <param name="Name">What was looked at: torch, broker, disk.</param>
/// <param name="Ok">Runs can work with what was found.</param>
/// <param name="Finding">What was found.</param>
/// <param name="Cure">What to do about it; null if nothing.</param>
public sealed record Check(string Name, bool Ok, string Finding, string? Cure = null);
