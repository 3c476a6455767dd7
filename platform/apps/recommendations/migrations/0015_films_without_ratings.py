from typing import Any

from django.db import migrations, models

OPEN = ("requested", "training")
ERROR = "made by an older release; train again"


def begin_anew(apps: Any, _: Any) -> None:
    """Models of the one version lack arrays of the other, and so do their phases.

    A worker of the other version that is at a slice of a training is no longer its owner.
    """
    versions = apps.get_model("recommendations", "ModelVersion").objects
    shards = apps.get_model("recommendations", "ModelShard").objects
    shards.filter(model_version__state__in=OPEN).delete()
    versions.filter(state__in=OPEN).update(
        state="requested",
        attempts=0,
        leased_until=None,
        phase="survey",
        epochs_done=0,
        arrays={},
    )
    versions.filter(state="ready").update(state="failed", error=ERROR)


class Migration(migrations.Migration):
    dependencies = [
        ("recommendations", "0014_measurements_go_with_their_model"),
    ]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="unrated_item_count",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.RunPython(begin_anew, begin_anew),
    ]
