"""Facts of films that filters ask for, and triggers that note films whose facts changed."""

from typing import Any

import django.contrib.postgres.search
from django.db import migrations, models

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

_NUMBERS: dict[str, models.Field[Any, Any]] = {
    "year": models.PositiveSmallIntegerField(null=True),
    "release_date": models.DateField(null=True),
    "runtime": models.PositiveSmallIntegerField(null=True),
    "vote_average": models.FloatField(null=True),
    "vote_count": models.PositiveIntegerField(db_default=0),
}


class Migration(migrations.Migration):
    dependencies = [("movies", "0014_stale_films")]

    operations = [
        migrations.AddField(
            model_name="searchdocument",
            name="facts",
            field=django.contrib.postgres.search.SearchVectorField(db_default=""),
        ),
        *(
            migrations.AddField(model_name="searchdocument", name=name, field=field)
            for name, field in _NUMBERS.items()
        ),
        migrations.RunSQL(_TRIGGERS, _UNDO_TRIGGERS),
    ]
