from typing import Any

import django.contrib.postgres.fields
from django.db import migrations, models

import apps.core.fields

ERROR = "made by an older release; train again"


def retire_models(apps: Any, _: Any) -> None:
    """Models of before lack what lists are made with. Those that are published stay readable."""
    versions = apps.get_model("recommendations", "ModelVersion").objects
    versions.filter(state="ready").update(state="failed", error=ERROR)


class Migration(migrations.Migration):
    dependencies = [
        ("recommendations", "0008_open_trainings_begin_anew"),
    ]

    operations = [
        migrations.AddField(
            model_name="generation",
            name="pipeline",
            field=models.JSONField(
                blank=True, db_default=models.Value({}, models.JSONField()), default=dict
            ),
        ),
        migrations.AddField(
            model_name="recommendationlist",
            name="propensities",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=apps.core.fields.RealField(),
                blank=True,
                db_default=[],
                default=list,
                size=200,
            ),
        ),
        migrations.AlterField(
            model_name="modelchunk",
            name="array",
            field=models.CharField(max_length=100),
        ),
        migrations.RunPython(retire_models, migrations.RunPython.noop),
    ]
