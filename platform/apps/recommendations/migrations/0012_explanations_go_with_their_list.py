"""The purge of lists and the deletion of accounts do not wait for whoever asks meanwhile."""

from django.db import migrations

from apps.core.operations import rows_go_with


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0011_explanations")]

    operations = [
        rows_go_with(
            "recommendations_explanation",
            column="list_id",
            parent="recommendations_recommendationlist",
        ),
    ]
