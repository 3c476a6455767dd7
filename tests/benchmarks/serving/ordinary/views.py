from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination

from apps.core.movie_states import LIKED_SCORE
from apps.favorites.models import Favorite, NotInterested, Rating, WatchEntry, WatchlistEntry
from apps.favorites.querysets import WATCHED_PROGRESS
from apps.movies.models import Credit

from .models import Because, Recommendation
from .serializers import RecommendationSerializer

# What a film in a list does not show: bookkeeping, and what only its own page tells.
NOT_ON_CARDS = (
    *("adult", "tagline", "homepage", "status", "budget", "revenue", "video", "collection"),
    *("origin_countries", "production_countries", "spoken_languages", "locked_fields"),
    *("from_tmdb", "listed_at", "synced_at", "tombstoned_at", "blanked_at", "etag", "digests"),
    *("created_at", "updated_at"),
)


class RecommendationPagination(CursorPagination):
    """The cheapest of DRF's: it counts nothing and skips nothing."""

    page_size = 20
    page_size_query_param = "limit"
    max_page_size = 50
    ordering = "rank"


class RecommendationListView(ListAPIView):
    serializer_class = RecommendationSerializer
    pagination_class = RecommendationPagination

    def get_queryset(self) -> QuerySet[Recommendation]:
        of_user = {"user": self.request.user}
        of_film = {**of_user, "movie": OuterRef("movie")}
        visible = Recommendation.objects.filter(
            ~Exists(Rating.objects.filter(**of_film)),
            ~Exists(Favorite.objects.filter(**of_film)),
            ~Exists(WatchEntry.objects.filter(**of_film, progress__gte=WATCHED_PROGRESS)),
            ~Exists(NotInterested.objects.filter(**of_film)),
            **of_user,
            movie__adult=False,
            movie__tombstoned_at=None,
        )
        return (
            _without_hidden(visible, of_user)
            .annotate(is_watchlisted=Exists(WatchlistEntry.objects.filter(**of_film)))
            .select_related("movie")
            .defer(*(f"movie__{name}" for name in NOT_ON_CARDS))
            .prefetch_related("movie__genres", Prefetch("because", _liked(of_user)))
        )


def _without_hidden(
    recommendations: QuerySet[Recommendation], of_user: dict[str, Any]
) -> QuerySet[Recommendation]:
    """Most viewers hid no person and no genre, so what they did is read beforehand."""
    hidden = NotInterested.objects.filter(**of_user, movie=None).values_list("person", "genre")
    people = [person for person, _ in hidden if person]
    genres = [genre for _, genre in hidden if genre]
    if people:
        credits_of_film = Credit.objects.filter(movie=OuterRef("movie"), person__in=people)
        recommendations = recommendations.filter(~Exists(credits_of_film))
    if genres:
        recommendations = recommendations.exclude(movie__genres__in=genres)
    return recommendations


def _liked(of_user: dict[str, Any]) -> QuerySet[Because]:
    of_film = {**of_user, "movie": OuterRef("movie")}
    is_liked = Q(Exists(Favorite.objects.filter(**of_film))) | Q(
        Exists(Rating.objects.filter(**of_film, score__gte=LIKED_SCORE))
    )
    return (
        Because.objects.filter(is_liked, ~Exists(NotInterested.objects.filter(**of_film)))
        .select_related("movie")
        .only("recommendation_id", "movie_id", "contribution", "movie__title")
        .order_by("position")
    )
