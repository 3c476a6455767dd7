"""What is taken of a film's own fields, and what of them is counted as dropped."""

from datetime import date
from typing import Any

import pytest

from services.tmdb.errors import PayloadError
from services.tmdb.payloads.facts import (
    CollectionPayload,
    CompanyPayload,
    CountryPayload,
    GenrePayload,
    LanguagePayload,
    parse_genres,
)
from services.tmdb.payloads.movies import MovieDetailsPayload, parse_movie

from . import answers

BLOCKS = (
    *("keywords", "credits", "videos", "release_dates", "watch", "translations"),
    *("alternative_titles", "posters", "recommended_ids", "similar_ids"),
)


def parsed(**changes: object) -> tuple[MovieDetailsPayload, dict[str, int]]:
    found = parse_movie(answers.details(**changes))
    return found.value, dict(found.dropped)


def test_a_whole_answer_is_taken_whole() -> None:
    movie, dropped = parsed()

    assert dropped == {}
    assert (movie.tmdb_id, movie.title, movie.original_title) == (550, "Fight Club", "Fight Club")
    assert (movie.original_language, movie.release_date) == ("en", date(1999, 10, 15))
    assert (movie.overview, movie.tagline, movie.status) == (
        "An insomniac.",
        "Mischief.",
        "Released",
    )
    assert movie.poster_path == "/pB8BM7pdSp6B6Ih7QZ4DrQ3PmJK.jpg"
    assert movie.backdrop_path == "/rr7E0NoGKxvbkb89eR1GwfoYjpA.jpg"
    assert (movie.vote_average, movie.vote_count, movie.popularity) == (8.4, 26280, 73.4)
    assert (movie.adult, movie.video, movie.runtime) == (False, False, 139)
    assert (movie.budget, movie.revenue, movie.imdb_id) == (63000000, 100853753, "tt0137523")
    assert movie.homepage == "http://www.foxmovies.com/movies/fight-club"
    assert movie.genres == (GenrePayload(tmdb_id=18, name="Drama"),)
    assert movie.collection == CollectionPayload(
        tmdb_id=10, name="Club Collection", poster_path="/aaa.jpg", backdrop_path=""
    )
    assert movie.companies == (
        CompanyPayload(tmdb_id=508, name="Regency", logo_path="/7Pz.png", origin_country="US"),
    )
    assert movie.production_countries == (CountryPayload(code="DE", name="Germany"),)
    assert movie.spoken_languages == (
        LanguagePayload(code="en", name="English", english_name="English"),
    )
    assert movie.origin_countries == ("US",)
    assert (movie.recommended_ids, movie.similar_ids) == ((680,), (903,))


def test_a_block_that_was_not_sent_is_unknown() -> None:
    movie = parse_movie({"id": 1, "title": "Alone"}).value

    assert [getattr(movie, block) for block in BLOCKS] == [None] * len(BLOCKS)
    assert (movie.genres, movie.companies, movie.collection) == (None, None, None)
    assert (movie.release_date, movie.runtime, movie.budget) == (None, None, None)
    assert (movie.adult, movie.popularity, movie.vote_average) == (False, 0.0, None)


