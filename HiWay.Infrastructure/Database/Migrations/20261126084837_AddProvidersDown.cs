using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HiWay.Infrastructure.Database.Migrations
{
    /// <inheritdoc />
    public partial class AddProvidersDown : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "providers_down",
                columns: table => new
                {
                    workspace_id = table.Column<string>(type: "text", nullable: false),
                    provider = table.Column<string>(type: "text", nullable: false),
                    node_id = table.Column<string>(type: "text", nullable: false),
                    since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_providers_down", x => new { x.workspace_id, x.provider, x.node_id });
                    table.ForeignKey(
                        name: "FK_providers_down_workspaces_workspace_id",
                        column: x => x.workspace_id,
                        principalTable: "workspaces",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_providers_down_node_id",
                table: "providers_down",
                column: "node_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "providers_down");
        }
    }
}
