"""A film's row is written anew with its genres and credits: its version tells of them as well."""

from django.db import migrations

_TABLES = ("movies_movie_genres", "movies_credit")
_EVENTS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}
# In the order of the ids. What the transaction itself has written already has its version; what one
# of its savepoints has is not told from what others have, and is written once more.
_FUNCTION = """
CREATE FUNCTION movies_parts_of_films_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own xid := pg_current_xact_id()::xid;
    -- By an array the index is entered, however many there are; the plan is kept, and the first
    -- time there may have been few.
    ids int[] := ARRAY(SELECT DISTINCT movie_id FROM changed);
BEGIN
    PERFORM FROM movies_movie WHERE id = ANY (ids) AND xmin <> own ORDER BY id FOR NO KEY UPDATE;
    UPDATE movies_movie SET id = id WHERE id = ANY (ids) AND xmin <> own;
    RETURN NULL;
END $$;
"""
_TRIGGER = """
CREATE TRIGGER {table}_{name}
AFTER {event} ON {table} REFERENCING {rows} TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION movies_parts_of_films_changed();
"""
_UNDO = """
DROP FUNCTION movies_parts_of_films_changed() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("movies", "0009_generated_films")]

    operations = [
        migrations.RunSQL(
            _FUNCTION
            + "".join(
                _TRIGGER.format(table=table, name=event.lower(), event=event, rows=rows)
                for table in _TABLES
                for event, rows in _EVENTS.items()
            ),
            _UNDO,
        ),
    ]
