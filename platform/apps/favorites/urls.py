from django.urls import path

from .views.favorites import FavoriteCheckView, FavoriteDetailView, FavoriteListView
from .views.ratings import RatingDetailView, RatingListView

urlpatterns = [
    path("favorites/", FavoriteListView.as_view(), name="favorite-list"),
    path("favorites/<int:pk>/", FavoriteDetailView.as_view(), name="favorite-detail"),
    path("favorites/check/<int:movie_id>/", FavoriteCheckView.as_view(), name="favorite-check"),
    path("ratings/", RatingListView.as_view(), name="rating-list"),
    path("ratings/<int:pk>/", RatingDetailView.as_view(), name="rating-detail"),
]
