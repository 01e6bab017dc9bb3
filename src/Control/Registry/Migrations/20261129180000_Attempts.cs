using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Das.Control.Registry.Migrations;

/// <summary>Which attempt of a run is under way, what it has found damaged, how often a stage's work was begun, and what is still to be published.</summary>
[DbContext(typeof(RegistryContext))]
[Migration("20261129180000_Attempts")]
public sealed class Attempts : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        ALTER TABLE "Sagas" ADD COLUMN "Attempt" INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE "Sagas" ADD COLUMN "Repairs" INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE "Sagas" ADD COLUMN "Distrusted" TEXT NOT NULL DEFAULT '[]';
        ALTER TABLE "Stages" ADD COLUMN "Deliveries" INTEGER NOT NULL DEFAULT 1;
        CREATE TABLE "Outbox" (
            "Id" INTEGER NOT NULL CONSTRAINT "PK_Outbox" PRIMARY KEY AUTOINCREMENT,
            "RunId" TEXT NOT NULL,
            "Step" TEXT NULL,
            "Attempt" INTEGER NOT NULL
        );
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        DROP TABLE "Outbox";
        ALTER TABLE "Stages" DROP COLUMN "Deliveries";
        ALTER TABLE "Sagas" DROP COLUMN "Distrusted";
        ALTER TABLE "Sagas" DROP COLUMN "Repairs";
        ALTER TABLE "Sagas" DROP COLUMN "Attempt";
        """);
}
