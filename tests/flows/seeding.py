"""Fills a fresh database: films of four kinds, and viewers who each love one of them.

Run as `python -m tests.flows.seeding`, so that the test's own process stays free of this database.
"""

import random

import django

KINDS = 4
FILMS = 160
VIEWERS = 800
RATINGS_PER_VIEWER = 25
SEED = 7


def main() -> None:
    django.setup()
    from django.utils import timezone

    from apps.favorites.models import Rating, Taste
    from apps.movies.models import Movie
    from apps.users.models import User

    random.seed(SEED)
    films = Movie.objects.bulk_create(
        Movie(title=f"Kind {number % KINDS}, film {number}", year=1990) for number in range(FILMS)
    )
    viewers = User.objects.bulk_create(
        User(email=f"seed{number}@example.com", password="!", origin=User.Origin.IMPORTED)
        for number in range(VIEWERS)
    )
    Rating.objects.bulk_create(
        Rating(user=viewer, movie=film, score=_score(number % KINDS, position % KINDS))
        for number, viewer in enumerate(viewers)
        for position, film in random.sample(list(enumerate(films)), RATINGS_PER_VIEWER)
    )
    Taste.objects.bulk_create(
        Taste(user=viewer, revision=1, is_realtime=False, changed_at=timezone.now())
        for viewer in viewers
    )


def _score(loved: int, kind: int) -> int:
    return random.randint(8, 10) if loved == kind else random.randint(1, 4)


if __name__ == "__main__":
    main()
