"""As in migration 0002, for saved searches."""

from django.db import migrations

from apps.core.operations import rows_go_with_their_user


class Migration(migrations.Migration):
    dependencies = [("favorites", "0006_saved_searches")]

    operations = [rows_go_with_their_user("favorites_savedsearch")]
