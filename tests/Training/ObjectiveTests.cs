namespace Das.Tests.Training;

public sealed class ObjectiveTests : TensorTest
{
    [Fact]
    public void The_target_of_an_answer_is_what_people_gave_it()
    {
        Tensor targets = VqaObjective.Targets([[2, 0], [1], []], [[0.3f, 1f], [0.9f], []], 3);
        Assert.Equal([1f, 0f, 0.3f, 0f, 0.9f, 0f, 0f, 0f, 0f], targets.data<float>().ToArray());
    }

    [Fact]
    public void The_loss_of_a_question_is_the_sum_over_its_answers()
    {
        Tensor loss = VqaObjective.Loss(zeros(2, 5), zeros(2, 5));
        Assert.Equal(5 * Math.Log(2), loss.item<float>(), 5);
    }

    [Fact]
    public void A_label_outside_the_vocabulary_is_refused()
    {
        Assert.Contains("Label 3 of sample 1", Assert.Throws<ArgumentOutOfRangeException>(() => VqaObjective.Targets([[0], [3]], [[1f], [1f]], 3)).Message);
        Assert.Contains("Sample 0 has 2 labels but 1 scores", Assert.Throws<ArgumentException>(() => VqaObjective.Targets([[0, 1]], [[1f]], 3)).Message);
    }

    [Fact]
    public void Only_hidden_words_count_in_masked_language_modelling()
    {
        Tensor logits = zeros(1, 3, 4);
        logits[0, 1, 2] = 50;
        Assert.Equal(0, MlmObjective.Loss(logits, tensor((long[])[-100, 2, -100], 1, 3)).item<float>(), 5);
    }

    [Fact]
    public void The_learning_rate_rises_from_nothing_and_falls_to_nothing()
    {
        int warmup = LinearSchedule.WarmupSteps(0.1, 25);
        Assert.Equal(2, warmup);
        Assert.Equal([0, 0.5, 1, 0, 0], ((int[])[0, 1, 2, 25, 30]).Select(step => LinearSchedule.Multiplier(step, warmup, 25)));
        Assert.Equal(1, LinearSchedule.Multiplier(0, 0, 10));
    }
}
