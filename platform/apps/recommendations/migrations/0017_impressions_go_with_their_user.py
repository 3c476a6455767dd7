"""A viewer may tell what was shown while the account is being deleted."""

from django.db import migrations

from apps.core.operations import rows_go_with_their_user


class Migration(migrations.Migration):
    dependencies = [("recommendations", "0016_impressions")]

    operations = [rows_go_with_their_user("recommendations_impression")]
