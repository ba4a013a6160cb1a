using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HiWay.Infrastructure.Database.Migrations
{
    /// <summary>Guardian's settings, its events and counts, and who was told when.</summary>
    public partial class Guardian : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "guardian_alerts",
                columns: table => new
                {
                    workspace_id = table.Column<string>(type: "text", nullable: false),
                    rule = table.Column<string>(type: "text", nullable: false),
                    alerted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_guardian_alerts", x => new { x.workspace_id, x.rule });
                    table.ForeignKey(
                        name: "FK_guardian_alerts_workspaces_workspace_id",
                        column: x => x.workspace_id,
                        principalTable: "workspaces",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "guardian_events",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    workspace_id = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    rule = table.Column<string>(type: "text", nullable: false),
                    action = table.Column<string>(type: "text", nullable: false),
                    key_id = table.Column<string>(type: "text", nullable: true),
                    end_user = table.Column<string>(type: "text", nullable: true),
                    request_id = table.Column<string>(type: "text", nullable: true),
                    detail = table.Column<string>(type: "text", nullable: false),
                    value = table.Column<decimal>(type: "numeric", nullable: false),
                    limit = table.Column<decimal>(type: "numeric", nullable: false),
                    hits = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_guardian_events", x => x.id);
                    table.ForeignKey(
                        name: "FK_guardian_events_workspaces_workspace_id",
                        column: x => x.workspace_id,
                        principalTable: "workspaces",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "guardian_hours",
                columns: table => new
                {
                    workspace_id = table.Column<string>(type: "text", nullable: false),
                    rule = table.Column<string>(type: "text", nullable: false),
                    hour = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    hits = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_guardian_hours", x => new { x.workspace_id, x.rule, x.hour });
                    table.ForeignKey(
                        name: "FK_guardian_hours_workspaces_workspace_id",
                        column: x => x.workspace_id,
                        principalTable: "workspaces",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "guardian_settings",
                columns: table => new
                {
                    workspace_id = table.Column<string>(type: "text", nullable: false),
                    rules = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_guardian_settings", x => x.workspace_id);
                    table.ForeignKey(
                        name: "FK_guardian_settings_workspaces_workspace_id",
                        column: x => x.workspace_id,
                        principalTable: "workspaces",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_guardian_events_last_at",
                table: "guardian_events",
                column: "last_at");

            migrationBuilder.CreateIndex(
                name: "IX_guardian_events_workspace_id_id",
                table: "guardian_events",
                columns: new[] { "workspace_id", "id" });

            migrationBuilder.CreateIndex(
                name: "IX_guardian_hours_hour",
                table: "guardian_hours",
                column: "hour");

            migrationBuilder.Sql("""
                CREATE TRIGGER guardian_settings_changed AFTER INSERT OR UPDATE OR DELETE ON guardian_settings
                    FOR EACH ROW EXECUTE FUNCTION hiway_workspace_part_changed();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "guardian_alerts");

            migrationBuilder.DropTable(
                name: "guardian_events");

            migrationBuilder.DropTable(
                name: "guardian_hours");

            migrationBuilder.DropTable(
                name: "guardian_settings");
        }
    }
}
