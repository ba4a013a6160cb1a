using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HiWay.Infrastructure.Database.Migrations
{
    /// <summary>
    /// Halves what the server does for a row of the log. Nobody searches inside the traces, so they are kept as the text that is sent; and the
    /// rows of a millisecond are few enough to be put in order when they are read, so the indexes grow at their end and hold no ids.
    /// </summary>
    public partial class TraceAsText : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                ALTER TABLE requests ALTER COLUMN dropped TYPE text USING dropped::text,
                    ALTER COLUMN stages TYPE text USING stages::text,
                    ALTER COLUMN attempt_list TYPE text USING attempt_list::text;
                DROP INDEX requests_workspace, requests_key, requests_model;
                CREATE INDEX requests_workspace ON requests (workspace_id, created_at);
                CREATE INDEX requests_key ON requests (key_id, created_at);
                CREATE INDEX requests_model ON requests (workspace_id, model, created_at);
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                ALTER TABLE requests ALTER COLUMN dropped TYPE jsonb USING dropped::jsonb,
                    ALTER COLUMN stages TYPE jsonb USING stages::jsonb,
                    ALTER COLUMN attempt_list TYPE jsonb USING attempt_list::jsonb;
                DROP INDEX requests_workspace, requests_key, requests_model;
                CREATE INDEX requests_workspace ON requests (workspace_id, created_at DESC, id DESC);
                CREATE INDEX requests_key ON requests (key_id, created_at DESC, id DESC);
                CREATE INDEX requests_model ON requests (workspace_id, model, created_at DESC, id DESC);
                """);
        }
    }
}
