"""Migration operations for what Django 5.2 cannot declare."""

from django.db import migrations

_SET_DELETE_RULE = """
DO $$
DECLARE
    name text;
BEGIN
    SELECT conname INTO STRICT name FROM pg_constraint
    WHERE conrelid = '{table}'::regclass AND confrelid = '{parent}'::regclass AND contype = 'f';
    EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', name);
    EXECUTE format(
        'ALTER TABLE {table} ADD CONSTRAINT %I FOREIGN KEY ({column}) REFERENCES {parent} (id)'
        ' {rule} DEFERRABLE INITIALLY DEFERRED', name
    );
END $$
"""


def rows_go_with_their_user(table: str) -> migrations.RunSQL:
    """Have the database delete a user's rows of `table` together with the user.

    Django deletes them before the user; a row that another transaction commits in between would
    break the deletion.
    """
    return rows_go_with(table, column="user_id", parent="users_user")


def rows_go_with(table: str, *, column: str, parent: str) -> migrations.RunSQL:
    """What `rows_go_with_their_user` does, for the row of `parent` that `column` names."""
    names = {"table": table, "column": column, "parent": parent}
    return migrations.RunSQL(
        _SET_DELETE_RULE.format(**names, rule="ON DELETE CASCADE"),
        _SET_DELETE_RULE.format(**names, rule=""),
    )
