"""Films of the plain-Python catalogue, and what a viewer did with some, as rows."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.utils import timezone

from apps.favorites.models import Rating, WatchEntry
from apps.movies import models
from apps.users.models import User
from tests.apps.films import index_films
from tests.factories import make_favorite, make_user, make_watchlist_entry

from .catalogue import GENRES, KEYWORDS, PEOPLE, PROVIDERS, invent_films
from .model import OFFERS, Film

# Nobody is asked to have seen a film to the end.
WATCHED, BEGUN = (80, 100), (0, 79)
RELEASED_ON = date(2001, 2, 3)


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """The films as they stand in the database, and which of them the viewer has seen."""

    films: Sequence[Film]
    today: date
    viewer: User
    seen: frozenset[int]


def make_catalogue() -> Catalogue:
    today = datetime.now(UTC).date()
    films = invent_films(today)
    write_films(films)
    viewer = make_user()
    seen = write_seen(viewer, films)
    index_films()
    return Catalogue(films=films, today=today, viewer=viewer, seen=seen)


def write_films(films: Sequence[Film]) -> None:
    _write_shared_rows()
    models.Movie.objects.bulk_create(_movie(film) for film in films)
    models.Movie.genres.through.objects.bulk_create(
        models.Movie.genres.through(movie_id=film.id, genre_id=genre.id)
        for film in films
        for genre in film.genres
    )
    models.Movie.keywords.through.objects.bulk_create(
        models.Movie.keywords.through(movie_id=film.id, keyword_id=keyword)
        for film in films
        for keyword in film.keywords
    )
    models.Credit.objects.bulk_create(each for film in films for each in _credits(film))
    models.ReleaseDate.objects.bulk_create(
        models.ReleaseDate(
            movie_id=film.id,
            country=country,
            type=3,
            released_on=RELEASED_ON,
            certification=certification,
        )
        for film in films
        for country, certification in film.certifications
    )
    models.WatchAvailability.objects.bulk_create(
        models.WatchAvailability(
            movie_id=film.id,
            country=country,
            **{kind: list(offers.get(kind, ())) for kind in OFFERS},
        )
        for film in films
        for country, offers in film.watch.items()
    )


def write_seen(viewer: User, films: Sequence[Film]) -> frozenset[int]:
    """A third rated, watched or both, one favourited; some only begun, some somebody else's."""
    rng = random.Random(2)
    drawn = rng.sample([film.id for film in films], len(films) // 2)
    rated, watched, begun = drawn[0::4], drawn[1::4] + drawn[0:40:4], drawn[2::4]
    other = make_user()
    Rating.objects.bulk_create(
        Rating(user=user, movie_id=movie, score=8)
        for user, movies in ((viewer, rated), (other, drawn[3::4]))
        for movie in movies
    )
    WatchEntry.objects.bulk_create(
        WatchEntry(user=user, movie_id=movie, progress=rng.choice(progress))
        for user, movies, progress in (
            *((viewer, watched, WATCHED), (viewer, begun, BEGUN)),
            (other, drawn[3::4], WATCHED),
        )
        for movie in movies
    )
    make_favorite(user=viewer, movie_id=drawn[3])
    # This does not say that a film was seen.
    make_watchlist_entry(user=viewer, movie_id=drawn[7])
    return frozenset((*rated, *watched, drawn[3]))


def _write_shared_rows() -> None:
    models.Genre.objects.bulk_create(
        models.Genre(id=genre.id, name=genre.slug.title(), slug=genre.slug) for genre in GENRES
    )
    models.Keyword.objects.bulk_create(
        models.Keyword(id=keyword, name=f"keyword {keyword}") for keyword in KEYWORDS
    )
    models.Person.objects.bulk_create(
        models.Person(id=person, name=f"Person {person}") for person in PEOPLE
    )
    models.Provider.objects.bulk_create(
        models.Provider(id=provider, name=f"Provider {provider}") for provider in PROVIDERS
    )


def _movie(film: Film) -> models.Movie:
    return models.Movie(
        id=film.id,
        tmdb_id=film.id,
        title=film.title,
        original_title=film.title,
        year=film.year,
        release_date=film.release_date,
        runtime=film.runtime,
        vote_average=film.vote_average,
        vote_count=film.vote_count,
        original_language=film.language,
        production_countries=list(film.countries),
        adult=film.adult,
        tombstoned_at=timezone.now() if film.is_removed else None,
    )


def _credits(film: Film) -> Iterator[models.Credit]:
    for is_cast, people in ((True, film.cast), (False, film.crew)):
        for position, person in enumerate(people):
            yield models.Credit(
                movie_id=film.id,
                person_id=person,
                credit_id=f"{film.id}-{is_cast}-{position}",
                is_cast=is_cast,
                character="Somebody" if is_cast else "",
                department="" if is_cast else "Lighting",
                job="" if is_cast else "Gaffer",
                position=position,
            )
