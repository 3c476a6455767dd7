"""Migration operations for what Django 5.2 cannot declare."""

from django.db import migrations

_SET_DELETE_RULE = """
DO $$
DECLARE
    name text;
BEGIN
    SELECT conname INTO STRICT name FROM pg_constraint
    WHERE conrelid = '{table}'::regclass AND confrelid = 'users_user'::regclass AND contype = 'f';
    EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', name);
    EXECUTE format(
        'ALTER TABLE {table} ADD CONSTRAINT %I FOREIGN KEY (user_id) REFERENCES users_user (id)'
        ' {rule} DEFERRABLE INITIALLY DEFERRED', name
    );
END $$
"""


def rows_go_with_their_user(table: str) -> migrations.RunSQL:
    """Have the database delete a user's rows of `table` together with the user.

    Django deletes them before the user; a row that another transaction commits in between would
    break the deletion.
    """
    return migrations.RunSQL(
        _SET_DELETE_RULE.format(table=table, rule="ON DELETE CASCADE"),
        _SET_DELETE_RULE.format(table=table, rule=""),
    )
