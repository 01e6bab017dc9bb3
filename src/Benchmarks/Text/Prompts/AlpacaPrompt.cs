namespace Das.Benchmarks.Text.Prompts;

/// <summary>Alpaca's texts as the published code forms them (<c>L/util/language_datasets.py:27-36</c>); none of its scripts trains on them.</summary>
public static class AlpacaPrompt
{
    private const string Task = "Below is an instruction that describes a task", Request = "Write a response that appropriately completes the request.";

    /// <param name="instruction">What is to be done.</param>
    /// <param name="input">What it is to be done with; may be empty.</param>
    /// <param name="output">The response.</param>
    public static LanguagePrompt Training(string instruction, string input, string output) => new(
        input.Length == 0
            ? $"{Task}. {Request}\nInstruction: {instruction}\n"
            : $"{Task}, paired with an input that provides further context. {Request}\nInstruction: {instruction}\nInput: {input}\n",
        $"Response: {output}");
}
