from django.urls import path

from .views.facets import MovieFacetsView
from .views.films import (
    GenreListView,
    MovieByTMDbIdView,
    MovieDetailView,
    MovieListView,
)
from .views.rankings import (
    NowPlayingView,
    PopularView,
    SimilarView,
    TopRatedView,
    TrendingView,
    UpcomingView,
)
from .views.search import MovieSearchView, MovieSuggestionsView

urlpatterns = [
    path("", MovieListView.as_view(), name="movie-list"),
    path("genres/", GenreListView.as_view(), name="genre-list"),
    path("facets/", MovieFacetsView.as_view(), name="movie-facets"),
    path("search/", MovieSearchView.as_view(), name="movie-search"),
    path("suggestions/", MovieSuggestionsView.as_view(), name="movie-suggestions"),
    path("trending/", TrendingView.as_view(), name="movie-trending"),
    path("popular/", PopularView.as_view(), name="movie-popular"),
    path("top-rated/", TopRatedView.as_view(), name="movie-top-rated"),
    path("now-playing/", NowPlayingView.as_view(), name="movie-now-playing"),
    path("upcoming/", UpcomingView.as_view(), name="movie-upcoming"),
    path("by-tmdb/<int:tmdb_id>/", MovieByTMDbIdView.as_view(), name="movie-by-tmdb-id"),
    path("<int:pk>/", MovieDetailView.as_view(), name="movie-detail"),
    path("<int:pk>/similar/", SimilarView.as_view(), name="movie-similar"),
]
