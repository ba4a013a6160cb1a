using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HiWay.Infrastructure.Database.Migrations
{
    /// <summary>
    /// Caps of workspaces and end users, limits of keys, and what several nodes tell each other: who lives, what each has spent and
    /// may spend of every cap (<c>spend_shares</c>), and what was used of the limits.
    /// </summary>
    public partial class Budgets : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "concurrency",
                table: "api_keys",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "rpd",
                table: "api_keys",
                type: "integer",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "budgets",
                columns: table => new
                {
                    workspace_id = table.Column<string>(type: "text", nullable: false),
                    cap_usd = table.Column<decimal>(type: "numeric(18,6)", precision: 18, scale: 6, nullable: true),
                    warn_at = table.Column<decimal>(type: "numeric(7,6)", precision: 7, scale: 6, nullable: false),
                    downgrade_at = table.Column<decimal>(type: "numeric(7,6)", precision: 7, scale: 6, nullable: false),
                    light_only_at = table.Column<decimal>(type: "numeric(7,6)", precision: 7, scale: 6, nullable: false),
                    block_at = table.Column<decimal>(type: "numeric(7,6)", precision: 7, scale: 6, nullable: false),
                    end_user_cap_usd = table.Column<decimal>(type: "numeric(18,6)", precision: 18, scale: 6, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_budgets", x => x.workspace_id);
                    table.ForeignKey(
                        name: "FK_budgets_workspaces_workspace_id",
                        column: x => x.workspace_id,
                        principalTable: "workspaces",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "end_user_caps",
                columns: table => new
                {
                    workspace_id = table.Column<string>(type: "text", nullable: false),
                    end_user = table.Column<string>(type: "text", nullable: false),
                    cap_usd = table.Column<decimal>(type: "numeric(18,6)", precision: 18, scale: 6, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_end_user_caps", x => new { x.workspace_id, x.end_user });
                    table.ForeignKey(
                        name: "FK_end_user_caps_workspaces_workspace_id",
                        column: x => x.workspace_id,
                        principalTable: "workspaces",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.Sql("""
                CREATE TRIGGER budget_changed AFTER INSERT OR UPDATE OR DELETE ON budgets
                    FOR EACH ROW EXECUTE FUNCTION hiway_workspace_part_changed();
                CREATE TRIGGER end_user_cap_changed AFTER INSERT OR UPDATE OR DELETE ON end_user_caps
                    FOR EACH ROW EXECUTE FUNCTION hiway_workspace_part_changed();

                CREATE TABLE nodes (
                    id text PRIMARY KEY,
                    host text NOT NULL,
                    started_at timestamptz NOT NULL,
                    seen_at timestamptz NOT NULL
                ) WITH (fillfactor = 50);

                -- One row per subject, window and node. Of each node the larger of granted and spent counts against a cap: what it may
                -- spend is counted before it does, and what the books have of it is counted even when an estimate was too low.
                CREATE TABLE spend_shares (
                    kind integer NOT NULL,                       -- SpendSubjectKind
                    subject text COLLATE "C" NOT NULL,
                    period integer NOT NULL,                     -- CapPeriod
                    start timestamptz NOT NULL,
                    node_id text COLLATE "C" NOT NULL,           -- '' is what was spent before nodes had names
                    spent_usd numeric NOT NULL DEFAULT 0,        -- in the books; written with the calls themselves
                    granted_usd numeric NOT NULL DEFAULT 0,      -- all that the node may spend in this window
                    settled_usd numeric NOT NULL DEFAULT 0,      -- what the node says that it has spent; ahead of the books
                    reserved_usd numeric NOT NULL DEFAULT 0,     -- what the node says that it has set aside
                    recalled boolean NOT NULL DEFAULT false,     -- another node needs what this one holds and does not use
                    sequence bigint NOT NULL DEFAULT 0,          -- the node's own count of statements; older ones change nothing
                    PRIMARY KEY (subject, kind, period, start, node_id)
                ) WITH (fillfactor = 70);
                CREATE INDEX ix_spend_shares_node ON spend_shares (node_id, start);

                INSERT INTO spend_shares (kind, subject, period, start, node_id, spent_usd)
                SELECT 0, workspace_id, 1, date_trunc('month', start, 'UTC'), '', sum(cost_usd) FROM usage_rollups
                WHERE granularity = 'day' GROUP BY 2, 4 HAVING sum(cost_usd) > 0;
                INSERT INTO spend_shares (kind, subject, period, start, node_id, spent_usd)
                SELECT 1, key_id, 1, date_trunc('month', start, 'UTC'), '', sum(cost_usd) FROM usage_rollups
                WHERE granularity = 'day' AND key_id <> '' GROUP BY 2, 4 HAVING sum(cost_usd) > 0;
                INSERT INTO spend_shares (kind, subject, period, start, node_id, spent_usd)
                SELECT 1, key_id, 0, start, '', sum(cost_usd) FROM usage_rollups
                WHERE granularity = 'day' AND key_id <> '' AND start >= date_trunc('month', now(), 'UTC') GROUP BY 2, 4 HAVING sum(cost_usd) > 0;
                INSERT INTO spend_shares (kind, subject, period, start, node_id, spent_usd)
                SELECT 2, workspace_id || '/' || subject, 1, date_trunc('month', start, 'UTC'), '', sum(cost_usd) FROM usage_attribution
                WHERE granularity = 'day' AND kind = 'user' GROUP BY 2, 4 HAVING sum(cost_usd) > 0;

                -- A node asks for a slice of a cap. Those who ask about the same window do it one after the other; nobody waits for
                -- the books, whose rows belong to one node each. Free room is shared by the nodes that live, half of each share at a
                -- time, so that slices shrink as the cap comes near and in the end every call gets exactly what it needs.
                CREATE FUNCTION spend_take(
                    p_node text, p_kind integer, p_subject text, p_period integer, p_start timestamptz, p_limit numeric,
                    p_settled numeric, p_reserved numeric, p_held numeric, p_need numeric, p_least numeric, p_most numeric, p_sequence bigint)
                RETURNS TABLE (granted numeric, room numeric, slice numeric, drained numeric, others_spent numeric, others_used numeric, others_hold_more boolean)
                LANGUAGE plpgsql AS $$
                DECLARE
                    used numeric := p_settled + p_reserved;
                    committed numeric;
                    living integer;
                BEGIN
                    PERFORM pg_advisory_xact_lock(hashtextextended(concat_ws('/', p_kind, p_subject, p_period, extract(epoch FROM p_start)), 5130));
                    SELECT count(*) INTO living FROM nodes n WHERE n.id <> p_node AND n.seen_at > clock_timestamp() - interval '3 seconds';
                    SELECT coalesce(sum(greatest(s.granted_usd, s.spent_usd)), 0),
                        coalesce(sum(greatest(s.spent_usd, s.settled_usd)), 0),
                        coalesce(sum(CASE WHEN n.id IS NULL THEN greatest(s.granted_usd, s.spent_usd, s.settled_usd) ELSE greatest(s.spent_usd, s.settled_usd + s.reserved_usd) END), 0),
                        coalesce(bool_or(n.id IS NOT NULL AND s.granted_usd > greatest(s.spent_usd, s.settled_usd + s.reserved_usd)), false)
                    INTO committed, others_spent, others_used, others_hold_more
                    FROM spend_shares s LEFT JOIN nodes n ON n.id = s.node_id AND n.seen_at > clock_timestamp() - interval '3 seconds'
                    WHERE s.subject = p_subject AND s.kind = p_kind AND s.period = p_period AND s.start = p_start AND s.node_id <> p_node;
                    SELECT s.spent_usd INTO drained FROM spend_shares s
                    WHERE s.subject = p_subject AND s.kind = p_kind AND s.period = p_period AND s.start = p_start AND s.node_id = p_node;
                    drained := coalesce(drained, 0);
                    used := greatest(used, drained);

                    room := p_limit - committed;
                    slice := round(greatest(0, least(p_most, (room - greatest(used, p_held)) / (2 * (living + 1)))), 6);
                    granted := CASE
                        WHEN used + p_need + slice <= room THEN used + p_need + slice
                        WHEN used + p_least <= room THEN least(used + p_need, room)
                        ELSE 0 END;
                    granted := greatest(p_held, granted, drained);

                    INSERT INTO spend_shares AS s (kind, subject, period, start, node_id, granted_usd, settled_usd, reserved_usd, sequence)
                    VALUES (p_kind, p_subject, p_period, p_start, p_node, granted, p_settled, p_reserved, p_sequence)
                    ON CONFLICT (subject, kind, period, start, node_id) DO UPDATE
                    SET granted_usd = excluded.granted_usd, settled_usd = excluded.settled_usd, reserved_usd = excluded.reserved_usd, sequence = excluded.sequence
                    WHERE s.sequence < excluded.sequence;

                    IF used + p_need > room AND others_hold_more THEN
                        UPDATE spend_shares s SET recalled = true FROM nodes n
                        WHERE s.subject = p_subject AND s.kind = p_kind AND s.period = p_period AND s.start = p_start AND s.node_id <> p_node
                            AND n.id = s.node_id AND n.seen_at > clock_timestamp() - interval '3 seconds'
                            AND s.granted_usd > greatest(s.spent_usd, s.settled_usd + s.reserved_usd) AND NOT s.recalled;
                    END IF;
                    RETURN NEXT;
                END $$;

                -- Each threshold of each cap, once per period.
                CREATE TABLE budget_events (
                    workspace_id text NOT NULL,
                    kind integer NOT NULL,
                    subject text NOT NULL,
                    period integer NOT NULL,
                    start timestamptz NOT NULL,
                    verdict text NOT NULL,
                    at timestamptz NOT NULL,
                    spent_usd numeric NOT NULL,
                    cap_usd numeric NOT NULL,
                    PRIMARY KEY (subject, kind, period, start, verdict)
                );
                CREATE INDEX ix_budget_events_workspace ON budget_events (workspace_id, at DESC);

                -- What each node has let through, for limits that all nodes keep together. Not worth a write-ahead log: after a crash of
                -- the database the windows of the last minute begin anew.
                CREATE UNLOGGED TABLE rate_shares (
                    node_id text COLLATE "C" NOT NULL,
                    subject text COLLATE "C" NOT NULL,
                    requests bigint NOT NULL,                    -- since the node started
                    tokens bigint NOT NULL,
                    minute_requests bigint NOT NULL,             -- within its last minute
                    minute_tokens bigint NOT NULL,
                    running integer NOT NULL,                    -- calls that run now
                    updated_at timestamptz NOT NULL,
                    PRIMARY KEY (subject, node_id)
                ) WITH (fillfactor = 50);

                -- Requests by UTC day, where a limit by the day needs them.
                CREATE TABLE day_counts (
                    subject text COLLATE "C" NOT NULL,
                    day date NOT NULL,
                    node_id text COLLATE "C" NOT NULL,
                    requests bigint NOT NULL,
                    PRIMARY KEY (subject, day, node_id)
                ) WITH (fillfactor = 70);
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                DROP TABLE day_counts;
                DROP TABLE rate_shares;
                DROP TABLE budget_events;
                DROP FUNCTION spend_take(text, integer, text, integer, timestamptz, numeric, numeric, numeric, numeric, numeric, numeric, numeric, bigint);
                DROP TABLE spend_shares;
                DROP TABLE nodes;
                """);

            migrationBuilder.DropTable(
                name: "budgets");

            migrationBuilder.DropTable(
                name: "end_user_caps");

            migrationBuilder.DropColumn(
                name: "concurrency",
                table: "api_keys");

            migrationBuilder.DropColumn(
                name: "rpd",
                table: "api_keys");
        }
    }
}
