"""One note for many films: a row with an index entry for each took five times as long.

The functions of the triggers are replaced under their names. The version before reads notes of its
own table alone, and goes on to: films are noted here from now on, names still there.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

_NOTE_MANY = """
CREATE OR REPLACE FUNCTION movies_film_is_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO movies_stalefilms (movie_ids) VALUES (ARRAY[NEW.id]);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION movies_films_are_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO movies_stalefilms (movie_ids)
         SELECT array_agg(movie_id) FROM (
             SELECT movie_id, (row_number() OVER () - 1) / 250 AS note
             FROM (SELECT DISTINCT %I AS movie_id FROM changed) AS films
         ) AS numbered GROUP BY note', TG_ARGV[0]
    );
    RETURN NULL;
END $$;
"""
_NOTE_EACH = """
CREATE OR REPLACE FUNCTION movies_film_is_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO movies_staledocument (movie_id) VALUES (NEW.id);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION movies_films_are_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO movies_staledocument (movie_id) SELECT DISTINCT %I FROM changed', TG_ARGV[0]
    );
    RETURN NULL;
END $$;

INSERT INTO movies_staledocument (movie_id)
SELECT movie_id FROM movies_stalefilms CROSS JOIN unnest(movie_ids) AS each (movie_id);
"""


class Migration(migrations.Migration):
    dependencies = [("movies", "0013_all_documents_are_stale")]

    operations = [
        migrations.CreateModel(
            name="StaleFilms",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "movie_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField()),
                ),
            ],
        ),
        migrations.RunSQL(_NOTE_MANY, _NOTE_EACH),
    ]
