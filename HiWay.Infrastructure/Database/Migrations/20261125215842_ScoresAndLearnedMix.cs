using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HiWay.Infrastructure.Database.Migrations
{
    /// <summary>Scores of answers, one per request and added up, and what they change in a workspace's routing.</summary>
    public partial class ScoresAndLearnedMix : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "learned_mixes",
                columns: table => new
                {
                    workspace_id = table.Column<string>(type: "text", nullable: false),
                    enabled = table.Column<bool>(type: "boolean", nullable: false),
                    points = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_learned_mixes", x => x.workspace_id);
                    table.ForeignKey(
                        name: "FK_learned_mixes_workspaces_workspace_id",
                        column: x => x.workspace_id,
                        principalTable: "workspaces",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "request_scores",
                columns: table => new
                {
                    workspace_id = table.Column<string>(type: "text", nullable: false),
                    request_id = table.Column<string>(type: "text", nullable: false),
                    scored_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    model = table.Column<string>(type: "text", nullable: false),
                    task = table.Column<string>(type: "text", nullable: false),
                    score = table.Column<double>(type: "double precision", nullable: false),
                    source = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_request_scores", x => new { x.workspace_id, x.request_id });
                    table.ForeignKey(
                        name: "FK_request_scores_workspaces_workspace_id",
                        column: x => x.workspace_id,
                        principalTable: "workspaces",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "score_sums",
                columns: table => new
                {
                    workspace_id = table.Column<string>(type: "text", nullable: false),
                    model = table.Column<string>(type: "text", nullable: false),
                    task = table.Column<string>(type: "text", nullable: false),
                    scores = table.Column<long>(type: "bigint", nullable: false),
                    total = table.Column<double>(type: "double precision", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_score_sums", x => new { x.workspace_id, x.model, x.task });
                    table.ForeignKey(
                        name: "FK_score_sums_workspaces_workspace_id",
                        column: x => x.workspace_id,
                        principalTable: "workspaces",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_request_scores_scored_at",
                table: "request_scores",
                column: "scored_at");

            // Scores alone change nothing that a call sees; only the mix does.
            migrationBuilder.Sql("""
                CREATE TRIGGER learned_mix_changed AFTER INSERT OR UPDATE OR DELETE ON learned_mixes
                    FOR EACH ROW EXECUTE FUNCTION hiway_workspace_part_changed();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "learned_mixes");

            migrationBuilder.DropTable(
                name: "request_scores");

            migrationBuilder.DropTable(
                name: "score_sums");
        }
    }
}
