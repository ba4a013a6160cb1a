using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HiWay.Infrastructure.Database.Migrations
{
    /// <summary>
    /// Marks what changed, for the nodes' snapshots: every change to a workspace or to anything in it raises the workspace's
    /// version and tells the listeners; a change to the catalogue or to the installation's settings raises one mark for all.
    /// </summary>
    public partial class SnapshotChanges : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                CREATE SEQUENCE workspace_version;

                -- The transaction that changed the row last. Versions are given out in the order of changing, not of committing, so
                -- readers go by this: everything since the oldest transaction that was still running when they last looked.
                ALTER TABLE workspaces ADD COLUMN changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id();
                CREATE INDEX ix_workspaces_changed_xid ON workspaces (changed_xid);

                CREATE FUNCTION hiway_workspace_changed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    NEW.version := nextval('workspace_version');
                    NEW.changed_xid := pg_current_xact_id();
                    PERFORM pg_notify('hiway_changes', NEW.id);
                    RETURN NEW;
                END $$;
                CREATE TRIGGER workspace_changed BEFORE INSERT OR UPDATE ON workspaces
                    FOR EACH ROW EXECUTE FUNCTION hiway_workspace_changed();

                CREATE FUNCTION hiway_workspace_part_changed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    -- When a key was last used is written every second or two and changes nothing that a call needs to know.
                    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'last_used_at' = to_jsonb(OLD) - 'last_used_at' THEN
                        RETURN NULL;
                    END IF;
                    UPDATE workspaces SET version = version WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.workspace_id ELSE NEW.workspace_id END;
                    RETURN NULL;
                END $$;
                CREATE TRIGGER api_key_changed AFTER INSERT OR UPDATE OR DELETE ON api_keys
                    FOR EACH ROW EXECUTE FUNCTION hiway_workspace_part_changed();
                CREATE TRIGGER credential_changed AFTER INSERT OR UPDATE OR DELETE ON credentials
                    FOR EACH ROW EXECUTE FUNCTION hiway_workspace_part_changed();
                CREATE TRIGGER workspace_model_changed AFTER INSERT OR UPDATE OR DELETE ON workspace_models
                    FOR EACH ROW EXECUTE FUNCTION hiway_workspace_part_changed();

                -- One row per thing that all workspaces share. A row and no sequence, because a sequence moves before its change commits.
                CREATE TABLE change_marks (name text PRIMARY KEY, version bigint NOT NULL);
                INSERT INTO change_marks VALUES ('catalogue', 1);

                CREATE FUNCTION hiway_catalogue_changed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    UPDATE change_marks SET version = version + 1 WHERE name = 'catalogue';
                    PERFORM pg_notify('hiway_changes', 'catalogue');
                    RETURN NULL;
                END $$;
                CREATE TRIGGER catalogue_changed AFTER INSERT OR UPDATE OR DELETE ON catalogue_models
                    FOR EACH STATEMENT EXECUTE FUNCTION hiway_catalogue_changed();
                CREATE TRIGGER installation_setting_changed AFTER INSERT OR UPDATE OR DELETE ON installation_settings
                    FOR EACH STATEMENT EXECUTE FUNCTION hiway_catalogue_changed();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                DROP TRIGGER installation_setting_changed ON installation_settings;
                DROP TRIGGER catalogue_changed ON catalogue_models;
                DROP TRIGGER workspace_model_changed ON workspace_models;
                DROP TRIGGER credential_changed ON credentials;
                DROP TRIGGER api_key_changed ON api_keys;
                DROP TRIGGER workspace_changed ON workspaces;
                DROP FUNCTION hiway_catalogue_changed();
                DROP FUNCTION hiway_workspace_part_changed();
                DROP FUNCTION hiway_workspace_changed();
                DROP TABLE change_marks;
                ALTER TABLE workspaces DROP COLUMN changed_xid;
                DROP SEQUENCE workspace_version;
                """);
        }
    }
}
