using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HiWay.Infrastructure.Database.Migrations
{
    /// <summary>
    /// Takes away what the server does for a row of the log without need. The trace is one column of bytes; rows that have it as JSON keep it
    /// until their day is dropped.
    /// </summary>
    public partial class SmallerRequests : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                ALTER TABLE requests ADD COLUMN trace bytea,
                    ALTER COLUMN dropped DROP NOT NULL, ALTER COLUMN stages DROP NOT NULL, ALTER COLUMN attempt_list DROP NOT NULL;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                UPDATE requests SET dropped = coalesce(dropped, '[]'), stages = coalesce(stages, '[]'), attempt_list = coalesce(attempt_list, '[]');
                ALTER TABLE requests DROP COLUMN trace,
                    ALTER COLUMN dropped SET NOT NULL, ALTER COLUMN stages SET NOT NULL, ALTER COLUMN attempt_list SET NOT NULL;
                """);
        }
    }
}
