using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HiWay.Infrastructure.Database.Migrations
{
    /// <inheritdoc />
    public partial class Metering : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // One row per finished call. Partitions by UTC day are made ahead and on demand (Metering/Partitions.cs).
            migrationBuilder.Sql("""
                CREATE TABLE requests (
                    id text NOT NULL,
                    created_at timestamptz NOT NULL,
                    workspace_id text NOT NULL,
                    key_id text,
                    end_user text,
                    dialect text NOT NULL,
                    upstream_dialect text,
                    requested_model text NOT NULL,
                    model text,
                    provider text,
                    tier text,
                    status integer NOT NULL,
                    error_code text,
                    streamed boolean NOT NULL,
                    end_reason text NOT NULL,
                    input_tokens bigint NOT NULL,
                    cache_read_tokens bigint NOT NULL,
                    cache_write_5m_tokens bigint NOT NULL,
                    cache_write_1h_tokens bigint NOT NULL,
                    output_tokens bigint NOT NULL,
                    reasoning_tokens bigint NOT NULL,
                    audio_input_tokens bigint NOT NULL,
                    audio_output_tokens bigint NOT NULL,
                    image_input_tokens bigint NOT NULL,
                    image_output_tokens bigint NOT NULL,
                    cost_usd numeric NOT NULL,
                    baseline_usd numeric NOT NULL,
                    savings_usd numeric NOT NULL,
                    unpriced boolean NOT NULL,
                    usage_estimated boolean NOT NULL,
                    latency_ms double precision NOT NULL,
                    ttft_ms double precision,
                    overhead_ms double precision NOT NULL,
                    score double precision,
                    reason text,
                    cache_hit boolean NOT NULL,
                    attempts integer NOT NULL,
                    tags text[] NOT NULL,
                    dropped jsonb NOT NULL,
                    stages jsonb NOT NULL,
                    attempt_list jsonb NOT NULL,
                    PRIMARY KEY (created_at, id)
                ) PARTITION BY RANGE (created_at);

                CREATE INDEX requests_workspace ON requests (workspace_id, created_at DESC, id DESC);
                CREATE INDEX requests_key ON requests (key_id, created_at DESC, id DESC);
                CREATE INDEX requests_model ON requests (workspace_id, model, created_at DESC, id DESC);
                """);

            // A histogram is stored as the number of its first bucket and then the counts (LatencyHistogram.ToStored).
            // Written out by element: an array read below its first element gives null, but element 1 is not a count.
            migrationBuilder.Sql("""
                CREATE FUNCTION histogram_add(a integer[], b integer[]) RETURNS integer[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
                    SELECT CASE
                        WHEN cardinality(a) = 0 THEN b
                        WHEN cardinality(b) = 0 THEN a
                        ELSE ARRAY[least(a[1], b[1])] || ARRAY(
                            SELECT coalesce(CASE WHEN i >= a[1] THEN a[i - a[1] + 2] END, 0) + coalesce(CASE WHEN i >= b[1] THEN b[i - b[1] + 2] END, 0)
                            FROM generate_series(least(a[1], b[1]), greatest(a[1] + cardinality(a), b[1] + cardinality(b)) - 2) AS i)
                    END
                $$;
                """);

            // Totals by what was called and with what. Absent dimensions are '', so that the key can be a primary one.
            const string sums = """
                requests bigint NOT NULL,
                errors bigint NOT NULL,
                cache_hits bigint NOT NULL,
                unpriced bigint NOT NULL,
                input_tokens bigint NOT NULL,
                cache_read_tokens bigint NOT NULL,
                cache_write_5m_tokens bigint NOT NULL,
                cache_write_1h_tokens bigint NOT NULL,
                output_tokens bigint NOT NULL,
                reasoning_tokens bigint NOT NULL,
                audio_input_tokens bigint NOT NULL,
                audio_output_tokens bigint NOT NULL,
                image_input_tokens bigint NOT NULL,
                image_output_tokens bigint NOT NULL,
                cost_usd numeric NOT NULL,
                baseline_usd numeric NOT NULL,
                savings_usd numeric NOT NULL,
                latency integer[] NOT NULL,
                ttft integer[] NOT NULL
                """;
            migrationBuilder.Sql($"""
                CREATE TABLE usage_rollups (
                    workspace_id text NOT NULL,
                    granularity text NOT NULL,
                    start timestamptz NOT NULL,
                    key_id text NOT NULL,
                    provider text NOT NULL,
                    model text NOT NULL,
                    tier text NOT NULL,
                    {sums},
                    PRIMARY KEY (workspace_id, granularity, start, key_id, provider, model, tier)
                ) PARTITION BY LIST (granularity);
                CREATE TABLE usage_rollups_minute PARTITION OF usage_rollups FOR VALUES IN ('minute') PARTITION BY RANGE (start);
                CREATE TABLE usage_rollups_hour PARTITION OF usage_rollups FOR VALUES IN ('hour') WITH (fillfactor = 70);
                CREATE TABLE usage_rollups_day PARTITION OF usage_rollups FOR VALUES IN ('day') WITH (fillfactor = 70);

                CREATE TABLE usage_attribution (
                    workspace_id text NOT NULL,
                    granularity text NOT NULL,
                    start timestamptz NOT NULL,
                    kind text NOT NULL,
                    subject text NOT NULL,
                    {sums},
                    PRIMARY KEY (workspace_id, granularity, start, kind, subject)
                ) PARTITION BY LIST (granularity);
                CREATE TABLE usage_attribution_minute PARTITION OF usage_attribution FOR VALUES IN ('minute') PARTITION BY RANGE (start);
                CREATE TABLE usage_attribution_hour PARTITION OF usage_attribution FOR VALUES IN ('hour') WITH (fillfactor = 70);
                CREATE TABLE usage_attribution_day PARTITION OF usage_attribution FOR VALUES IN ('day') WITH (fillfactor = 70);
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                DROP TABLE usage_attribution;
                DROP TABLE usage_rollups;
                DROP FUNCTION histogram_add(integer[], integer[]);
                DROP TABLE requests;
                """);
        }
    }
}
