using static Das.Tests.Cli.ComparedRuns;

namespace Das.Tests.Cli;

public sealed class CompareTests : IDisposable
{
    private readonly ComparedRuns runs = new();

    public void Dispose() => runs.Dispose();

    /// <summary>Every column of the paper: k = 0 on one benchmark, DAS on all of them.</summary>
    private ComparedRuns PaperTable() => runs
        .Add("das", 0, Scored(.7512, full: 54e9, skipped: 54e9))
        .Add("das", 4, Scored(.74, full: 54e9, skipped: 44e9))
        .Add("das", 4, Scored(.76, half: .02, parameters: 5_500_000, full: 108e9, skipped: 90e9), task: "nlvr2", benchmark: "nlvr2")
        .Add("das", 4, [new(MetricNames.IrRecall1, .5, .49, .51), new(MetricNames.TrRecall1, .6)], task: "retrieval", benchmark: "f30k");

    [Fact]
    public async Task Text_has_the_papers_columns_in_the_papers_order()
    {
        var result = await PaperTable().CompareAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
            """
            ╭────────────────────────────┬────────────────────────┬─────────────────────┬──────────────┬──────────────┬──────────────┬────────────┬─────────╮
            │ method                     │ updated parameters (M) │ additional MACs (G) │      VQA (%) │    NLVR2 (%) │   IR R@1 (%) │ TR R@1 (%) │ average │
            ├────────────────────────────┼────────────────────────┼─────────────────────┼──────────────┼──────────────┼──────────────┼────────────┼─────────┤
            │ vilt, full adapters, k = 0 │                   5.34 │                   0 │ 75.12 ± 1.00 │            – │            – │          – │   75.12 │
            │ vilt, DAS, k = 4           │                   5.42 │              −14.00 │ 74.00 ± 1.00 │ 76.00 ± 2.00 │ 50.00 ± 1.00 │      60.00 │   65.00 │
            ╰────────────────────────────┴────────────────────────┴─────────────────────┴──────────────┴──────────────┴──────────────┴────────────┴─────────╯
            ± of one run: half its 95 % interval.
            Additional MACs: against the unskipped model with its adapters, since not every report counts the backbone alone.
            Parameters and MACs: the mean over a method's benchmarks.
            Average: over the scores that a method has.

            """, result.Output);
    }

    [Fact]
    public async Task Markdown_is_a_table_with_its_notes_as_a_list()
    {
        var result = await PaperTable().CompareAsync("--format", "markdown");
        Assert.Equal(
            """
            | method | updated parameters (M) | additional MACs (G) | VQA (%) | NLVR2 (%) | IR R@1 (%) | TR R@1 (%) | average |
            |---|---:|---:|---:|---:|---:|---:|---:|
            | vilt, full adapters, k = 0 | 5.34 | 0 | 75.12 ± 1.00 | – | – | – | 75.12 |
            | vilt, DAS, k = 4 | 5.42 | −14.00 | 74.00 ± 1.00 | 76.00 ± 2.00 | 50.00 ± 1.00 | 60.00 | 65.00 |

            - ± of one run: half its 95 % interval.
            - Additional MACs: against the unskipped model with its adapters, since not every report counts the backbone alone.
            - Parameters and MACs: the mean over a method's benchmarks.
            - Average: over the scores that a method has.

            """, result.Output);
    }

    [Fact]
    public async Task Latex_is_a_booktabs_table_with_its_notes_as_comments()
    {
        var result = await PaperTable().CompareAsync("--format", "latex");
        Assert.Equal(
            """
            \begin{tabular}{lrrrrrrr}
            \toprule
            method & updated parameters (M) & additional MACs (G) & VQA (\%) & NLVR2 (\%) & IR R@1 (\%) & TR R@1 (\%) & average \\
            \midrule
            vilt, full adapters, k = 0 & 5.34 & 0 & 75.12 $\pm$ 1.00 & -- & -- & -- & 75.12 \\
            vilt, DAS, k = 4 & 5.42 & $-$14.00 & 74.00 $\pm$ 1.00 & 76.00 $\pm$ 2.00 & 50.00 $\pm$ 1.00 & 60.00 & 65.00 \\
            \bottomrule
            \end{tabular}
            % ± of one run: half its 95 % interval.
            % Additional MACs: against the unskipped model with its adapters, since not every report counts the backbone alone.
            % Parameters and MACs: the mean over a method's benchmarks.
            % Average: over the scores that a method has.

            """, result.Output);
    }

    [Fact]
    public async Task Csv_has_plain_numbers_and_leaves_unknown_ones_empty()
    {
        var result = await runs.Add("das", 0, Scored(.75, full: 54e9, skipped: 54e9)).Add("das", 4, [new(MetricNames.Accuracy, .5)])
            .Add("das", 4, [new(MetricNames.Accuracy, .7)], seed: 1).CompareAsync("--format", "csv");
        string[] lines = result.Output.Split('\n');
        Assert.Equal("method,updated parameters,MACs,additional MACs,VQA,VQA ±,VQA seeds", lines[0]);
        Assert.StartsWith("\"vilt, full adapters, k = 0\",5340000,54000000000,0,0.75,0.01", lines[1]);
        Assert.StartsWith("\"vilt, DAS, k = 4\",,,,0.6,0.14142135", lines[2]);
        Assert.Equal("a,'=1+1\n\"x\"\"y\",-2\n", new TextTable(["a", "=1+1"], [["x\"y", "-2"]], Words: 2).Csv().Replace("'-2", "-2"));
    }

    [Fact]
    public void What_a_format_reads_as_markup_is_escaped()
    {
        TextTable table = new(["a_b"], [[@"{50 %} & #1 \ x^2 ~ $|*"]], Words: 1);
        Assert.Contains(@"a\_b \\", table.Latex());
        Assert.Contains(@"\{50 \%\} \& \#1 \textbackslash{} x\textasciicircum{}2 \textasciitilde{} \$|* \\", table.Latex());
        Assert.Contains(@"| {50 %} & #1 \\ x^2 ~ $\|\* |", table.Markdown());
    }

    [Fact]
    public async Task Seeds_are_averaged_and_their_standard_deviation_and_number_shown()
    {
        runs.Add("random", 2, Scored(.50, skipped: 40e9)).Add("das", 2, Scored(.60)).Add("random", 2, Scored(.52, skipped: 42e9), seed: 1)
            .Add("random", 2, Scored(.54, skipped: 44e9), seed: 2);
        var result = await runs.CompareAsync("--format", "markdown");
        Assert.Contains("| vilt, random, k = 2 | 5.34 | −12.00 | 52.00 ± 2.00 (3) |\n| vilt, DAS, k = 2 | 5.34 | −10.00 | 60.00 ± 1.00 |\n", result.Output);
        Assert.Contains("- ± of several seeds: their standard deviation, with their number in brackets.", result.Output);
    }

    [Fact]
    public async Task Columns_that_nobody_has_are_left_out()
    {
        var result = await runs.Add("das", 1, [new(MetricNames.TrRecall1, .25)], task: "retrieval", benchmark: "f30k").CompareAsync("--format", "markdown");
        Assert.Equal("| method | TR R@1 (%) |\n|---|---:|\n| vilt, DAS, k = 1 | 25.00 |\n\n", result.Output);
    }

    [Fact]
    public async Task Two_benchmarks_with_one_measure_have_a_column_each()
    {
        var result = await runs.Add("das", 1, Scored(.5)).Add("das", 1, Scored(.7), benchmark: "easy-vqa").CompareAsync("--format", "markdown");
        Assert.Contains("| VQA shapes (%) | VQA easy-vqa (%) | average |", result.Output);
        Assert.Contains("| 50.00 ± 1.00 | 70.00 ± 1.00 | 60.00 |", result.Output);
    }

    [Fact]
    public async Task Additional_MACs_are_counted_from_the_backbone_alone_where_every_report_has_it()
    {
        runs.Add("das", 0, [.. Scored(.5, full: 54e9, skipped: 54e9), new(MetricNames.MacsBackbone, 50e9)]);
        var all = await runs.CompareAsync("--format", "markdown");
        Assert.Contains("| 5.34 | 4.00 |", all.Output);
        Assert.Contains("- Additional MACs: against the unskipped backbone without adapters.", all.Output);
        var mixed = await runs.Add("das", 2, Scored(.5)).CompareAsync("--format", "markdown");
        Assert.Contains("| 5.34 | 0 |", mixed.Output);
        Assert.Contains("| 5.34 | −10.00 |", mixed.Output);
    }

    [Fact]
    public async Task Small_models_costs_keep_three_digits()
    {
        var result = await runs.Add("das", 2, Scored(.5, parameters: 126_100, full: 54.38e6, skipped: 41.7e6)).CompareAsync("--format", "markdown");
        Assert.Contains("| 0.126 | −0.0127 |", result.Output);
    }

    [Fact]
    public async Task A_run_given_twice_counts_once_and_one_that_repeats_another_is_named()
    {
        runs.Add("das", 2, Scored(.5)).Add("das", 2, Scored(.5));
        runs.Names.Add("a0");
        var result = await runs.CompareAsync("--format", "markdown");
        Assert.Contains("50.00 ± 1.00 |", result.Output);
        Assert.Contains("- Run a1000000 repeats another run's recipe and seed and is not counted.", result.Output);
    }

    [Fact]
    public async Task Nothing_searched_is_one_method_whatever_the_search_would_have_been()
    {
        runs.Add("das", 0, Scored(.5)).Add("random", 0, Scored(.6), seed: 1, change: recipe => recipe with { Search = recipe.Search with { Epochs = 9 } });
        Assert.Contains("| vilt, full adapters, k = 0 | 5.34 | −10.00 | 55.00 ± 7.07 (2) |", (await runs.CompareAsync("--format", "markdown")).Output);
    }

    [Fact]
    public async Task Json_has_the_rows_with_shares_of_one_and_the_runs_behind_them()
    {
        var result = await runs.Add("das", 2, Scored(.5)).Add("das", 2, Scored(.6), seed: 1).CompareAsync("--json");
        var row = Assert.Single(result.Json["rows"]!.AsArray())!;
        Assert.Equal(("vilt", "das", 2), ((string?)row["method"]!["backbone"], (string?)row["method"]!["strategy"], (int)row["method"]!["skip"]!));
        Assert.Equal(runs.Host.Runs.Select(run => run.Id), row["runs"]!.AsArray().Select(id => Guid.Parse((string)id!)));
        Assert.Equal((.55, 2), ((double)row["scores"]![0]!["mean"]!, (int)row["scores"]![0]!["seeds"]!));
        Assert.Equal(-10e9, (double)row["additionalMacs"]!);
        Assert.Equal("VQA", (string?)result.Json["columns"]![0]!["title"]);
    }

    [Fact]
    public async Task Runs_that_are_not_complete_are_named()
    {
        runs.Add("das", 2, Scored(.5)).Add("das", 2, Scored(.5), seed: 1).Add("das", 2, Scored(.5), seed: 2);
        runs.Host.Runs[1] = runs.Host.Runs[1] with { Status = RunStatus.Failed };
        runs.Host.Runs[2] = runs.Host.Runs[2] with { Status = RunStatus.Running };
        await RefusedAsync("Only complete runs can be compared, and these are not: a1000000 (vilt/shapes, failed), a2000000 (vilt/shapes, running). Leave "
            + "them out, or finish them with das retry.");
    }

    [Fact]
    public async Task Runs_that_differ_in_more_than_their_seed_are_not_averaged()
    {
        runs.Add("das", 2, Scored(.5)).Add("das", 2, Scored(.5), seed: 1, change: recipe => recipe with { Finetune = recipe.Finetune with { Epochs = 1 } });
        await RefusedAsync("Runs a0000000 and a1000000 are both 'vilt, DAS, k = 2' on shapes but differ in finetune.epochs; only runs that differ in nothing "
            + "but the seed are averaged. Leave one of them out.");
    }

    [Fact]
    public async Task A_report_with_an_unknown_task_is_named_with_the_known_ones()
    {
        var result = await runs.Add("das", 2, Scored(.5), task: "caption").CompareAsync();
        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith($"a0.json: the task 'caption' has no column in this table; expected {string.Join(", ", TaskKinds.All.Select(kind => kind.Name))}.",
            result.Error.TrimEnd());
    }

    [Fact]
    public async Task A_report_that_is_gone_is_named_with_its_run()
    {
        runs.Add("das", 2, Scored(.5));
        File.Delete(runs.Host.Runs[0].Report!);
        var result = await runs.CompareAsync();
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("The report of run a0000000 (vilt/shapes) cannot be read: ", result.Error);
    }

    [Theory]
    [InlineData("Unknown format 'latx'. Did you mean 'latex'? Known: text, markdown, latex, csv.", "--format", "latx")]
    [InlineData("--plot out.pdf: expected a file whose name ends in .png or .svg.", "--plot", "out.pdf")]
    [InlineData("There is no run 'ff'.", "ff")]
    public async Task A_wrong_command_line_is_answered_with_what_was_expected(string sentence, params string[] options)
    {
        var result = await runs.Add("das", 2, Scored(.5)).CompareAsync(options);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith(sentence, result.Error);
        Assert.Empty(result.Output);
    }

    private async Task RefusedAsync(string sentence)
    {
        var result = await runs.CompareAsync();
        Assert.Equal((2, sentence, ""), (result.ExitCode, result.Error.TrimEnd(), result.Output));
    }
}
