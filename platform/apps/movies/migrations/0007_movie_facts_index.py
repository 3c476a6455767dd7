from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """As in migration 0006."""

    atomic = False
    dependencies = [("movies", "0006_credit_leading_index")]

    operations = [
        AddIndexConcurrently(
            model_name="movie",
            index=models.Index(
                condition=models.Q(
                    ("year__isnull", False), ("runtime__isnull", False), _connector="OR"
                ),
                fields=["id"],
                include=("year", "runtime"),
                name="movie_facts_idx",
            ),
        ),
    ]
