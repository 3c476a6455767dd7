from typing import Any

from django.db import migrations

OPEN = ("requested", "training")


def survey_again(apps: Any, _: Any) -> None:
    """A checkpoint of the slices of before means nothing to the shards."""
    versions = apps.get_model("recommendations", "ModelVersion").objects
    versions.filter(state__in=OPEN).update(phase="survey")


def sum_up_again(apps: Any, _: Any) -> None:
    versions = apps.get_model("recommendations", "ModelVersion").objects
    versions.filter(state__in=OPEN).update(phase="gram")


class Migration(migrations.Migration):
    dependencies = [
        ("recommendations", "0007_sliced_training"),
    ]

    operations = [
        migrations.RunPython(survey_again, sum_up_again),
    ]
