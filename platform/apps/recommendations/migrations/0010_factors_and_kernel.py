from typing import Any

from django.db import migrations, models

OPEN = ("requested", "training")


def begin_anew(apps: Any, _: Any) -> None:
    """What the phases of one version leave is not what those of the other go on from."""
    versions = apps.get_model("recommendations", "ModelVersion").objects
    shards = apps.get_model("recommendations", "ModelShard").objects
    shards.filter(model_version__state__in=OPEN).delete()
    versions.filter(state__in=OPEN).update(phase="survey")


class Migration(migrations.Migration):
    dependencies = [
        ("recommendations", "0009_lists_of_the_pipeline"),
    ]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="epoch_count",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="epochs_done",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="modelversion",
            name="phase",
            field=models.CharField(
                choices=[
                    ("survey", "Survey"),
                    ("gram", "Gram"),
                    ("weights", "Weights"),
                    ("factors", "Factors"),
                    ("kernel", "Kernel"),
                    ("assemble", "Assemble"),
                    ("done", "Done"),
                ],
                default="survey",
                max_length=12,
            ),
        ),
        migrations.RunPython(begin_anew, begin_anew),
    ]
