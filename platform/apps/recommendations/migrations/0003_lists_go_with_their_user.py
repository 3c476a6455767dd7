"""Deleting an account takes along a list that a worker adds while the deletion goes on.

Django deletes a user's lists before the user. A list committed in between would break the
deletion, so the database cascades too.
"""

from django.db import migrations

TABLE = "recommendations_recommendationlist"

SET_DELETE_RULE = """
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


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0002_active_generation_row")]

    operations = [
        migrations.RunSQL(
            SET_DELETE_RULE.format(table=TABLE, rule="ON DELETE CASCADE"),
            SET_DELETE_RULE.format(table=TABLE, rule=""),
        )
    ]
