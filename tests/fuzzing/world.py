"""Fills a fresh database with what the fuzzed operations find: films, a viewer's list, operators.

Run as `python -m tests.fuzzing.world`, so that the command's own process stays free of Django.
Accounts, favourites, ratings and sessions come through the API (hooks.py).
"""

import django

# Requests rate and collect the first films, or almost only those; the list is of the others.
FILMS = 100
RATED = 20
GENRES = ("Drama", "Science Fiction", "Comedy")
VIEWER = "viewer@example.com"
OPERATOR = "operator@example.com"


def main() -> None:
    django.setup()
    from django.utils import timezone

    from tests import factories
    from tests.apps.films import make_credit, make_person

    films = [
        factories.make_movie(
            genres=(GENRES[number % len(GENRES)],), popularity=float(number), tmdb_id=number + 1
        )
        for number in range(FILMS)
    ]
    for number, movie in enumerate(films[:RATED]):
        make_credit(movie, person=make_person(id=number + 1))
    viewer = factories.make_user(email=VIEWER)
    factories.make_user(email=OPERATOR, is_staff=True, is_superuser=True)
    # Operators go back and forth between two; the viewer has a list in both.
    now = timezone.now()
    retired = factories.make_generation(state="retired", activated_at=now, retired_at=now)
    active = factories.make_generation(active=True, activated_at=now)
    for generation in (retired, active):
        factories.make_list(user=viewer, generation=generation, movies=films[RATED:])


if __name__ == "__main__":
    main()
