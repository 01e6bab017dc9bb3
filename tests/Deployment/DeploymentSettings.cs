using System.Reflection;

namespace Das.Tests.Deployment;

/// <summary>The settings classes that environment variables fill: <c>SECTION__PROPERTY</c>.</summary>
internal static class DeploymentSettings
{
    private static readonly Dictionary<string, Type> sections = new()
    {
        ["DAS_BUS"] = typeof(BusSettings),
    };

    /// <summary>The property that <paramref name="variable"/> sets; null if there is none.</summary>
    public static PropertyInfo? Find(string variable) =>
        variable.Split("__") is [var section, var property] && sections.TryGetValue(section, out var settings)
            ? settings.GetProperty(property, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase)
            : null;
}
