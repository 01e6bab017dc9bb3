namespace Das.Tests.Parity;

/// <summary>What the published code computed, computed by ours. A recording of a kind that nothing checks fails, unless it is pending by name.</summary>
public sealed class ParityTests
{
    /// <summary>Kind → the check that reads everything it needs from the case.</summary>
    private static readonly Dictionary<string, Action<ParityCase>> Checkers = new()
    {
        ["vilt_infer"] = ViltParity.Check,
        ["vilt_vqa"] = ViltParity.Check,
        ["vilt_mlm"] = ViltParity.Check,
        ["vilt_itm"] = ViltParity.Check,
        ["vilt_nlvr2"] = ViltParity.Check,
        ["vilt_irtr"] = ViltParity.Check,
        ["vilt_recall"] = ViltParity.Check,
        ["vilt_train_vqa"] = ViltParity.CheckTraining,
        ["vilt_train_nlvr2"] = ViltParity.CheckTraining,
        ["meter_infer"] = MeterParity.Check,
        ["meter_vqa"] = MeterParity.Check,
        ["meter_nlvr2"] = MeterParity.Check,
        ["meter_irtr"] = MeterParity.Check,
        ["meter_recall"] = MeterParity.Check,
        ["meter_mlm"] = MeterParity.Check,
        ["meter_itm"] = MeterParity.Check,
        ["meter_snli"] = MeterParity.Check,
        ["meter_train_vqa"] = MeterParity.CheckTraining,
        ["meter_train_irtr+itm"] = MeterParity.CheckTraining,
        ["meter_train_nlvr2"] = MeterParity.CheckTraining,
        ["meter_clip_init"] = MeterInitParity.CheckClip,
        ["hf_bert_init"] = MeterInitParity.CheckBert,
        ["position_interpolation"] = MeterInitParity.CheckPositions,
        ["A_checkpoint"] = LlamaFilesParity.Check,
        ["A_forward"] = LlamaParity.Forward,
        ["A_generate"] = LlamaParity.Generate,
        ["A_top_p"] = LlamaParity.TopP,
        ["A_train"] = LanguageTrainingParity.CheckLlama,
        ["A_search"] = LanguageSearchParity.CheckLlama,
        ["B_forward"] = LavinParity.Forward,
        ["B_generate"] = LavinParity.Generate,
        ["B_train"] = LanguageTrainingParity.CheckLavin,
        ["C_checkpoint"] = LlavaParity.Files,
        ["C_forward"] = LlavaParity.Forward,
        ["C_features"] = LlavaParity.Features,
        ["C_generate"] = LlavaParity.Generate,
        ["C_train"] = LlavaTrainingParity.Check,
        ["C_search"] = LanguageSearchParity.CheckLlava,
        ["adamw_steps"] = OptimizerParity.CheckSteps,
        ["lr_schedule"] = OptimizerParity.CheckSchedule,
        ["D_lr_lavin"] = OptimizerParity.CheckEpochs,
        ["D_lr_llava"] = OptimizerParity.CheckCosine,
        ["E_lavin_trace"] = TraceParity.CheckLavin,
        ["E_lavin_trace_multi"] = TraceParity.CheckLavin,
        ["E_llava_trace"] = TraceParity.CheckLlava,
        ["E_llava_trace_multi"] = TraceParity.CheckLlava,
        ["das_policy"] = PolicyParity.Trace,
        ["das_final_selection"] = PolicyParity.Selection,
        ["checkpoint_reader"] = CheckpointParity.Check,
        ["image_preprocessing"] = ImageParity.Check,
        ["normalize_answer"] = LabelParity.Normalized,
        ["vqa_soft_labels"] = LabelParity.SoftLabels,
        ["f30k_nlvr2_tables"] = LabelParity.Tables,
        ["metrics"] = MetricParity.Check,
        ["F_prompts_scienceqa"] = PromptParity.ScienceQa,
        ["F_prompts_language"] = PromptParity.Language,
        ["F_dataset_rows"] = PieceParity.Rows,
        ["F_eval_language"] = AnswerParity.Language,
        ["F_eval_scienceqa"] = AnswerParity.ScienceQa,
        ["F_prompts_llava"] = ConversationParity.Check,
        ["F_metrics_llava"] = OpenAnswerParity.Check,
        ["G_tokenizer"] = PieceParity.Tokenizer,
        ["G_types"] = GgufParity.Types,
        ["G_model"] = GgufParity.Model,
        ["T_tokenizer"] = FastTokenizerParity.Check,
        ["C_chat_template"] = ChatTemplateParity.Check,
        ["H_image_lavin"] = SquareImageParity.Stretched,
        ["H_image_llava"] = SquareImageParity.Squared,
        ["M_model"] = DecoderParity.Model,
        ["S_das"] = DecoderParity.Skipping,
        ["X_hostile_gguf"] = GgufParity.Hostile,
        ["tower"] = TowerParity.Check,
    };

    public static TheoryData<ParityCase> Cases => [.. ParityCase.All];

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Our_result_equals_the_recorded_one(ParityCase recorded)
    {
        Assert.True(Checkers.TryGetValue(recorded.Kind, out Action<ParityCase>? check),
            $"{recorded.File}: unknown kind '{recorded.Kind}'. Known: {string.Join(", ", Checkers.Keys.Order())}.");
        using DisposeScope scope = NewDisposeScope();
        check!(recorded);
    }

    /// <summary>The kind of a case that states only its name, <c>das_policy_vilt_a</c>: the longest that the name begins with, else the name.</summary>
    public static string KindOf(string name) => Checkers.Keys.Where(kind => $"{name}_".StartsWith($"{kind}_")).MaxBy(kind => kind.Length) ?? name;

    /// <summary>The method that checks recordings of a kind; null if none does.</summary>
    public static string? CheckerOf(string kind) =>
        Checkers.TryGetValue(kind, out Action<ParityCase>? check) ? $"{check.Method.DeclaringType!.Name}.{check.Method.Name}" : null;
}
