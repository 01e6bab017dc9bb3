using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Das.Control.Registry.Migrations;

/// <summary>
/// What a run's stages have answered becomes one column instead of one for each result, and a run at work is Running, whatever it is at work on. Raw
/// SQL throughout, so that no model of its tables is needed.
/// </summary>
[DbContext(typeof(RegistryContext))]
[Migration("20261129120000_Stages")]
public sealed class Stages : Migration
{
    private static readonly string[] former = ["Dataset", "SearchResult", "SkipModule", "Checkpoint", "Report"];

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("""
            ALTER TABLE "Sagas" ADD COLUMN "Answers" TEXT NOT NULL DEFAULT '{}';
            UPDATE "Sagas" SET "Answers" = json_patch('{}', json_object(
                'ingest', CASE WHEN "Dataset" IS NOT NULL THEN json_object('result', json("Dataset"),
                    'event', json_object('runId', "CorrelationId", 'dataset', json("Dataset"))) END,
                'search', CASE WHEN "SkipModule" IS NOT NULL THEN json_object('result', json("SearchResult"),
                    'event', json_object('runId', "CorrelationId", 'search', json("SearchResult"), 'skipModule', json("SkipModule"))) END,
                'finetune', CASE WHEN "Checkpoint" IS NOT NULL THEN json_object('result', json("Checkpoint"),
                    'event', json_object('runId', "CorrelationId", 'checkpoint', json("Checkpoint"))) END,
                'evaluate', CASE WHEN "Report" IS NOT NULL THEN json_object('result', json("Report"),
                    'event', json_object('runId', "CorrelationId", 'report', json("Report"))) END));
            UPDATE "Sagas" SET "CurrentState" = 'Running' WHERE "CurrentState" IN ('Ingesting', 'Searching', 'Finetuning', 'Evaluating');
            UPDATE "Runs" SET "State" = 'Running' WHERE "State" IN ('Ingesting', 'Searching', 'Finetuning', 'Evaluating');
            UPDATE "Stages" SET "State" = upper(substr("State", 1, 1)) || substr("State", 2);
            """);
        foreach (string column in former) migrationBuilder.Sql($"""ALTER TABLE "Sagas" DROP COLUMN "{column}";""");
    }
}
