"""Push processes hear of sessions that end, by whatever way, and tickets go with their session."""

from django.db import migrations

from apps.core.operations import rows_go_with

# One notification for each statement: an account's sessions end together. Of more than fit, and
# of a purge, which removes what has expired long ago, a heartbeat takes care.
_TELL_OF_ENDED_SESSIONS = """
CREATE FUNCTION recommendations_tell_of_ended_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids text;
BEGIN
    SELECT string_agg(id::text, ',') INTO ids
    FROM (SELECT id FROM ended WHERE expires_at > now() LIMIT 100) AS live;
    IF ids IS NOT NULL AND pg_notification_queue_usage() < 0.5 THEN
        PERFORM pg_notify('nexus_push', 'sessions:' || ids);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER recommendations_tell_of_ended_sessions
AFTER DELETE ON users_session REFERENCING OLD TABLE AS ended FOR EACH STATEMENT
EXECUTE FUNCTION recommendations_tell_of_ended_sessions();
"""
_TELL_NOBODY = """
DROP TRIGGER recommendations_tell_of_ended_sessions ON users_session;
DROP FUNCTION recommendations_tell_of_ended_sessions();
"""


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0026_stream_tickets")]

    operations = [
        rows_go_with("recommendations_streamticket", column="session_id", parent="users_session"),
        migrations.RunSQL(_TELL_OF_ENDED_SESSIONS, _TELL_NOBODY),
    ]
