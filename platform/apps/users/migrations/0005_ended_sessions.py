"""A session ends with its password and its account, whoever changes them and by whatever way."""

from django.db import migrations

from apps.core.operations import rows_go_with, rows_go_with_their_user

_END_SESSIONS = """
CREATE FUNCTION users_end_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM users_session WHERE user_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER users_user_ends_sessions
AFTER UPDATE OF password, is_active ON users_user FOR EACH ROW
WHEN (OLD.password IS DISTINCT FROM NEW.password OR (OLD.is_active AND NOT NEW.is_active))
EXECUTE FUNCTION users_end_sessions();
"""
_KEEP_SESSIONS = """
DROP TRIGGER users_user_ends_sessions ON users_user;
DROP FUNCTION users_end_sessions();
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0004_sessions_profiles_mails")]

    operations = [
        rows_go_with_their_user("users_session"),
        rows_go_with_their_user("users_accountmail"),
        rows_go_with("users_spentrefreshtoken", column="session_id", parent="users_session"),
        migrations.RunSQL(_END_SESSIONS, _KEEP_SESSIONS),
    ]
