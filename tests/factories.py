"""Rows for tests, valid by default."""

from itertools import count
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from apps.favorites.actions import bump_taste
from apps.favorites.models import (
    Favorite,
    NotInterested,
    Rating,
    SavedSearch,
    WatchEntry,
    WatchlistEntry,
)
from apps.movies.models import Genre, Movie
from apps.recommendations.models import (
    CONTRIBUTORS_PER_ITEM,
    ActiveGeneration,
    Explanation,
    Generation,
    Impression,
    ModelVersion,
    RecommendationList,
)
from apps.users.models import User

PASSWORD = "correct horse battery staple"
_numbers = count(1)


def make_user(**fields: Any) -> User:
    fields.setdefault("email", f"viewer{next(_numbers)}@example.com")
    return User.objects.create_user(password=fields.pop("password", PASSWORD), **fields)


def make_genre(name: str) -> Genre:
    return Genre.objects.get_or_create(name=name, defaults={"slug": slugify(name)})[0]


def make_movie(*, genres: tuple[str, ...] = (), **fields: Any) -> Movie:
    number = next(_numbers)
    fields = {"title": f"Film {number}", "tmdb_id": 1_000_000 + number, "year": 1999} | fields
    movie = Movie.objects.create(**fields)
    movie.genres.set([make_genre(name) for name in genres])
    return movie


def make_rating(**fields: Any) -> Rating:
    """A bare row: it bumps no Taste, as only an action does."""
    return Rating.objects.create(**{"score": 8} | fields)


def count_write(user: User) -> None:
    """What an action does besides the rows: the viewer wrote something that no list has seen."""
    lists = RecommendationList.objects.filter(user=user)
    seen = max(lists.values_list("revision", flat=True), default=0)
    while bump_taste(user_id=user.pk, at=timezone.now()) <= seen:
        pass


def make_favorite(**fields: Any) -> Favorite:
    """A bare row: it bumps no Taste, as only an action does."""
    return Favorite.objects.create(**fields)


def make_watch_entry(**fields: Any) -> WatchEntry:
    """A bare row, whole and at an unknown moment: it bumps no Taste, as only an action does."""
    return WatchEntry.objects.create(**fields)


def make_watchlist_entry(**fields: Any) -> WatchlistEntry:
    """A bare row: it bumps no Taste, as only an action does."""
    return WatchlistEntry.objects.create(**fields)


def make_not_interested(**fields: Any) -> NotInterested:
    """A bare row about the `movie`, `person` or `genre`: it bumps no Taste."""
    return NotInterested.objects.create(**fields)


def make_saved_search(**fields: Any) -> SavedSearch:
    """By a name that no other one has."""
    named = {"name": f"Search {next(_numbers)}", "parameters": {"q": "film", "year_min": "1990"}}
    return SavedSearch.objects.create(**named | fields)


def make_generation(*, active: bool = False, **fields: Any) -> Generation:
    if "model_version" not in fields:
        fields["model_version"] = ModelVersion.objects.create(kind="blend", state="ready")
    fields.setdefault("state", Generation.State.ACTIVE if active else Generation.State.READY)
    generation = Generation.objects.create(**fields)
    if active:
        # Tests that commit empty every table, this migrated row's too.
        ActiveGeneration.objects.update_or_create(
            pk=ActiveGeneration.ROW_ID, defaults={"generation": generation}
        )
    return generation


def make_list(
    *,
    user: User,
    generation: Generation,
    movies: list[Movie],
    because: list[list[tuple[Movie, int]]] | None = None,
    **fields: Any,
) -> RecommendationList:
    """A list of `movies`; `because` holds each one's contributors and shares in thousandths."""
    contributors: list[tuple[int, int]] = []
    for pairs in because or [[] for _ in movies]:
        filled = [(movie.pk, share) for movie, share in pairs]
        contributors += filled + [(0, 0)] * (CONTRIBUTORS_PER_ITEM - len(filled))
    return RecommendationList.objects.create(
        user=user,
        generation=generation,
        movie_ids=[movie.pk for movie in movies],
        because_movie_ids=[movie_id for movie_id, _ in contributors],
        because_shares=[share for _, share in contributors],
        **{
            "revision": 1,
            "created_at": timezone.now(),
            "scores": [float(len(movies) - position) for position in range(len(movies))],
            "sources": [RecommendationList.Source.PERSONAL] * len(movies),
        }
        | fields,
    )


def make_explanation(**fields: Any) -> Explanation:
    """Of a film of a `list`, asked for now; with a `body` a worker has made it."""
    now = timezone.now()
    made = {"computed_at": now} if "body" in fields else {}
    return Explanation.objects.create(
        **{"kind": Explanation.Kind.WHY, "asked_at": now} | made | fields
    )


def make_impression(*, user: User, movie: Movie, **fields: Any) -> Impression:
    """Of a film at the top of a page without a list, shown now."""
    return Impression.objects.create(
        **{
            "user": user,
            "movie_id": movie.pk,
            "position": 0,
            "source": RecommendationList.Source.POPULAR,
            "surface": Impression.Surface.LIST,
            "shown_at": timezone.now(),
        }
        | fields
    )
