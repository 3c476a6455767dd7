from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

_LISTED = {"adult": False, "tombstoned_at__isnull": True}


class Migration(migrations.Migration):
    """As in migration 0006."""

    atomic = False
    dependencies = [("movies", "0007_movie_facts_index")]

    operations = [
        AddIndexConcurrently(
            model_name="movie",
            index=models.Index(
                condition=models.Q(**_LISTED, year__isnull=False),
                fields=["year", "-vote_count", "id"],
                name="movie_listed_year_idx",
            ),
        ),
        AddIndexConcurrently(
            model_name="movie",
            index=models.Index(
                condition=models.Q(**_LISTED, runtime__isnull=False),
                fields=["runtime", "-vote_count", "id"],
                name="movie_listed_runtime_idx",
            ),
        ),
        AddIndexConcurrently(
            model_name="movie",
            index=models.Index(
                condition=models.Q(**_LISTED) & ~models.Q(original_language=""),
                fields=["original_language", "-vote_count", "id"],
                name="movie_listed_language_idx",
            ),
        ),
        AddIndexConcurrently(
            model_name="watchavailability",
            index=GinIndex(
                models.Func("country", template="ARRAY[%(expressions)s::text]"),
                models.Func(
                    *("flatrate", "free", "ads", "rent", "buy"),
                    arg_joiner=" || ",
                    template="(%(expressions)s)",
                ),
                name="watchavailability_offers_idx",
            ),
        ),
    ]
