"""Fills a fresh database with what the fuzzed operations can find: films, and a viewer's list.

Run as `python -m tests.fuzzing.world`, so that the command's own process stays free of Django.
Accounts, favourites, ratings and sessions come through the API (hooks.py).
"""

import django

FILMS = 40
GENRES = ("Drama", "Science Fiction", "Comedy")
LISTED = 30
VIEWER = "viewer@example.com"


def main() -> None:
    django.setup()
    from tests import factories

    films = [
        factories.make_movie(genres=(GENRES[number % len(GENRES)],), popularity=float(number))
        for number in range(FILMS)
    ]
    viewer = factories.make_user(email=VIEWER)
    generation = factories.make_generation(active=True)
    factories.make_list(user=viewer, generation=generation, movies=films[:LISTED])


if __name__ == "__main__":
    main()
