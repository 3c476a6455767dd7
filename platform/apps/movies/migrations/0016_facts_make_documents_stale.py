"""Triggers that note films whose facts changed. By themselves, so that searches do not wait for
whoever writes films meanwhile.
"""

from django.db import migrations

_FILM_CHANGED = """
CREATE OR REPLACE TRIGGER movies_movie_is_stale AFTER UPDATE ON movies_movie FOR EACH ROW WHEN (
    OLD.title <> NEW.title
    OR OLD.original_title <> NEW.original_title
    OR OLD.year IS DISTINCT FROM NEW.year
    OR OLD.adult <> NEW.adult
    OR (OLD.tombstoned_at IS NULL) <> (NEW.tombstoned_at IS NULL)
    {facts}
    OR movies_search_weight(OLD.vote_count, OLD.popularity)
        <> movies_search_weight(NEW.vote_count, NEW.popularity)
) EXECUTE FUNCTION movies_film_is_stale();
"""
_FACTS = """
    OR OLD.original_language <> NEW.original_language
    OR OLD.production_countries <> NEW.production_countries
    OR (OLD.release_date, OLD.runtime, OLD.vote_average, OLD.vote_count)
        IS DISTINCT FROM (NEW.release_date, NEW.runtime, NEW.vote_average, NEW.vote_count)
"""
_ROWS_TRIGGER = """
CREATE TRIGGER {table}_stale_{name} AFTER {event} ON {table} REFERENCING {rows} TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION movies_films_are_stale('movie_id');
"""
_EVENTS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}
_PARTS = ("movies_movie_genres", "movies_releasedate")
_TRIGGERS = _FILM_CHANGED.format(facts=_FACTS) + "".join(
    _ROWS_TRIGGER.format(table=table, name=event.lower(), event=event, rows=rows)
    for table in _PARTS
    for event, rows in _EVENTS.items()
)
_UNDO_TRIGGERS = _FILM_CHANGED.format(facts="") + "".join(
    f"DROP TRIGGER {table}_stale_{event.lower()} ON {table};"
    for table in _PARTS
    for event in _EVENTS
)


class Migration(migrations.Migration):
    dependencies = [("movies", "0015_facts_of_films")]

    operations = [migrations.RunSQL(_TRIGGERS, _UNDO_TRIGGERS)]
