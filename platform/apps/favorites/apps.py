from django.apps import AppConfig


class FavoritesConfig(AppConfig):
    name = "apps.favorites"
    verbose_name = "Libraries of viewers"

    def ready(self) -> None:
        from apps.core import movie_states, personal_data

        from .personal_data import (
            favorites_of,
            idempotency_keys_of,
            lock_taste,
            not_interested_of,
            ratings_of,
            saved_searches_of,
            taste_of,
            watch_history_of,
            watchlist_of,
        )
        from .states import read_seen, read_states

        movie_states.register(read_states, read_seen)
        personal_data.register("favorites", favorites_of)
        personal_data.register("ratings", ratings_of)
        personal_data.register("watch_history", watch_history_of)
        personal_data.register("watchlist", watchlist_of)
        personal_data.register("not_interested", not_interested_of)
        personal_data.register("saved_searches", saved_searches_of)
        personal_data.register("taste", taste_of)
        personal_data.register("idempotency_keys", idempotency_keys_of)
        personal_data.register_lock(lock_taste)
