namespace Das.Benchmarks.Catalog;

/// <summary>What tells one set of questions about pictures from another.</summary>
/// <param name="Name">What recipes call it.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Train">The file to train on, unless option <c>train</c> says otherwise.</param>
/// <param name="Test">The file to be tested on, unless option <c>test</c> says otherwise; where it is the same file, its items say which they are.</param>
/// <param name="Images">The picture folder, unless option <c>images</c> says otherwise.</param>
/// <param name="Classifies">Whether every answer is one of the same few labels; else questions are open or closed.</param>
public sealed record ConversationSet(string Name, string Description, string Train, string Test, string Images, bool Classifies)
{
    private const string Options = "options train, test, images, seed, valPercent.";

    public static ConversationSet Aid20 { get; } = Aid(20);

    public static ConversationSet Aid50 { get; } = Aid(50);

    /// <summary>SLAKE in English (Liu et al. 2021, https://www.med-vqa.com/slake), as DAS publishes it; the set's own <c>train.json</c> and
    /// <c>test.json</c> are read as well.</summary>
    public static ConversationSet Slake { get; } = new("slake", $"SLAKE: open and closed questions about medical pictures, in English; {Options}",
        "train_llava_en.json", "testval_llava_en.json", "imgs", Classifies: false);

    /// <summary>VQA-RAD (Lau et al. 2018, https://osf.io/89kps) as published: one file, and nearly every picture that is tested on is trained on too.</summary>
    public static ConversationSet VqaRad { get; } = new("vqa-rad", $"VQA-RAD: open and closed questions about radiology pictures; {Options}",
        "VQA_RAD_Dataset_Public.json", "VQA_RAD_Dataset_Public.json", "images", Classifies: false);

    /// <summary>One's own conversations.</summary>
    public static ConversationSet Own { get; } = new("conversations",
        "Your own conversations in LLaVA's JSON form, with or without a picture, of one or several turns; options train, val, test, splitColumn, seed, "
        + "valPercent, testPercent, images.", "train.json", "test.json", "images", Classifies: false);

    /// <summary>AID (Xia et al. 2017, https://captain-whu.github.io/AID) as DAS publishes it.</summary>
    private static ConversationSet Aid(int percent) =>
        new($"aid{percent}", $"AID: which of 30 scenes an aerial picture shows, {percent} % of the pictures to train on; {Options}",
        $"train{percent}.json", $"test{percent}.json", "images", Classifies: true);
}
