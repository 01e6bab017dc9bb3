using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Das.Control.Registry.Migrations;

/// <summary>
/// A metric is one row with the ends of its interval and what it is, instead of three rows told apart by their names; a layer's curve is a name and
/// a layer's number. What a former row was is read from its name for the last time.
/// </summary>
[DbContext(typeof(RegistryContext))]
[Migration("20261129140000_MetricRows")]
public sealed class MetricRows : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        ALTER TABLE "Metrics" RENAME COLUMN "Value" TO "Mean";
        ALTER TABLE "Metrics" ADD COLUMN "Low" REAL NULL;
        ALTER TABLE "Metrics" ADD COLUMN "High" REAL NULL;
        ALTER TABLE "Metrics" ADD COLUMN "Kind" TEXT NOT NULL DEFAULT 'Baseline';
        ALTER TABLE "Metrics" ADD COLUMN "HigherIsBetter" INTEGER NOT NULL DEFAULT 1;
        UPDATE "Metrics" SET
            "Low" = (SELECT "Mean" FROM "Metrics" AS "End" WHERE "End"."RunId" = "Metrics"."RunId" AND "End"."Name" = "Metrics"."Name" || 'Low'),
            "High" = (SELECT "Mean" FROM "Metrics" AS "End" WHERE "End"."RunId" = "Metrics"."RunId" AND "End"."Name" = "Metrics"."Name" || 'High');
        DELETE FROM "Metrics" WHERE EXISTS (SELECT 1 FROM "Metrics" AS "Of"
            WHERE "Of"."RunId" = "Metrics"."RunId" AND "Metrics"."Name" IN ("Of"."Name" || 'Low', "Of"."Name" || 'High'));
        UPDATE "Metrics" SET "Kind" = 'Score' WHERE "Low" IS NOT NULL OR "High" IS NOT NULL OR "Name" IN ('accuracy', 'irRecall1', 'trRecall1');
        UPDATE "Metrics" SET "Kind" = 'Cost' WHERE "Name" IN ('updatedParameters', 'totalParameters', 'macsBackbone', 'macsFull', 'macsSkipped',
            'millisecondsFull', 'millisecondsSkipped');
        UPDATE "Metrics" SET "HigherIsBetter" = 0 WHERE "Kind" = 'Cost' OR "Name" = 'unanswered';
        DROP INDEX "IX_Series_RunId_Stage_Name";
        ALTER TABLE "Series" ADD COLUMN "Layer" INTEGER NOT NULL DEFAULT -1;
        UPDATE "Series" SET "Layer" = CAST(substr("Name", length('preference ') + 1) AS INTEGER), "Name" = 'preference' WHERE "Name" GLOB 'preference [0-9]*';
        CREATE UNIQUE INDEX "IX_Series_RunId_Stage_Name_Layer" ON "Series" ("RunId", "Stage", "Name", "Layer");
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        DROP INDEX "IX_Series_RunId_Stage_Name_Layer";
        UPDATE "Series" SET "Name" = "Name" || ' ' || "Layer" WHERE "Layer" >= 0;
        ALTER TABLE "Series" DROP COLUMN "Layer";
        CREATE UNIQUE INDEX "IX_Series_RunId_Stage_Name" ON "Series" ("RunId", "Stage", "Name");
        INSERT INTO "Metrics" ("RunId", "Name", "Mean") SELECT "RunId", "Name" || 'Low', "Low" FROM "Metrics" WHERE "Low" IS NOT NULL
            UNION ALL SELECT "RunId", "Name" || 'High', "High" FROM "Metrics" WHERE "High" IS NOT NULL;
        ALTER TABLE "Metrics" DROP COLUMN "Low";
        ALTER TABLE "Metrics" DROP COLUMN "High";
        ALTER TABLE "Metrics" DROP COLUMN "Kind";
        ALTER TABLE "Metrics" DROP COLUMN "HigherIsBetter";
        ALTER TABLE "Metrics" RENAME COLUMN "Mean" TO "Value";
        """);
}
