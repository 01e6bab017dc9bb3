namespace Das.Benchmarks.Arrow.Layouts;

/// <summary>VQA's table: a row is a picture with all its questions and their soft labels.</summary>
internal sealed class VqaLayout : TableLayout
{
    public override Schema Columns { get; } = Of(
        ("image", BinaryType.Default), ("questions", Texts), ("answers", new ListType(Texts)), ("answer_labels", new ListType(Integers)),
        ("answer_scores", new ListType(Reals)), ("image_id", Int64Type.Default), ("question_id", Integers), ("split", StringType.Default));

    public override IArrowArray[] Fill(IReadOnlyList<TableRow> rows)
    {
        VqaRow[] pictures = [.. rows.Select(r => (VqaRow)r.Content)];
        ListArray.Builder ids = new(Int64Type.Default), answers = new(Texts), labels = new(Integers), scores = new(Reals);
        Int64Array.Builder imageIds = new();
        foreach (VqaRow row in pictures)
        {
            imageIds.Append(row.ImageId);
            ids.Append();
            answers.Append();
            labels.Append();
            scores.Append();
            foreach (VqaQuestion question in row.Questions) ((Int64Array.Builder)ids.ValueBuilder).Append(question.Id);
            if (row.Questions.All(q => q.Labels.Count == 0)) continue; // Published test tables hold [] here, not one [] a question.
            foreach (VqaQuestion question in row.Questions)
            {
                Append<StringArray.Builder>(answers, b => { foreach (string a in question.Answers) b.Append(a); });
                Append<Int64Array.Builder>(labels, b => { foreach (int l in question.Labels) b.Append(l); });
                Append<DoubleArray.Builder>(scores, b => { foreach (double s in question.Scores) b.Append(s); });
            }
        }
        return
        [
            Pictures(rows, 0), Lists(pictures.Select(p => p.Questions.Select(q => q.Text))), answers.Build(), labels.Build(), scores.Build(),
            imageIds.Build(), ids.Build(), Words(pictures.Select(p => p.Split)),
        ];
    }

    private static void Append<T>(ListArray.Builder outer, Action<T> values) where T : class
    {
        var inner = (ListArray.Builder)outer.ValueBuilder;
        inner.Append();
        values((T)(object)inner.ValueBuilder);
    }
}
