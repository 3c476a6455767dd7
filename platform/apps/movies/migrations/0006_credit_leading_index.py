from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Credits are the largest table of a catalogue: syncs write on while the index is made."""

    atomic = False
    dependencies = [("movies", "0005_search_and_release_indexes")]

    operations = [
        AddIndexConcurrently(
            model_name="credit",
            index=models.Index(
                condition=models.Q(
                    models.Q(("is_cast", True), ("position__lt", 5)),
                    models.Q(("is_cast", False), ("job", "Director")),
                    _connector="OR",
                ),
                fields=["movie", "is_cast", "person"],
                name="credit_leading_idx",
            ),
        ),
    ]
