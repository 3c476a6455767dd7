"""Facts of films that filters ask for; the version before leaves them empty."""

from typing import Any

import django.contrib.postgres.search
from django.db import migrations, models

_NUMBERS: dict[str, models.Field[Any, Any]] = {
    "year": models.PositiveSmallIntegerField(null=True),
    "release_date": models.DateField(null=True),
    "runtime": models.PositiveSmallIntegerField(null=True),
    "vote_average": models.FloatField(null=True),
    "vote_count": models.PositiveIntegerField(db_default=0),
}


class Migration(migrations.Migration):
    dependencies = [("movies", "0014_stale_films")]

    operations = [
        migrations.AddField(
            model_name="searchdocument",
            name="facts",
            field=django.contrib.postgres.search.SearchVectorField(db_default=""),
        ),
        *(
            migrations.AddField(model_name="searchdocument", name=name, field=field)
            for name, field in _NUMBERS.items()
        ),
    ]
