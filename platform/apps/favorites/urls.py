from django.urls import path

from .views.bulk import BulkView
from .views.favorites import FavoriteCheckView, FavoriteDetailView, FavoriteListView
from .views.film_states import LibraryStatesView
from .views.movie_rating import MovieRatingView
from .views.not_interested import NotInterestedDetailView, NotInterestedListView
from .views.ratings import RatingDetailView, RatingListView
from .views.saved_searches import SavedSearchDetailView, SavedSearchListView
from .views.stats import LibraryStatsView
from .views.watch_history import WatchHistoryDetailView, WatchHistoryListView
from .views.watchlist import WatchlistDetailView, WatchlistListView

urlpatterns = [
    path("favorites/", FavoriteListView.as_view(), name="favorite-list"),
    path("favorites/<int:pk>/", FavoriteDetailView.as_view(), name="favorite-detail"),
    path("favorites/check/<int:movie_id>/", FavoriteCheckView.as_view(), name="favorite-check"),
    path("library/bulk/", BulkView.as_view(), name="library-bulk"),
    path("library/states/", LibraryStatesView.as_view(), name="library-states"),
    path("library/stats/", LibraryStatsView.as_view(), name="library-stats"),
    path("movies/<int:movie_id>/rating/", MovieRatingView.as_view(), name="movie-rating"),
    path("ratings/", RatingListView.as_view(), name="rating-list"),
    path("ratings/<int:pk>/", RatingDetailView.as_view(), name="rating-detail"),
    path("saved-searches/", SavedSearchListView.as_view(), name="saved-search-list"),
    path("saved-searches/<int:pk>/", SavedSearchDetailView.as_view(), name="saved-search-detail"),
    path("watch-history/", WatchHistoryListView.as_view(), name="watch-history-list"),
    path("watch-history/<int:pk>/", WatchHistoryDetailView.as_view(), name="watch-history-detail"),
    path("watchlist/", WatchlistListView.as_view(), name="watchlist-list"),
    path("watchlist/<int:pk>/", WatchlistDetailView.as_view(), name="watchlist-detail"),
    path("not-interested/", NotInterestedListView.as_view(), name="not-interested-list"),
    path(
        "not-interested/<int:pk>/",
        NotInterestedDetailView.as_view(),
        name="not-interested-detail",
    ),
]
