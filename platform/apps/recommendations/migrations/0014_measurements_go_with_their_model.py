"""The version before purges models without knowing that they are measured."""

from django.db import migrations

from apps.core.operations import rows_go_with


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0013_measurements")]

    operations = [
        rows_go_with(
            "recommendations_modelmeasurement",
            column="model_version_id",
            parent="recommendations_modelversion",
        ),
    ]
