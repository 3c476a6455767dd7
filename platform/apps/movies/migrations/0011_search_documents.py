"""Documents to search in, and the triggers that tell which of them are out of date."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations, models

# Letters that look alike become the same (NFKC) after fractions have been written out. The collation
# is that of no place and no library, so that all servers agree on what is a capital letter.
_PLAIN = """
CREATE FUNCTION movies_plain(text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE STRICT
RETURN lower(normalize(unaccent(normalize($1, NFC)), NFKC) COLLATE pg_c_utf8);
"""
_WEIGHT = """
CREATE FUNCTION movies_search_weight(votes integer, popularity double precision)
RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN round(log(10 + votes + 10 * popularity) * 10) / 10;
"""

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
# Those whose name is in documents of many films.
_NAME_CHANGED = """
CREATE FUNCTION movies_films_of_name_are_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO movies_staledocument (movie_id) SELECT DISTINCT movie_id FROM %I WHERE %I = $1',
        TG_ARGV[0], TG_ARGV[1]
    ) USING NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER movies_person_stale_name AFTER UPDATE OF name ON movies_person
FOR EACH ROW WHEN (OLD.name <> NEW.name)
EXECUTE FUNCTION movies_films_of_name_are_stale('movies_credit', 'person_id');

CREATE TRIGGER movies_keyword_stale_name AFTER UPDATE OF name ON movies_keyword
FOR EACH ROW WHEN (OLD.name <> NEW.name)
EXECUTE FUNCTION movies_films_of_name_are_stale('movies_movie_keywords', 'keyword_id');
"""
# A document of a known film has some KB. Compressed it would be unpacked for each of the questions
# by which it is scored.
_UNPACKED = "ALTER TABLE movies_searchdocument SET (toast_tuple_target = 8160)"
_PACKED = "ALTER TABLE movies_searchdocument RESET (toast_tuple_target)"
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
# What there is already has no document yet.
_ALL = "INSERT INTO movies_staledocument (movie_id) SELECT id FROM movies_movie ORDER BY id"
_UNDO_TRIGGERS = """
DROP FUNCTION movies_film_is_stale() CASCADE;
DROP FUNCTION movies_films_are_stale() CASCADE;
DROP FUNCTION movies_films_of_name_are_stale() CASCADE;
"""
_UNDO_FUNCTIONS = """
DROP FUNCTION movies_search_weight(integer, double precision);
DROP FUNCTION movies_plain(text);
"""
# Searches go by the documents now.
_OLD_INDEX_DROP = "DROP INDEX movie_search_idx"
_OLD_INDEX = """
CREATE INDEX movie_search_idx ON movies_movie USING gin (
    to_tsvector(
        'simple',
        translate(title || ' ' || original_title, '-./:_<>&@''’', '           ')
        || ' ' || translate(title, '-./:_<>&@''’', '         ')
    )
)
"""


class Migration(migrations.Migration):
    dependencies = [("movies", "0010_film_versions")]

    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS fuzzystrmatch", migrations.RunSQL.noop),
        migrations.RunSQL(_PLAIN + _WEIGHT, _UNDO_FUNCTIONS),
        migrations.CreateModel(
            name="StaleDocument",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("movie_id", models.IntegerField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                (
                    "movie",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_document",
                        serialize=False,
                        to="movies.movie",
                    ),
                ),
                ("document", django.contrib.postgres.search.SearchVectorField()),
                ("weight", models.FloatField()),
                ("tier", models.PositiveSmallIntegerField()),
                ("title_words", models.PositiveSmallIntegerField()),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        condition=models.Q(("tier", 0)),
                        fastupdate=False,
                        fields=["document"],
                        name="searchdocument_tier_0_idx",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        condition=models.Q(("tier", 1)),
                        fastupdate=False,
                        fields=["document"],
                        name="searchdocument_tier_1_idx",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        condition=models.Q(("tier", 2)),
                        fastupdate=False,
                        fields=["document"],
                        name="searchdocument_tier_2_idx",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        condition=models.Q(("tier", 3)),
                        fastupdate=False,
                        fields=["document"],
                        name="searchdocument_tier_3_idx",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        condition=models.Q(("tier", 4)),
                        fastupdate=False,
                        fields=["document"],
                        name="searchdocument_tier_4_idx",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("word", models.TextField(db_collation="C", primary_key=True, serialize=False)),
                (
                    "films",
                    models.PositiveIntegerField(
                        help_text="How many films have it, when last counted."
                    ),
                ),
                (
                    "weight",
                    models.FloatField(help_text="The highest weight of a film that has it."),
                ),
                ("is_common", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("word", name="gin_trgm_ops"),
                        name="searchword_trigram_idx",
                    ),
                    models.Index(
                        models.Func("word", function="dmetaphone", output_field=models.TextField()),
                        name="searchword_sound_idx",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_UNPACKED, _PACKED),
        migrations.RunSQL(_TRIGGERS, _UNDO_TRIGGERS),
        migrations.RunSQL(_ALL, migrations.RunSQL.noop),
        migrations.RunSQL(_OLD_INDEX_DROP, _OLD_INDEX),
    ]
