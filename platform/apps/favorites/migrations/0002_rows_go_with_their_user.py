"""A viewer may rate a film while the account is being deleted."""

from django.db import migrations

from apps.core.operations import rows_go_with_their_user


class Migration(migrations.Migration):
    dependencies = [("favorites", "0001_initial")]

    operations = [
        rows_go_with_their_user("favorites_favorite"),
        rows_go_with_their_user("favorites_rating"),
        rows_go_with_their_user("favorites_taste"),
    ]
