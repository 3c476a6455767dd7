"""Syncs as lists show them: a sync of titles may name ten thousand."""

from django.db.models import Func, IntegerField, JSONField, QuerySet

from .models import SyncRun

TITLES_LISTED = 50

# What names no titles stays as it is.
_SHORT = f"""
    jsonb_set(
        %(expressions)s, '{{tmdb_ids}}',
        jsonb_path_query_array(%(expressions)s, '$.tmdb_ids[0 to {TITLES_LISTED - 1}]'), false
    )
"""
_COUNT = "jsonb_array_length(%(expressions)s -> 'tmdb_ids')"


def with_short_scopes(runs: QuerySet[SyncRun]) -> QuerySet[SyncRun]:
    """With `short_scope`, which has the first titles, and `title_count`; `scope` is not read."""
    return runs.defer("scope").annotate(
        short_scope=Func("scope", template=_SHORT, output_field=JSONField()),
        title_count=Func("scope", template=_COUNT, output_field=IntegerField()),
    )
