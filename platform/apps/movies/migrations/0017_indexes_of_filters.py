"""As migration 0006. What was left half made when a lock was waited for too long is made anew.

Nothing has read `movie_search_idx` since searches read documents, and it costs a third of an insert.
"""

from collections.abc import Iterator

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models.functions import Coalesce

_SEARCH = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS movie_search_idx ON movies_movie USING gin (
    to_tsvector(
        'simple',
        translate(title || ' ' || original_title, '-./:_<>&@''’', '           ')
        || ' ' || translate(title, '-./:_<>&@''’', '         ')
    )
)
"""
_LISTED = {"adult": False, "tombstoned_at__isnull": True}
_LAST_DAY = models.Func(
    *("year", models.Value(12), models.Value(31)),
    function="make_date",
    output_field=models.DateField(),
)
_INDEXES = [
    (
        "searchdocument",
        GinIndex(fields=["facts"], name="searchdocument_facts_idx", fastupdate=False),
    ),
    (
        "searchdocument",
        models.Index(
            condition=models.Q(vote_count__gt=0),
            fields=["vote_count"],
            name="searchdocument_votes_idx",
        ),
    ),
    (
        "searchdocument",
        models.Index(Coalesce("release_date", _LAST_DAY), name="searchdocument_released_idx"),
    ),
    (
        "movie",
        models.Index(
            condition=models.Q(**_LISTED, vote_average__isnull=False),
            fields=["-vote_average", "-vote_count", "id"],
            include=["year", "release_date", "runtime"],
            name="movie_listed_average_idx",
        ),
    ),
]


def _add() -> Iterator[Operation]:
    for model, index in _INDEXES:
        drop = f"DROP INDEX CONCURRENTLY IF EXISTS {index.name}"
        yield migrations.RunSQL(drop, migrations.RunSQL.noop)
        yield AddIndexConcurrently(model_name=model, index=index)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("movies", "0016_facts_make_documents_stale")]

    operations = [
        *_add(),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS movie_search_idx", _SEARCH),
    ]
