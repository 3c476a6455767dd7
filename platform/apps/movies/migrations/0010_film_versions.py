"""A film's row is written anew with its genres and credits: its version tells of them as well."""

from django.db import migrations

_TABLES = ("movies_movie_genres", "movies_credit")
_EVENTS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}
# In the order of the ids. What the transaction itself has written already has its version; what one
# of its savepoints has is not told from what others have, and is written once more.
_FUNCTION = """
CREATE FUNCTION movies_parts_of_films_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE movies_movie SET id = id WHERE id IN (
        SELECT id FROM movies_movie
        WHERE id IN (SELECT movie_id FROM changed) AND xmin <> pg_current_xact_id()::xid
        ORDER BY id FOR NO KEY UPDATE
    );
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
