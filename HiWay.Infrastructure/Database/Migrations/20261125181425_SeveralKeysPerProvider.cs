using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HiWay.Infrastructure.Database.Migrations
{
    /// <summary>A provider may have several keys; how providers do is kept by the minute, and their outages as incidents.</summary>
    public partial class SeveralKeysPerProvider : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_credentials_workspace_id_provider",
                table: "credentials");

            migrationBuilder.AddColumn<string>(
                name: "label",
                table: "credentials",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<bool>(
                name: "paused",
                table: "credentials",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "weight",
                table: "credentials",
                type: "integer",
                nullable: false,
                defaultValue: 1);   // each key that is there takes all of its provider's calls

            migrationBuilder.CreateIndex(
                name: "IX_credentials_workspace_id_provider_label",
                table: "credentials",
                columns: new[] { "workspace_id", "provider", "label" },
                unique: true);

            // Written by every node once a minute for what it called, so they stay few whatever the traffic.
            migrationBuilder.Sql("""
                CREATE TABLE health_minutes (
                    workspace_id text NOT NULL,
                    minute timestamptz NOT NULL,
                    provider text NOT NULL,
                    model text NOT NULL,
                    credential_id text NOT NULL,
                    calls bigint NOT NULL,
                    failed bigint NOT NULL,
                    rate_limited bigint NOT NULL,
                    latency_ms double precision NOT NULL,
                    down boolean NOT NULL,
                    PRIMARY KEY (workspace_id, minute, model, credential_id)
                );
                CREATE INDEX ix_health_minutes_minute ON health_minutes (minute);

                CREATE TABLE health_incidents (
                    id text PRIMARY KEY,
                    workspace_id text NOT NULL,
                    node text NOT NULL,
                    provider text NOT NULL,
                    model text NOT NULL,
                    credential_id text NOT NULL,
                    opened_at timestamptz NOT NULL,
                    closed_at timestamptz,
                    failure text,
                    error text
                );
                CREATE INDEX ix_health_incidents_workspace ON health_incidents (workspace_id, id);
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP TABLE health_incidents; DROP TABLE health_minutes;");
            migrationBuilder.DropIndex(
                name: "IX_credentials_workspace_id_provider_label",
                table: "credentials");

            migrationBuilder.DropColumn(
                name: "label",
                table: "credentials");

            migrationBuilder.DropColumn(
                name: "paused",
                table: "credentials");

            migrationBuilder.DropColumn(
                name: "weight",
                table: "credentials");

            migrationBuilder.CreateIndex(
                name: "IX_credentials_workspace_id_provider",
                table: "credentials",
                columns: new[] { "workspace_id", "provider" },
                unique: true);
        }
    }
}
