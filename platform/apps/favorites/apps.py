from django.apps import AppConfig


class FavoritesConfig(AppConfig):
    name = "apps.favorites"
    verbose_name = "Ratings and favourites"
