namespace Das.Benchmarks.Text.Prompts;

/// <summary>A training text in two parts, which follow each other without a separator.</summary>
/// <param name="Prompt">What is given.</param>
/// <param name="Target">What is to be learnt.</param>
public sealed record LanguagePrompt(string Prompt, string Target);
