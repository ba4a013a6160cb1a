using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HiWay.Infrastructure.Database.Migrations
{
    /// <summary>
    /// A node's question for a slice that one of its own later statements overtakes writes nothing down; until now it was answered as if it had,
    /// so the node spent what the database had not counted, and others could get the same money.
    /// </summary>
    public partial class SlicesNoLargerThanCounted : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
                CREATE OR REPLACE FUNCTION spend_take(
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
                    IF NOT FOUND THEN
                        -- A later statement of this node was here first and this one has changed nothing, so what is counted is all that it holds.
                        SELECT s.granted_usd INTO granted FROM spend_shares s
                        WHERE s.subject = p_subject AND s.kind = p_kind AND s.period = p_period AND s.start = p_start AND s.node_id = p_node;
                    END IF;

                    IF used + p_need > room AND others_hold_more THEN
                        UPDATE spend_shares s SET recalled = true FROM nodes n
                        WHERE s.subject = p_subject AND s.kind = p_kind AND s.period = p_period AND s.start = p_start AND s.node_id <> p_node
                            AND n.id = s.node_id AND n.seen_at > clock_timestamp() - interval '3 seconds'
                            AND s.granted_usd > greatest(s.spent_usd, s.settled_usd + s.reserved_usd) AND NOT s.recalled;
                    END IF;
                    RETURN NEXT;
                END $$;
                """);

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
                CREATE OR REPLACE FUNCTION spend_take(
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
                """);
    }
}
