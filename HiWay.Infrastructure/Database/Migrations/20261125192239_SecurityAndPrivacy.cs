using System;
using System.Collections.Generic;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HiWay.Infrastructure.Database.Migrations
{
    /// <summary>The Shield's and masking's settings, IP rules, and security events that can only be added.</summary>
    public partial class SecurityAndPrivacy : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "ip_rules",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    workspace_id = table.Column<string>(type: "text", nullable: false),
                    cidr = table.Column<string>(type: "text", nullable: false),
                    action = table.Column<string>(type: "text", nullable: false),
                    comment = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ip_rules", x => x.id);
                    table.ForeignKey(
                        name: "FK_ip_rules_workspaces_workspace_id",
                        column: x => x.workspace_id,
                        principalTable: "workspaces",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "privacy_settings",
                columns: table => new
                {
                    workspace_id = table.Column<string>(type: "text", nullable: false),
                    enabled = table.Column<bool>(type: "boolean", nullable: false),
                    scope = table.Column<string>(type: "text", nullable: false),
                    restore = table.Column<bool>(type: "boolean", nullable: false),
                    families = table.Column<List<string>>(type: "text[]", nullable: false),
                    key_prefixes = table.Column<List<string>>(type: "text[]", nullable: false),
                    custom_patterns = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_privacy_settings", x => x.workspace_id);
                    table.ForeignKey(
                        name: "FK_privacy_settings_workspaces_workspace_id",
                        column: x => x.workspace_id,
                        principalTable: "workspaces",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "security_events",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    workspace_id = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    request_id = table.Column<string>(type: "text", nullable: true),
                    key_id = table.Column<string>(type: "text", nullable: true),
                    end_user = table.Column<string>(type: "text", nullable: true),
                    threat_type = table.Column<string>(type: "text", nullable: false),
                    score = table.Column<double>(type: "double precision", nullable: false),
                    action = table.Column<string>(type: "text", nullable: false),
                    direction = table.Column<string>(type: "text", nullable: false),
                    mode = table.Column<string>(type: "text", nullable: false),
                    detail = table.Column<string>(type: "text", nullable: true),
                    prompt_sha256 = table.Column<string>(type: "text", nullable: false),
                    model = table.Column<string>(type: "text", nullable: true),
                    ip_address = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_security_events", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "security_settings",
                columns: table => new
                {
                    workspace_id = table.Column<string>(type: "text", nullable: false),
                    mode = table.Column<string>(type: "text", nullable: false),
                    threshold = table.Column<double>(type: "double precision", nullable: false),
                    retention_days = table.Column<int>(type: "integer", nullable: false),
                    scan_output = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_security_settings", x => x.workspace_id);
                    table.ForeignKey(
                        name: "FK_security_settings_workspaces_workspace_id",
                        column: x => x.workspace_id,
                        principalTable: "workspaces",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_ip_rules_workspace_id_cidr",
                table: "ip_rules",
                columns: new[] { "workspace_id", "cidr" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_security_events_created_at",
                table: "security_events",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "IX_security_events_workspace_id_id",
                table: "security_events",
                columns: new[] { "workspace_id", "id" });

            migrationBuilder.Sql("""
                CREATE TRIGGER security_settings_changed AFTER INSERT OR UPDATE OR DELETE ON security_settings
                    FOR EACH ROW EXECUTE FUNCTION hiway_workspace_part_changed();
                CREATE TRIGGER ip_rule_changed AFTER INSERT OR UPDATE OR DELETE ON ip_rules
                    FOR EACH ROW EXECUTE FUNCTION hiway_workspace_part_changed();
                CREATE TRIGGER privacy_settings_changed AFTER INSERT OR UPDATE OR DELETE ON privacy_settings
                    FOR EACH ROW EXECUTE FUNCTION hiway_workspace_part_changed();

                -- Whoever gets at the application's database account by way of the application still cannot rewrite what was seen.
                CREATE FUNCTION refuse_security_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF TG_OP = 'DELETE' AND current_setting('hiway.purging_security_events', true) = 'on' THEN
                        -- Even the sanctioned path takes only what is older than its workspace keeps.
                        IF OLD.created_at < now() - make_interval(days => coalesce(
                            (SELECT retention_days FROM security_settings WHERE workspace_id = OLD.workspace_id), 90)) THEN
                            RETURN OLD;
                        END IF;
                    END IF;
                    RAISE EXCEPTION 'security_events is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
                END $$;
                CREATE TRIGGER security_events_is_append_only BEFORE UPDATE OR DELETE ON security_events
                    FOR EACH ROW EXECUTE FUNCTION refuse_security_event_change();
                CREATE TRIGGER security_events_is_not_emptied BEFORE TRUNCATE ON security_events
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_security_event_change();

                CREATE FUNCTION purge_security_events() RETURNS bigint LANGUAGE plpgsql AS $$
                DECLARE
                    purged bigint;
                BEGIN
                    PERFORM set_config('hiway.purging_security_events', 'on', true);
                    DELETE FROM security_events seen
                    WHERE seen.created_at < now() - make_interval(days => coalesce(
                        (SELECT retention_days FROM security_settings settings WHERE settings.workspace_id = seen.workspace_id), 90));
                    GET DIAGNOSTICS purged = ROW_COUNT;
                    PERFORM set_config('hiway.purging_security_events', 'off', true);
                    RETURN purged;
                END $$;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "ip_rules");

            migrationBuilder.DropTable(
                name: "privacy_settings");

            migrationBuilder.DropTable(
                name: "security_events");

            migrationBuilder.DropTable(
                name: "security_settings");

            migrationBuilder.Sql("""
                DROP FUNCTION purge_security_events();
                DROP FUNCTION refuse_security_event_change();
                """);
        }
    }
}
