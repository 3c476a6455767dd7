"""A worker may add a list while its viewer's account is being deleted."""

from django.db import migrations

from apps.core.operations import rows_go_with_their_user


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0002_active_generation_row")]

    operations = [rows_go_with_their_user("recommendations_recommendationlist")]
