using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HiWay.Infrastructure.Database.Migrations
{
    /// <summary>
    /// Takes away what the server does for a row of the log without need. The trace is one column of bytes; rows that have it as JSON keep it
    /// until their day is dropped. And the log is read by its primary key alone: the totals tell in which hours to look for what it is filtered by.
    /// </summary>
    public partial class SmallerRequests : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                ALTER TABLE requests ADD COLUMN trace bytea,
                    ALTER COLUMN dropped DROP NOT NULL, ALTER COLUMN stages DROP NOT NULL, ALTER COLUMN attempt_list DROP NOT NULL,
                    DROP CONSTRAINT requests_pkey, ADD PRIMARY KEY (workspace_id, created_at, id);
                DROP INDEX requests_workspace, requests_key, requests_model;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                CREATE INDEX requests_workspace ON requests (workspace_id, created_at);
                CREATE INDEX requests_key ON requests (key_id, created_at);
                CREATE INDEX requests_model ON requests (workspace_id, model, created_at);
                UPDATE requests SET dropped = coalesce(dropped, '[]'), stages = coalesce(stages, '[]'), attempt_list = coalesce(attempt_list, '[]');
                ALTER TABLE requests DROP COLUMN trace,
                    ALTER COLUMN dropped SET NOT NULL, ALTER COLUMN stages SET NOT NULL, ALTER COLUMN attempt_list SET NOT NULL,
                    DROP CONSTRAINT requests_pkey, ADD PRIMARY KEY (created_at, id);
                """);
        }
    }
}
