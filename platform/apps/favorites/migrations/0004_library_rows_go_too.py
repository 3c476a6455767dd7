"""As in migration 0002, for what a library holds besides ratings and favourites."""

from django.db import migrations

from apps.core.operations import rows_go_with, rows_go_with_their_user


class Migration(migrations.Migration):
    dependencies = [("favorites", "0003_library")]

    operations = [
        rows_go_with_their_user("favorites_idempotencykey"),
        rows_go_with_their_user("favorites_notinterested"),
        rows_go_with_their_user("favorites_watchentry"),
        rows_go_with_their_user("favorites_watchlistentry"),
        rows_go_with("favorites_notinterested", column="person_id", parent="movies_person"),
        rows_go_with("favorites_notinterested", column="genre_id", parent="movies_genre"),
    ]
