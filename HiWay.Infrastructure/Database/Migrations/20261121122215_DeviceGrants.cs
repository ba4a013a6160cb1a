using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HiWay.Infrastructure.Database.Migrations
{
    /// <inheritdoc />
    public partial class DeviceGrants : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "device_grants",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    device_code_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    user_code = table.Column<string>(type: "text", nullable: false),
                    client = table.Column<string>(type: "text", nullable: false),
                    ip_address = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    polled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    approved_by_user_id = table.Column<string>(type: "text", nullable: true),
                    workspace_id = table.Column<string>(type: "text", nullable: true),
                    denied_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_device_grants", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_device_grants_device_code_hash",
                table: "device_grants",
                column: "device_code_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_device_grants_user_code",
                table: "device_grants",
                column: "user_code",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "device_grants");
        }
    }
}
