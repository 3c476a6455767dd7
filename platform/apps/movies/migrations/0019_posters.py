"""A film's best poster in each language; and its version tells of what is shown in languages.

Triggers, as those of migration 0010, have a film's row written anew with its posters, translations
and releases. A sync that has written the row before them in its own transaction pays nothing for it.
"""

import re

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

# At once, and in the order in which syncs write: neither waits for the other in a circle. On the way
# forward, whoever reads does not wait at all; dropping triggers keeps them waiting as well.
_LOCK = """
LOCK TABLE movies_movie, movies_releasedate, movies_translation IN {mode} MODE;
"""
_FORWARD, _BACK = _LOCK.format(mode="SHARE ROW EXCLUSIVE"), _LOCK.format(mode="ACCESS EXCLUSIVE")
_TABLES = ("movies_releasedate", "movies_translation", "movies_poster")
_EVENTS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}
_TRIGGER = """
CREATE TRIGGER {table}_version_{name}
AFTER {event} ON {table} REFERENCING {rows} TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION movies_parts_of_films_changed();
"""
_TRIGGERS = "".join(
    _TRIGGER.format(table=table, name=event.lower(), event=event, rows=rows)
    for table in _TABLES
    for event, rows in _EVENTS.items()
)
_UNDO_TRIGGERS = _BACK + "".join(
    f"DROP TRIGGER {table}_version_{event.lower()} ON {table};"
    for table in _TABLES
    for event in _EVENTS
)


class Migration(migrations.Migration):
    dependencies = [("movies", "0018_all_documents_get_facts")]

    operations = [
        migrations.RunSQL(_FORWARD, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Poster",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=3)),
                (
                    "path",
                    models.CharField(
                        max_length=120,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A/[\\w.-]+\\.(jpg|png|svg|webp)\\Z",
                                "Write a path like /abc123.jpg; it ends in jpg, png, svg or webp.",
                                code="invalid_image_path",
                                flags=re.RegexFlag["ASCII"],
                            )
                        ],
                    ),
                ),
                (
                    "movie",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="posters",
                        to="movies.movie",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("movie", "language"), name="poster_movie_language_unique"
                    )
                ],
            },
        ),
        migrations.RunSQL(_TRIGGERS, _UNDO_TRIGGERS),
    ]
