from django.apps import AppConfig


class FavoritesConfig(AppConfig):
    name = "apps.favorites"
    verbose_name = "Ratings and favourites"

    def ready(self) -> None:
        from apps.core import movie_states, personal_data

        from .personal_data import favorites_of, lock_taste, ratings_of, taste_of
        from .states import read_states

        movie_states.register(read_states)
        personal_data.register("favorites", favorites_of)
        personal_data.register("ratings", ratings_of)
        personal_data.register("taste", taste_of)
        personal_data.register_lock(lock_taste)
