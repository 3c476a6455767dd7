"""As migration 0017. Films for adults get documents, which only who asks for such films is shown.

The version before reads lists of documents without asking for whom they are. It shows none of these
films all the same, since its cards leave them out: until it is gone a page may be shorter by them.
"""

from collections.abc import Iterator

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

_INDEXES = [
    (
        "movie",
        models.Index(
            condition=models.Q(adult=True, tombstoned_at__isnull=True),
            fields=["-vote_count", "id"],
            name="movie_adult_idx",
        ),
    ),
    (
        "searchdocument",
        GinIndex(
            condition=models.Q(tier=5),
            fastupdate=False,
            fields=["document"],
            name="searchdocument_tier_5_idx",
        ),
    ),
]
# What is noted last is made first.
_NOTE = """
INSERT INTO movies_stalefilms (movie_ids)
SELECT array_agg(id) FROM (
    SELECT id, (row_number() OVER (ORDER BY vote_count DESC, id) - 1) / 250 AS note
    FROM movies_movie WHERE adult AND tombstoned_at IS NULL
) AS numbered GROUP BY note ORDER BY note DESC
"""
_DROP = "DELETE FROM movies_searchdocument WHERE tier = 5"


def _add() -> Iterator[Operation]:
    for model, index in _INDEXES:
        drop = f"DROP INDEX CONCURRENTLY IF EXISTS {index.name}"
        yield migrations.RunSQL(drop, migrations.RunSQL.noop)
        yield AddIndexConcurrently(model_name=model, index=index)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("movies", "0019_posters")]

    operations = [*_add(), migrations.RunSQL(_NOTE, _DROP)]
