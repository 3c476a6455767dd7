"""People, keywords, companies and whatever else several films name."""

from collections.abc import Iterable, Iterator

from django.utils.text import slugify

from apps.movies.models import Genre
from services.tmdb.payloads.facts import CompanyPayload, GenrePayload
from services.tmdb.payloads.movies import MovieDetailsPayload
from services.tmdb.payloads.people import PersonPayload
from services.tmdb.payloads.watching import ProviderPayload, WatchPayload

from .locks import hold_catalogue_alone, hold_genres
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
# The priority differs by country, so that nearly each film tells another one.
PROVIDERS = SharedTable(
    name="movies_provider",
    key="id",
    compared=("name", "logo_path"),
    carried=("display_priority",),
)

MOST_GENRE_CHARS = 60

WatchKind = tuple[ProviderPayload, ...]


def write_shared_rows(films: Iterable[MovieDetailsPayload]) -> dict[int, int]:
    """Everything that these films refer to, in the one order of the tables.

    Returns our genre ids by TMDb's.
    """
    films = list(films)
    genre_ids = write_genres(genre for film in films for genre in film.genres or ())
    write_shared(KEYWORDS, ((k.tmdb_id, k.name) for film in films for k in film.keywords or ()))
    write_shared(COLLECTIONS, _collections(films))
    write_shared(COMPANIES, (_company(c) for film in films for c in film.companies or ()))
    write_shared(COUNTRIES, ((c.code, c.name) for f in films for c in f.production_countries))
    write_shared(
        LANGUAGES, ((s.code, s.name, s.english_name) for f in films for s in f.spoken_languages)
    )
    write_shared(PEOPLE, (_person(c.person) for film in films for c in film.credits or ()))
    write_shared(PROVIDERS, map(_provider, _providers(films)))
    return genre_ids


def write_genres(genres: Iterable[GenrePayload]) -> dict[int, int]:
    """Our ids by TMDb's. A genre known by its name alone, from another source, gets its TMDb id."""
    wanted = {genre.tmdb_id: genre.name for genre in genres}
    known = known_genres(wanted)
    if known.keys() == wanted.keys():
        return known
    hold_genres()
    known = known_genres(wanted)
    for tmdb_id in sorted(wanted.keys() - known.keys()):
        known[tmdb_id] = _write_genre(tmdb_id, wanted[tmdb_id])
    return known


def rename_genres(genres: Iterable[GenrePayload]) -> dict[str, int]:
    """What a sync of genres changed: `created` and `updated`."""
    wanted = {genre.tmdb_id: genre.name for genre in genres}
    # Films that are stored meanwhile refer to genres, and would wait for names that change.
    hold_catalogue_alone()
    count = Genre.objects.count()
    before = _names(wanted)
    known = write_genres(GenrePayload(tmdb_id=key, name=name) for key, name in wanted.items())
    created = Genre.objects.count() - count
    adopted = len(known) - len(before) - created
    renamed = [_rename(tmdb_id, wanted[tmdb_id], name) for tmdb_id, name in sorted(before.items())]
    return {"created": created, "updated": adopted + sum(renamed)}


def known_genres(tmdb_ids: Iterable[int]) -> dict[int, int]:
    rows = Genre.objects.filter(tmdb_id__in=list(tmdb_ids)).values_list("tmdb_id", "pk")
    return {tmdb_id: pk for tmdb_id, pk in rows if tmdb_id is not None}


def _names(tmdb_ids: Iterable[int]) -> dict[int, str]:
    rows = Genre.objects.filter(tmdb_id__in=list(tmdb_ids)).values_list("tmdb_id", "name")
    return {tmdb_id: name for tmdb_id, name in rows if tmdb_id is not None}


def _write_genre(tmdb_id: int, name: str) -> int:
    named = Genre.objects.filter(name__iexact=name, tmdb_id__isnull=True).order_by("pk").first()
    if named is not None:
        Genre.objects.filter(pk=named.pk).update(tmdb_id=tmdb_id)
        return named.pk
    if Genre.objects.filter(name=name).exists():
        name = _with_id(name, f" ({tmdb_id})")
    return Genre.objects.create(tmdb_id=tmdb_id, name=name, slug=_free_slug(name, tmdb_id)).pk


def _rename(tmdb_id: int, name: str, former: str) -> bool:
    """Whether it was renamed. The slug stays: frontends keep it in their addresses."""
    if name == former or Genre.objects.filter(name=name).exists():
        return False
    Genre.objects.filter(tmdb_id=tmdb_id).update(name=name)
    return True


def _free_slug(name: str, tmdb_id: int) -> str:
    # Digits alone would be taken for an id.
    slug = slugify(name)[:MOST_GENRE_CHARS] or "genre"
    if not slug.isdecimal() and not Genre.objects.filter(slug=slug).exists():
        return slug
    return _with_id(slug, f"-{tmdb_id}")


def _with_id(text: str, ending: str) -> str:
    return text[: MOST_GENRE_CHARS - len(ending)] + ending


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


def _providers(films: Iterable[MovieDetailsPayload]) -> list[ProviderPayload]:
    """The most prominent place of each comes last, which is the one that counts."""
    found = {
        provider
        for film in films
        for watch in film.watch or ()
        for offered in offers(watch)
        for provider in offered
    }
    return sorted(found, key=lambda provider: -provider.display_priority)


def offers(watch: WatchPayload) -> tuple[WatchKind, ...]:
    """In the order of the table's columns: flatrate, rent, buy, free, ads."""
    return watch.flatrate, watch.rent, watch.buy, watch.free, watch.ads
