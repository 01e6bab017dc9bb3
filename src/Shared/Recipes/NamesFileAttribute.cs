namespace Das.Recipes;

/// <summary>The text names a file or folder that the stages read.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NamesFileAttribute : Attribute;
