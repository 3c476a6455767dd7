"""Documents to search in, their words, and notes of which of them are out of date."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

# Letters that look alike become the same (NFKC) after fractions have been written out. Hebrew and
# Arabic points go, and what only tells how a character is drawn. The collation is that of no place
# and no library, so that all servers agree on what is a capital letter.
_PLAIN = r"""
CREATE FUNCTION movies_plain(text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE STRICT
RETURN lower(regexp_replace(
    normalize(unaccent(normalize($1, NFC)), NFKC),
    '[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]',
    '', 'g'
) COLLATE pg_c_utf8);
"""
# Also of what no film should have, since it is asked whenever a film is written.
_WEIGHT = """
CREATE FUNCTION movies_search_weight(votes integer, popularity double precision)
RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN round(
    log(10::float8 + greatest(votes, 0) + 10 * greatest(least(popularity, 1e9), 0)) * 10
) / 10;
"""

# A document of a known film has some KB. Compressed it would be unpacked for each of the questions
# by which it is scored.
_UNPACKED = "ALTER TABLE movies_searchdocument SET (toast_tuple_target = 8160)"
_PACKED = "ALTER TABLE movies_searchdocument RESET (toast_tuple_target)"
_UNDO_FUNCTIONS = """
DROP FUNCTION movies_search_weight(integer, double precision);
DROP FUNCTION movies_plain(text);
"""


class Migration(migrations.Migration):
    dependencies = [("movies", "0010_film_versions")]

    operations = [
        # Others may use them by the time that this is undone.
        *(
            migrations.RunSQL(f"CREATE EXTENSION IF NOT EXISTS {name}", migrations.RunSQL.noop)
            for name in ("unaccent", "pg_trgm", "fuzzystrmatch")
        ),
        migrations.RunSQL(_PLAIN + _WEIGHT, _UNDO_FUNCTIONS),
        migrations.CreateModel(
            name="StaleDocument",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("movie_id", models.IntegerField(db_index=True, null=True)),
                ("person_id", models.IntegerField(null=True)),
                ("keyword_id", models.IntegerField(null=True)),
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
            name="WordCount",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("changes", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(id=1), name="wordcount_single_row_check"
                    )
                ]
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
    ]
