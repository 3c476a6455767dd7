from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

_SEARCH = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS movie_search_idx ON movies_movie USING gin (
    to_tsvector(
        'simple',
        translate(title || ' ' || original_title, '-./:_<>&@''’', '           ')
        || ' ' || translate(title, '-./:_<>&@''’', '         ')
    )
)
"""
# What is noted last is made first: the best known films.
_ALL = """
INSERT INTO movies_stalefilms (movie_ids)
SELECT array_agg(id) FROM (
    SELECT id, (row_number() OVER (ORDER BY vote_count DESC, id) - 1) / 250 AS note
    FROM movies_movie
) AS numbered GROUP BY note ORDER BY note DESC
"""


class Migration(migrations.Migration):
    """As in migration 0006. All documents are made anew, with the facts. Nothing has read
    `movie_search_idx` since searches read documents, and it costs a third of an insert.
    """

    atomic = False
    dependencies = [("movies", "0015_facts_of_films")]

    operations = [
        AddIndexConcurrently(
            model_name="searchdocument",
            index=GinIndex(fields=["facts"], name="searchdocument_facts_idx", fastupdate=False),
        ),
        AddIndexConcurrently(
            model_name="movie",
            index=models.Index(
                condition=models.Q(
                    adult=False, tombstoned_at__isnull=True, vote_average__isnull=False
                ),
                fields=["-vote_average", "-vote_count", "id"],
                name="movie_listed_average_idx",
            ),
        ),
        AddIndexConcurrently(
            model_name="searchdocument",
            index=models.Index(
                condition=models.Q(vote_count__gt=0),
                fields=["vote_count"],
                name="searchdocument_votes_idx",
            ),
        ),
        AddIndexConcurrently(
            model_name="searchdocument",
            index=models.Index(
                models.functions.Coalesce(
                    "release_date",
                    models.Func(
                        "year",
                        models.Value(12),
                        models.Value(31),
                        function="make_date",
                        output_field=models.DateField(),
                    ),
                ),
                name="searchdocument_released_idx",
            ),
        ),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS movie_search_idx", _SEARCH),
        migrations.RunSQL(_ALL, migrations.RunSQL.noop),
    ]
