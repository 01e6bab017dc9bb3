using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Das.Control.Registry.Migrations;

/// <summary>Whether a failed run may end better when it is retried.</summary>
[DbContext(typeof(RegistryContext))]
[Migration("20261129160000_RetryHelps")]
public sealed class RetryHelps : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        ALTER TABLE "Runs" ADD COLUMN "RetryHelps" INTEGER NOT NULL DEFAULT 1;
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        ALTER TABLE "Runs" DROP COLUMN "RetryHelps";
        """);
}
