"""People, keywords, companies and whatever else several films name."""

from collections.abc import Iterable, Iterator

from django.utils.text import slugify

from apps.movies.models import Genre
from services.tmdb.payloads.facts import CompanyPayload, GenrePayload
from services.tmdb.payloads.movies import MovieDetailsPayload
from services.tmdb.payloads.people import PersonPayload
from services.tmdb.payloads.watching import ProviderPayload, WatchPayload

from .rows import Row, SharedTable, write_shared

KEYWORDS = SharedTable(name="movies_keyword", key="id", compared=("name",))
COLLECTIONS = SharedTable(
    name="movies_collection", key="id", compared=("name", "poster_path", "backdrop_path")
)
COMPANIES = SharedTable(
    name="movies_company", key="id", compared=("name", "logo_path", "origin_country")
)
COUNTRIES = SharedTable(name="movies_country", key="code", compared=("name",))
LANGUAGES = SharedTable(name="movies_language", key="code", compared=("name", "english_name"))
PEOPLE = SharedTable(
    name="movies_person",
    key="id",
    compared=(
        *("name", "original_name", "known_for_department", "profile_path", "gender", "adult"),
    ),
    carried=("popularity",),
)
PROVIDERS = SharedTable(
    name="movies_provider", key="id", compared=("name", "logo_path", "display_priority")
)

WatchKind = tuple[ProviderPayload, ...]


def write_shared_rows(films: Iterable[MovieDetailsPayload]) -> dict[int, int]:
    """Everything that these films refer to, in the one order of the tables.

    Returns our genre ids by TMDb's.
    """
    films = list(films)
    genre_ids = write_genres(genre for film in films for genre in film.genres)
    write_shared(KEYWORDS, ((k.tmdb_id, k.name) for film in films for k in film.keywords or ()))
    write_shared(COLLECTIONS, _collections(films))
    write_shared(COMPANIES, (_company(c) for film in films for c in film.companies))
    write_shared(COUNTRIES, ((c.code, c.name) for f in films for c in f.production_countries))
    write_shared(
        LANGUAGES, ((s.code, s.name, s.english_name) for f in films for s in f.spoken_languages)
    )
    write_shared(PEOPLE, (_person(c.person) for film in films for c in film.credits or ()))
    write_shared(PROVIDERS, (_provider(p) for p in _providers(films)))
    return genre_ids


def write_genres(genres: Iterable[GenrePayload]) -> dict[int, int]:
    """Our ids by TMDb's. A genre known by its name alone, from another source, gets its TMDb id."""
    wanted = {genre.tmdb_id: genre.name for genre in genres}
    known = known_genres(wanted)
    for tmdb_id, name in sorted(wanted.items()):
        if tmdb_id not in known:
            _write_genre(tmdb_id, name)
    return known_genres(wanted) if wanted.keys() - known.keys() else known


def rename_genres(genres: Iterable[GenrePayload]) -> dict[str, int]:
    """What a sync of genres changed: `created` and `updated`."""
    wanted = {genre.tmdb_id: genre.name for genre in genres}
    rows = Genre.objects.filter(tmdb_id__in=wanted).values_list("tmdb_id", "name")
    before = {tmdb_id: name for tmdb_id, name in rows if tmdb_id is not None}
    write_genres(genres)
    renamed = {key for key, name in before.items() if name != wanted[key]}
    for tmdb_id in sorted(renamed):
        _rename(tmdb_id, wanted[tmdb_id])
    return {"created": len(wanted) - len(before), "updated": len(renamed)}


def known_genres(tmdb_ids: Iterable[int]) -> dict[int, int]:
    rows = Genre.objects.filter(tmdb_id__in=list(tmdb_ids)).values_list("tmdb_id", "pk")
    return {tmdb_id: pk for tmdb_id, pk in rows if tmdb_id is not None}


def _write_genre(tmdb_id: int, name: str) -> None:
    adopted = Genre.objects.filter(name__iexact=name, tmdb_id__isnull=True)
    if adopted.update(tmdb_id=tmdb_id):
        return
    taken = Genre.objects.filter(name=name).exists()
    name = f"{name} ({tmdb_id})" if taken else name
    Genre.objects.bulk_create(
        [Genre(tmdb_id=tmdb_id, name=name, slug=_free_slug(name, tmdb_id))], ignore_conflicts=True
    )


def _rename(tmdb_id: int, name: str) -> None:
    """The slug stays: frontends keep it in their addresses."""
    if not Genre.objects.filter(name=name).exists():
        Genre.objects.filter(tmdb_id=tmdb_id).update(name=name)


def _free_slug(name: str, tmdb_id: int) -> str:
    slug = slugify(name)
    free = slug and not Genre.objects.filter(slug=slug).exists()
    return slug if free else f"{slug}-{tmdb_id}".lstrip("-")


def _collections(films: Iterable[MovieDetailsPayload]) -> Iterator[Row]:
    for film in films:
        if (found := film.collection) is not None:
            yield found.tmdb_id, found.name, found.poster_path, found.backdrop_path


def _company(company: CompanyPayload) -> Row:
    return company.tmdb_id, company.name, company.logo_path, company.origin_country


def _person(person: PersonPayload) -> Row:
    return (
        person.tmdb_id,
        person.name,
        person.original_name,
        person.known_for_department,
        person.profile_path,
        person.gender,
        person.adult,
        person.popularity,
    )


def _provider(provider: ProviderPayload) -> Row:
    return provider.tmdb_id, provider.name, provider.logo_path, provider.display_priority


def _providers(films: Iterable[MovieDetailsPayload]) -> Iterator[ProviderPayload]:
    for film in films:
        for watch in film.watch or ():
            for offered in offers(watch):
                yield from offered


def offers(watch: WatchPayload) -> tuple[WatchKind, ...]:
    """In the order of the table's columns: flatrate, rent, buy, free, ads."""
    return watch.flatrate, watch.rent, watch.buy, watch.free, watch.ads