@pytest.mark.parametrize(
    ("field", "value", "expected", "reasons"),
    [
        ("release_date", "", None, []),
        ("release_date", None, None, []),
        ("release_date", "1999-10-15T00:00:00.000Z", date(1999, 10, 15), []),
        *(
            ("release_date", value, None, ["release_date"])
            for value in (
                *("0000-00-00", "9999-12-31", "0999-01-01", "1999-02-30", "1999", "soon"),
                *("1999-10-15x", 1999, True, [], {}, "1999-10-15\ud800", "\ud800" * 10),
            )
        ),
        ("runtime", 0, None, []),
        *(("runtime", value, None, []) for value in (None, "139", 139.5, -1, 32768, True, [])),
        ("runtime", 32767, 32767, []),
        ("budget", 0, None, []),
        ("budget", 2**63 - 1, 2**63 - 1, []),
        ("budget", 2**63, None, []),
        ("revenue", -5, None, []),
        *(("imdb_id", value, None, []) for value in (None, "")),
        *(("imdb_id", v, None, ["imdb_id"]) for v in ("tt1", "nm0137523", 137523, "tt01375230000")),
        *(("homepage", value, "", []) for value in (None, "")),
        *(
            ("homepage", value, "", ["homepage"])
            for value in (
                *("javascript:alert(1)", "foxmovies.com", "ftp://a", "http://", "http://a b", 5),
                *("https://" + "x" * 500, "http://a\0b", "https://\ud800"),
            )
        ),
        ("homepage", "HTTPS://Example.org/ä", "HTTPS://Example.org/ä", []),
        *(("poster_path", value, "", []) for value in (None, "")),
        *(
            ("poster_path", value, "", ["poster_path"])
            for value in (
                *("a.jpg", "/a.gif", "/../a.jpg", "/a/b.jpg", "//evil.example/a.jpg", "/ä.jpg", 5),
                *("/" + "x" * 111 + ".jpg", "/a.jpg\n", "https://a/b.jpg", [], True),
            )
        ),
        ("poster_path", "/logo.svg", "/logo.svg", []),
        ("vote_average", 7, 7.0, []),
        ("vote_average", 0.0, 0.0, []),
        *(
            ("vote_average", value, None, [])
            for value in (None, "8", 10.1, -0.1, float("nan"), float("inf"), True, 10**400)
        ),
        *(("vote_count", value, 0, []) for value in (None, -1, "5", 5.5, 2**31, False)),
        *(("popularity", v, 0.0, []) for v in (None, -1, "5", float("nan"), float("inf"), 10**400)),
        *(("adult", value, False, []) for value in (None, "true", 1, [])),
        ("adult", True, True, []),
        ("video", None, False, []),
        ("overview", None, "", []),
        ("overview", "x" * 20_000, "x" * 10_000, []),
        ("overview", "a\0b\ud83d c\U0001f600", "ab? c\U0001f600", []),
        ("overview", ["x"], "", []),
        ("tagline", "ä\nb", "ä\nb", []),
        ("tagline", "x" * 501, "x" * 500, []),
        ("status", "Somewhere in between" * 3, ("Somewhere in between" * 3)[:40], []),
        ("original_language", "en-US-posix", "en-US-po", []),
        ("title", "", "Fight Club", []),
        ("title", None, "Fight Club", []),
        ("title", " \t", "Fight Club", []),
        ("title", "x" * 501, "x" * 500, []),
        ("belongs_to_collection", None, None, []),
        ("origin_country", None, (), []),
        ("origin_country", ["US", "usa", "GB", "US", 5], ("US", "GB"), ["origin_country"] * 2),
        ("origin_country", {}, (), ["origin_country"]),
        ("genres", [], (), []),
        *(("genres", value, None, ["genres"]) for value in (None, {}, "x")),
        ("title", " ", "Fight Club", []),
    ],
)
def test_a_value_is_what_it_should_be_or_unknown(
    field: str, value: object, expected: object, reasons: list[str]
) -> None:
    movie, dropped = parsed(**{field: value})

    name = {"belongs_to_collection": "collection", "origin_country": "origin_countries"}
    assert getattr(movie, name.get(field, field)) == expected
    assert dropped == {reason: reasons.count(reason) for reason in reasons}


@pytest.mark.parametrize(
    ("changes", "dropped"),
    [
        (
            {"genres": [{"id": 1}, {"name": "x"}, 5, None]},
            {"genres.name": 1, "genres.id": 1, "genres.row": 2},
        ),
        ({"genres": [{"id": True, "name": "x"}, {"id": 2**31, "name": "x"}]}, {"genres.id": 2}),
        ({"belongs_to_collection": {"id": "x"}}, {"collection.id": 1}),
        ({"belongs_to_collection": []}, {"collection.id": 1}),
        ({"belongs_to_collection": {"id": 1, "name": " "}}, {"collection.name": 1}),
        ({"production_countries": [{"iso_3166_1": "Germany"}]}, {"countries.iso_3166_1": 1}),
        ({"spoken_languages": [{"iso_639_1": ""}]}, {"languages.iso_639_1": 1}),
        (
            {"production_companies": [{"id": 1, "name": "A", "logo_path": "x"}]},
            {"companies.logo_path": 1},
        ),
        ({"production_companies": [{"id": 1, "name": "A"}] * 3}, {"companies.duplicate": 2}),
    ],
)
def test_what_is_dropped_is_counted(changes: dict[str, Any], dropped: dict[str, int]) -> None:
    assert parsed(**changes)[1] == dropped


def test_the_first_of_two_with_one_id_is_taken() -> None:
    movie, _ = parsed(genres=[{"id": 1, "name": "One"}, {"id": 1, "name": "Two"}])

    assert movie.genres == (GenrePayload(tmdb_id=1, name="One"),)


@pytest.mark.parametrize(
    "body",
    [
        *(None, [], "x", 5, {}, {"title": "x"}, {"id": 1}, {"id": 1, "original_title": " "}),
        *({"id": value, "title": "x"} for value in (0, -1, 2**31, True, "550", 550.0, None)),
    ],
)
def test_details_without_identity_are_refused(body: object) -> None:
    with pytest.raises(PayloadError):
        parse_movie(body)


@pytest.mark.parametrize("title", [" ", "", "\0", None])
def test_a_title_may_be_blank(title: str | None) -> None:
    movie, dropped = parsed(title=title, original_title=None)

    assert (movie.title, dropped) == ("", {"title": 1})


def test_genres_are_a_list_of_their_own() -> None:
    parsed_genres = parse_genres({"genres": [{"id": 18, "name": "Drama"}, {"id": 1}]})

    assert parsed_genres.value == (GenrePayload(tmdb_id=18, name="Drama"),)
    assert parsed_genres.dropped == {"genres.name": 1}
    for body in ({}, {"genres": None}, {"genres": [{"id": 1}]}, []):
        with pytest.raises(PayloadError):
            parse_genres(body)
