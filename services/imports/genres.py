"""One vocabulary of genres: TMDb's, to which the names of other sources are mapped."""

from collections.abc import Iterable

from django.utils.text import slugify

from apps.movies.models import Genre

TMDB_GENRES = {
    "Action": 28,
    "Adventure": 12,
    "Animation": 16,
    "Comedy": 35,
    "Crime": 80,
    "Documentary": 99,
    "Drama": 18,
    "Family": 10751,
    "Fantasy": 14,
    "History": 36,
    "Horror": 27,
    "Music": 10402,
    "Mystery": 9648,
    "Romance": 10749,
    "Science Fiction": 878,
    "TV Movie": 10770,
    "Thriller": 53,
    "War": 10752,
    "Western": 37,
}

# None drops a name that says nothing about what the film is. Others keep their own.
MOVIELENS_NAMES = {
    "Children": "Family",
    "Children's": "Family",
    "Musical": "Music",
    "Sci-Fi": "Science Fiction",
    "IMAX": None,
    "(no genres listed)": None,
    "unknown": None,
}


def from_movielens(names: Iterable[str]) -> tuple[str, ...]:
    mapped = (MOVIELENS_NAMES.get(name, name) for name in names)
    return tuple(dict.fromkeys(name for name in mapped if name and slugify(name)))


def ensure_genres(names: Iterable[str]) -> dict[str, int]:
    """The id of each named genre, which is created where no row stands for it yet.

    A row stands for a name that shares its TMDb id, its name or its slug.
    """
    wanted = set(names)
    missing = sorted(wanted - _known_genres(wanted).keys())
    Genre.objects.bulk_create(
        [Genre(name=name, slug=slugify(name), tmdb_id=TMDB_GENRES.get(name)) for name in missing],
        ignore_conflicts=True,
    )
    return _known_genres(wanted)


def _known_genres(names: set[str]) -> dict[str, int]:
    rows = list(Genre.objects.all())
    by_tmdb_id = {genre.tmdb_id: genre.pk for genre in rows if genre.tmdb_id is not None}
    by_slug = {genre.slug: genre.pk for genre in rows}
    by_name = {genre.name: genre.pk for genre in rows}
    known = {
        name: by_tmdb_id.get(TMDB_GENRES.get(name, 0))
        or by_name.get(name)
        or by_slug.get(slugify(name))
        for name in names
    }
    return {name: pk for name, pk in known.items() if pk is not None}
