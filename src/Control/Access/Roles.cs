namespace Das.Control.Access;

/// <summary>The two roles, and the policies of the same names: a viewer sees everything, an operator changes things as well.</summary>
public static class Roles
{
    public const string Viewer = "viewer", Operator = "operator";

    public static IReadOnlyList<string> All { get; } = [Viewer, Operator];

    /// <exception cref="DasException">There is no such role.</exception>
    internal static string Check(string role) => All.Contains(role) ? role : throw new DasException(ErrorKind.Usage, Nearest.Unknown("role", role, All));
}
