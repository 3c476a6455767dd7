"""The facts of a film that filters ask for, as lexemes of a document beside the one of its words.

An index of lexemes finds films that have several facts each of which very many have, without
looking at any other.
"""

from collections.abc import Iterable, Iterator

from django.db import connection

from apps.core.database import array_of
from apps.movies.models.films import EARLIEST_YEAR, LATEST_YEAR
from apps.movies.search.queries import any_of, lexeme

# What lexemes begin with.
GENRE, KEYWORD = "g", "k"
LANGUAGE, COUNTRY, CERTIFICATION = "l", "c", "x"
YEAR, DECADE = "y", "d"
_YEARS = 10
# Of each film its facts other than the year.
_FACTS = f"""
    SELECT movie_id, '{GENRE}' || genre_id
    FROM movies_movie_genres WHERE movie_id = ANY (%(ids)s::int[])
    UNION ALL SELECT movie_id, '{KEYWORD}' || keyword_id
    FROM movies_movie_keywords WHERE movie_id = ANY (%(ids)s::int[])
    UNION SELECT movie_id, '{CERTIFICATION}' || country || ':' || certification
    FROM movies_releasedate WHERE movie_id = ANY (%(ids)s::int[]) AND certification <> ''
    UNION ALL SELECT id, '{LANGUAGE}' || original_language
    FROM movies_movie WHERE id = ANY (%(ids)s::int[]) AND original_language <> ''
    UNION SELECT id, '{COUNTRY}' || unnest(production_countries)
    FROM movies_movie WHERE id = ANY (%(ids)s::int[])
"""  # noqa: S608  # texts of ours


def read_facts(movie_ids: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Ids of films and a lexeme each, in no order."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {"ids": array_of(movie_ids)})
        yield from cursor.fetchall()


def of_year(year: int) -> tuple[str, str]:
    return f"{YEAR}{year}", f"{DECADE}{year - year % _YEARS}"


def of_genre(genre_id: int) -> str:
    return lexeme(f"{GENRE}{genre_id}")


def of_any_genre(genre_ids: Iterable[int]) -> str:
    return any_of(map(of_genre, genre_ids))


def of_keyword(keyword_id: int) -> str:
    return lexeme(f"{KEYWORD}{keyword_id}")


def of_languages(languages: Iterable[str]) -> str:
    return any_of(lexeme(f"{LANGUAGE}{language}") for language in languages)


def of_countries(countries: Iterable[str]) -> str:
    return any_of(lexeme(f"{COUNTRY}{country}") for country in countries)


def of_certifications(country: str, certifications: Iterable[str]) -> str:
    return any_of(lexeme(_quoted(f"{CERTIFICATION}{country}:{each}")) for each in certifications)


def of_years(first: int | None, last: int | None) -> str:
    """Of any year of the range, its ends among them; decades stand for their years."""
    years = range(first or EARLIEST_YEAR, (last or LATEST_YEAR) + 1)
    decades = {year - year % _YEARS for year in years}
    whole = {decade for decade in decades if decade in years and decade + _YEARS - 1 in years}
    single = (year for year in years if year - year % _YEARS not in whole)
    return any_of(
        (
            *(lexeme(f"{DECADE}{decade}") for decade in sorted(whole)),
            *(lexeme(f"{YEAR}{y}") for y in single),
        )
    )


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "''")
