using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Das.Control.Registry.Migrations;

/// <summary>What runs are found by, curves and logs, schedules, users and keys.</summary>
[DbContext(typeof(RegistryContext))]
[Migration("20261125030157_ControlPlane")]
public sealed class ControlPlane : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        DROP INDEX "IX_Runs_State";
        ALTER TABLE "Runs" ADD "Backbone" TEXT NOT NULL DEFAULT '';
        ALTER TABLE "Runs" ADD "Benchmark" TEXT NOT NULL DEFAULT '';
        ALTER TABLE "Runs" ADD "Notes" TEXT NOT NULL DEFAULT '';
        ALTER TABLE "Runs" ADD "RecipeName" TEXT NOT NULL DEFAULT '';
        ALTER TABLE "Runs" ADD "Tags" TEXT NOT NULL DEFAULT '';
        CREATE TABLE "ApiKeys" (
            "Sha256" TEXT NOT NULL CONSTRAINT "PK_ApiKeys" PRIMARY KEY, "Name" TEXT NOT NULL, "Role" TEXT NOT NULL, "Created" TEXT NOT NULL,
            "Used" TEXT NULL);
        CREATE TABLE "Firings" (
            "Id" INTEGER NOT NULL CONSTRAINT "PK_Firings" PRIMARY KEY AUTOINCREMENT, "ScheduleId" TEXT NOT NULL, "Due" TEXT NOT NULL,
            "Fired" TEXT NOT NULL, "RunId" TEXT NULL, "Outcome" TEXT NOT NULL, "Sentence" TEXT NULL, "ComparedWith" TEXT NULL,
            "Before" REAL NULL, "After" REAL NULL, "PValue" REAL NULL);
        CREATE TABLE "Log" (
            "Id" INTEGER NOT NULL CONSTRAINT "PK_Log" PRIMARY KEY AUTOINCREMENT, "RunId" TEXT NOT NULL, "At" TEXT NOT NULL,
            "Stage" TEXT NOT NULL, "Text" TEXT NOT NULL);
        CREATE TABLE "Points" (
            "SeriesId" INTEGER NOT NULL, "Step" INTEGER NOT NULL, "Value" REAL NOT NULL,
            CONSTRAINT "PK_Points" PRIMARY KEY ("SeriesId", "Step"));
        CREATE TABLE "Schedules" (
            "Id" TEXT NOT NULL CONSTRAINT "PK_Schedules" PRIMARY KEY, "Name" TEXT NOT NULL, "Cron" TEXT NOT NULL, "TimeZone" TEXT NOT NULL,
            "RunId" TEXT NULL, "RecipeName" TEXT NULL, "Metric" TEXT NOT NULL, "CatchUp" TEXT NOT NULL, "Webhook" TEXT NULL,
            "Paused" INTEGER NOT NULL, "Created" TEXT NOT NULL, "Settled" TEXT NOT NULL);
        CREATE TABLE "Series" (
            "Id" INTEGER NOT NULL CONSTRAINT "PK_Series" PRIMARY KEY AUTOINCREMENT, "RunId" TEXT NOT NULL, "Stage" TEXT NOT NULL,
            "Name" TEXT NOT NULL);
        CREATE TABLE "Users" (
            "Name" TEXT NOT NULL CONSTRAINT "PK_Users" PRIMARY KEY, "PasswordHash" TEXT NOT NULL, "Role" TEXT NOT NULL, "Stamp" TEXT NOT NULL,
            "Created" TEXT NOT NULL);
        CREATE INDEX "IX_Runs_Backbone_Created" ON "Runs" ("Backbone", "Created");
        CREATE INDEX "IX_Runs_Benchmark_Created" ON "Runs" ("Benchmark", "Created");
        CREATE INDEX "IX_Runs_Created" ON "Runs" ("Created");
        CREATE INDEX "IX_Runs_RecipeName_Created" ON "Runs" ("RecipeName", "Created");
        CREATE INDEX "IX_Runs_State_Created" ON "Runs" ("State", "Created");
        CREATE INDEX "IX_Runs_Updated" ON "Runs" ("Updated");
        CREATE INDEX "IX_Lineage_Input" ON "Lineage" ("Input");
        CREATE INDEX "IX_Firings_RunId" ON "Firings" ("RunId");
        CREATE UNIQUE INDEX "IX_Firings_ScheduleId_Due" ON "Firings" ("ScheduleId", "Due");
        CREATE INDEX "IX_Log_RunId_Id" ON "Log" ("RunId", "Id");
        CREATE UNIQUE INDEX "IX_Schedules_Name" ON "Schedules" ("Name");
        CREATE UNIQUE INDEX "IX_Series_RunId_Stage_Name" ON "Series" ("RunId", "Stage", "Name");
        UPDATE Runs SET
            RecipeName = coalesce(json_extract(Recipe, '$.name'), ''),
            Backbone = coalesce(json_extract(Recipe, '$.backbone.name'), ''),
            Benchmark = coalesce(json_extract(Recipe, '$.benchmark.name'), '')
            WHERE json_valid(Recipe);
        """);
}
