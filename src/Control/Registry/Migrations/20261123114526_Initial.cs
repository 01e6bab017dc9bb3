using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Das.Control.Registry.Migrations;

/// <summary>The tables of runs, their stages, results and metrics, and of the saga.</summary>
[DbContext(typeof(RegistryContext))]
[Migration("20261123114526_Initial")]
public sealed class Initial : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE TABLE "Artifacts" (
            "Uri" TEXT NOT NULL CONSTRAINT "PK_Artifacts" PRIMARY KEY, "Sha256" TEXT NOT NULL, "Bytes" INTEGER NOT NULL, "Stage" TEXT NOT NULL);
        CREATE TABLE "Lineage" (
            "Artifact" TEXT NOT NULL, "Input" TEXT NOT NULL, CONSTRAINT "PK_Lineage" PRIMARY KEY ("Artifact", "Input"));
        CREATE TABLE "Metrics" (
            "RunId" TEXT NOT NULL, "Name" TEXT NOT NULL, "Value" REAL NOT NULL, CONSTRAINT "PK_Metrics" PRIMARY KEY ("RunId", "Name"));
        CREATE TABLE "Runs" (
            "Id" TEXT NOT NULL CONSTRAINT "PK_Runs" PRIMARY KEY, "Name" TEXT NOT NULL, "Recipe" TEXT NOT NULL, "State" TEXT NOT NULL,
            "Fresh" INTEGER NOT NULL, "Given" TEXT NULL, "Error" TEXT NULL, "CancelRequested" INTEGER NOT NULL,
            "RetryRequested" INTEGER NOT NULL, "Created" TEXT NOT NULL, "Updated" TEXT NOT NULL, "Finished" TEXT NULL);
        CREATE TABLE "Sagas" (
            "CorrelationId" TEXT NOT NULL CONSTRAINT "PK_Sagas" PRIMARY KEY, "CurrentState" TEXT NOT NULL, "Recipe" TEXT NOT NULL,
            "Fresh" INTEGER NOT NULL, "Dataset" TEXT NULL, "SearchResult" TEXT NULL, "SkipModule" TEXT NULL, "Checkpoint" TEXT NULL,
            "Report" TEXT NULL);
        CREATE TABLE "Stages" (
            "RunId" TEXT NOT NULL, "Stage" TEXT NOT NULL, "State" TEXT NOT NULL, "Key" TEXT NULL, "Reused" INTEGER NOT NULL,
            "Started" TEXT NULL, "Finished" TEXT NULL, "Error" TEXT NULL, CONSTRAINT "PK_Stages" PRIMARY KEY ("RunId", "Stage"));
        CREATE INDEX "IX_Runs_State" ON "Runs" ("State");
        """);
}
