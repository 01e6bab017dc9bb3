namespace Das.Tests.Benchmarks;

public sealed class TextFormTests
{
    private static PieceTokenizer Tokenizer =>
        PieceTokenizer.Load(Repository.PathOf("tests/fixtures/parity/lavin_llava/G02_tokenizer_tiny/tokenizer.model"));

    private static LanguageSample Sample(bool image = false) =>
        new("1", "What is <image> it?\n", "a pond", "What is it?\n", [" a pond", " a sea"], ["A", "B"], "A", image ? new byte[] { 1 } : default,
        new Dictionary<string, string>());

    [Fact]
    public void Plainly_the_target_follows_the_prompt_and_only_it_is_learnt()
    {
        LearntText text = new PlainForm(Tokenizer).Training(Sample(), 100);
        Assert.Equal(Tokenizer.Encode("What is <image> it?\na pond", bos: true, eos: true).Select(i => (long)i), text.Ids);
        int prompt = Tokenizer.Encode("What is <image> it?\n", bos: true).Length;
        Assert.Equal(text.Ids.Select((id, i) => i < prompt ? ConversationRow.Ignored : id), text.Labels);
        Assert.Equal((text.Length - prompt, 0), (text.Targets, new PlainForm(Tokenizer).Training(Sample(), prompt).Targets));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void As_a_conversation_the_user_asks_below_the_picture_where_there_is_one(bool image)
    {
        ConversationForm form = new(Tokenizer);
        LearntText text = form.Training(Sample(image), 1000);
        Assert.Equal(image ? 1 : 0, text.Ids.Count(id => id == ConversationRow.Image)); // a prompt of its own may not show one
        string asked = Conversation.Query("What is  it?", image);
        Assert.Equal(ConversationRow.Encode(Tokenizer, $"{asked} a pond</s>").Select(i => (long)i), text.Ids);
        Assert.Equal([.. Tokenizer.Encode("a pond").Select(i => (long)i), Tokenizer.EosId], text.Labels.Where(l => l != ConversationRow.Ignored));
        LearntText cut = form.Training(Sample(image), text.Length - text.Targets);
        Assert.Equal((text.Length - text.Targets, 0), (cut.Length, cut.Targets));
        Assert.Equal(ConversationRow.Encode(Tokenizer, Conversation.Query("What is it?", image)), form.Query(Sample(image)));
    }

    [Fact]
    public void Where_weights_know_another_end_of_a_text_it_is_that_which_is_learnt()
    {
        string file = Repository.PathOf("tests/fixtures/parity/lavin_llava/G02_tokenizer_tiny/tokenizer.model");
        var tokenizer = PieceTokenizer.Load(file, endOfText: Tokenizer.BosId);
        foreach (TextForm form in (TextForm[])[new PlainForm(tokenizer), new ConversationForm(tokenizer)])
        {
            TextForm usual = form is PlainForm ? new PlainForm(Tokenizer) : new ConversationForm(Tokenizer);
            LearntText text = form.Training(Sample(), 1000), expected = usual.Training(Sample(), 1000);
            Assert.Equal(expected.Labels.SkipLast(1).Append(tokenizer.BosId), text.Labels);
        }
        Refuses.Data("cannot end a text; <s> is 1, </s> is 2", () => PieceTokenizer.Load(file, endOfText: 20));
    }

    [Fact]
    public void A_choice_is_what_the_training_text_would_add_to_the_query()
    {
        foreach (TextForm form in (TextForm[])[new PlainForm(Tokenizer), new ConversationForm(Tokenizer)])
        {
            LanguageSample sample = Sample() with { Prompt = "What is it?\n" };
            LearntText trained = form.Training(sample with { Target = form is PlainForm ? " a pond" : "a pond" }, 1000);
            Assert.Equal(trained.Ids.SkipLast(1), form.Query(sample).Concat(form.Choice(sample, sample.Choices[0])).Select(i => (long)i));
        }
    }

    [Fact]
    public void A_choice_s_text_is_set_off_from_the_question_by_a_space_or_by_the_conversation()
    {
        var row = LanguageRow.OfTexts("1", "Question: What is it?\nAnswer:", [("A", "a pond"), ("B", "a sea")], "B", new Dictionary<string, string>());
        LanguageSample sample = new(row.Id, row.Prompt, row.Target, row.Query, row.Choices, row.Letters, row.Expected, default, row.Facts);
        PieceTokenizer tokenizer = Tokenizer;
        Assert.Equal(tokenizer.Encode("Question: What is it?\nAnswer: a sea", bos: true, eos: true).Select(id => (long)id),
            new PlainForm(tokenizer).Training(sample, 100).Ids);
        foreach (TextForm form in (TextForm[])[new PlainForm(tokenizer), new ConversationForm(tokenizer)])
        {
            long[] whole = [.. form.Context(sample).Concat(form.Choice(sample, "a sea")).Select(id => (long)id)];
            LearntText trained = form.Training(sample, 1000);
            Assert.Equal(trained.Ids.SkipLast(1), whole);
            Assert.Equal(trained.Targets - 1, form.Choice(sample, "a sea").Length);
        }
    }

    [Fact]
    public void A_later_turn_is_asked_in_its_conversation_and_only_its_own_answer_is_learnt()
    {
        PieceTokenizer tokenizer = Tokenizer;
        LanguageSample sample = new("1", "Is it dark?\n", "No", "Is it dark?\n", [], [], "No", new byte[] { 1 },
            new Dictionary<string, string> { [LanguageRow.EarlierTurns] = """["What is it?","a pond"]""" });
        ConversationForm form = new(tokenizer);
        var whole = ConversationRow.Of(tokenizer, [new(true, "<image>\nWhat is it?"), new(false, "a pond"), new(true, "Is it dark?"), new(false, "No")]);
        LearntText learnt = form.Training(sample, 1000);
        Assert.Equal(whole.Ids.Select(id => (long)id), learnt.Ids);
        Assert.Equal(learnt.Ids[..form.Query(sample).Length], form.Query(sample).Select(id => (long)id));
        long[] own = [.. learnt.Labels.Where(label => label != ConversationRow.Ignored)];
        Assert.Equal([.. tokenizer.Encode("No").Select(id => (long)id), tokenizer.EosId], own);
        Assert.True(whole.Labels.Count(label => label != ConversationRow.Ignored) > own.Length);
        PlainForm plain = new(tokenizer);
        Assert.Equal(tokenizer.Encode("What is it?\na pond\nIs it dark?\n", bos: true), plain.Query(sample));
        Assert.Equal(tokenizer.Encode("What is it?\na pond\nIs it dark?\nNo", bos: true, eos: true).Select(id => (long)id), plain.Training(sample, 1000).Ids);
    }
}
