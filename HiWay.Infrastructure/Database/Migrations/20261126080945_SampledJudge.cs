using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HiWay.Infrastructure.Database.Migrations
{
    /// <summary>Ratings by a judge: who wants them, what they said and what they add up to, apart from the scores of people.</summary>
    public partial class SampledJudge : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "judged",
                table: "score_sums",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<double>(
                name: "judged_total",
                table: "score_sums",
                type: "double precision",
                nullable: false,
                defaultValue: 0.0);

            migrationBuilder.CreateTable(
                name: "judge_failures",
                columns: table => new
                {
                    workspace_id = table.Column<string>(type: "text", nullable: false),
                    failed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    code = table.Column<string>(type: "text", nullable: false),
                    message = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_judge_failures", x => x.workspace_id);
                    table.ForeignKey(
                        name: "FK_judge_failures_workspaces_workspace_id",
                        column: x => x.workspace_id,
                        principalTable: "workspaces",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "judge_scores",
                columns: table => new
                {
                    workspace_id = table.Column<string>(type: "text", nullable: false),
                    request_id = table.Column<string>(type: "text", nullable: false),
                    scored_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    model = table.Column<string>(type: "text", nullable: false),
                    task = table.Column<string>(type: "text", nullable: false),
                    score = table.Column<double>(type: "double precision", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_judge_scores", x => new { x.workspace_id, x.request_id });
                    table.ForeignKey(
                        name: "FK_judge_scores_workspaces_workspace_id",
                        column: x => x.workspace_id,
                        principalTable: "workspaces",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "judge_settings",
                columns: table => new
                {
                    workspace_id = table.Column<string>(type: "text", nullable: false),
                    enabled = table.Column<bool>(type: "boolean", nullable: false),
                    sample_rate = table.Column<double>(type: "double precision", nullable: false),
                    model = table.Column<string>(type: "text", nullable: true),
                    daily_limit_usd = table.Column<decimal>(type: "numeric(18,6)", precision: 18, scale: 6, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_judge_settings", x => x.workspace_id);
                    table.ForeignKey(
                        name: "FK_judge_settings_workspaces_workspace_id",
                        column: x => x.workspace_id,
                        principalTable: "workspaces",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_judge_scores_scored_at",
                table: "judge_scores",
                column: "scored_at");

            // Ratings change nothing that a call sees; the settings do.
            migrationBuilder.Sql("""
                CREATE TRIGGER judge_settings_changed AFTER INSERT OR UPDATE OR DELETE ON judge_settings
                    FOR EACH ROW EXECUTE FUNCTION hiway_workspace_part_changed();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "judge_failures");

            migrationBuilder.DropTable(
                name: "judge_scores");

            migrationBuilder.DropTable(
                name: "judge_settings");

            migrationBuilder.DropColumn(
                name: "judged",
                table: "score_sums");

            migrationBuilder.DropColumn(
                name: "judged_total",
                table: "score_sums");
        }
    }
}
