"""Triggers that note which documents are out of date, whoever changes a film and how."""

from django.db import migrations

# Popularity changes every day for nearly all films: only a step of the weight is worth a document.
# A condition costs a row that is updated little, a table of all rows of the statement much.
_FILM_CHANGED = """
CREATE FUNCTION movies_film_is_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO movies_staledocument (movie_id) VALUES (NEW.id);
    RETURN NULL;
END $$;

CREATE TRIGGER movies_movie_is_stale AFTER UPDATE ON movies_movie FOR EACH ROW WHEN (
    OLD.title <> NEW.title
    OR OLD.original_title <> NEW.original_title
    OR OLD.year IS DISTINCT FROM NEW.year
    OR OLD.adult <> NEW.adult
    OR (OLD.tombstoned_at IS NULL) <> (NEW.tombstoned_at IS NULL)
    OR movies_search_weight(OLD.vote_count, OLD.popularity)
        <> movies_search_weight(NEW.vote_count, NEW.popularity)
) EXECUTE FUNCTION movies_film_is_stale();
"""
_ROWS_CHANGED = """
CREATE FUNCTION movies_films_are_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO movies_staledocument (movie_id) SELECT DISTINCT %I FROM changed', TG_ARGV[0]
    );
    RETURN NULL;
END $$;
"""
_ROWS_TRIGGER = """
CREATE TRIGGER {table}_stale_{name} AFTER {event} ON {table} REFERENCING {rows} TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION movies_films_are_stale('{column}');
"""
_EVENTS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}
_PARTS = (
    *("movies_translation", "movies_alternativetitle", "movies_credit", "movies_movie_keywords"),
)
# Those whose name is in documents of many films. Which these are is asked later: a credit that another
# transaction adds meanwhile is seen by neither of them now.
_NAME_CHANGED = """
CREATE FUNCTION movies_name_is_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO movies_staledocument (%I) VALUES ($1)', TG_ARGV[0]) USING NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER movies_person_stale_name AFTER UPDATE OF name ON movies_person
FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION movies_name_is_stale('person_id');

CREATE TRIGGER movies_keyword_stale_name AFTER UPDATE OF name ON movies_keyword
FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION movies_name_is_stale('keyword_id');
"""
_TRIGGERS = (
    _FILM_CHANGED
    + _ROWS_CHANGED
    + _ROWS_TRIGGER.format(
        table="movies_movie", name="insert", event="INSERT", rows="NEW", column="id"
    )
    + "".join(
        _ROWS_TRIGGER.format(
            table=table, name=event.lower(), event=event, rows=rows, column="movie_id"
        )
        for table in _PARTS
        for event, rows in _EVENTS.items()
    )
    + _NAME_CHANGED
)
_UNDO_TRIGGERS = """
DROP FUNCTION movies_film_is_stale() CASCADE;
DROP FUNCTION movies_films_are_stale() CASCADE;
DROP FUNCTION movies_name_is_stale() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("movies", "0011_search_documents")]

    operations = [migrations.RunSQL(_TRIGGERS, _UNDO_TRIGGERS)]
