namespace Das.Tests.Parity;

/// <summary>Kinds of recordings whose backbone, benchmark or task is not built yet, by name.</summary>
public static class PendingKinds
{
    public static IReadOnlyList<string> All { get; } =
    [
        // LLaMA, LaVIN and LLaVA
        "A_checkpoint", "A_generate", "A_top_p", "A_train", "A_search", "B_train",
        "C_checkpoint", "C_forward", "C_features", "C_generate", "C_train", "C_search", "D_lr_lavin", "D_lr_llava",
        "E_lavin_trace", "E_llava_trace", "E_lavin_trace_multi", "E_llava_trace_multi",
        "F_prompts_scienceqa", "F_prompts_language", "F_dataset_rows", "F_eval_language", "F_eval_scienceqa", "F_prompts_llava",
        "F_metrics_llava", "G_tokenizer", "H_image_lavin", "H_image_llava",
    ];
}
