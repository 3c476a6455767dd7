"""Pages of lists, changes, what is found, and the configuration."""

from typing import Any

import pytest

from services.tmdb.errors import PayloadError
from services.tmdb.payloads.configuration import ImageConfiguration, parse_configuration
from services.tmdb.payloads.pages import (
    MOST_MOVIES,
    ChangedTitle,
    parse_changes,
    parse_found,
    parse_movies,
)

from . import answers


def test_a_row_of_a_list_has_ids_of_genres() -> None:
    rows = [answers.row(genre_ids=[18, 18, "x", True, 53, None]), answers.row(id=7, genre_ids=None)]

    parsed = parse_movies({**answers.PAGE, "results": rows})

    assert parsed.dropped == {}
    assert [movie.genre_ids for movie in parsed.value.results] == [(18, 53), ()]
    assert [movie.tmdb_id for movie in parsed.value.results] == [550, 7]


@pytest.mark.parametrize(
    ("given", "pages"),
    [
        ({"page": 3, "total_pages": 38020}, (3, 500)),
        ({"page": 3, "total_pages": 10**30}, (3, 1)),
        ({"page": 1, "total_pages": 0}, (1, 1)),
        ({"page": 1, "total_pages": 1}, (1, 1)),
        *(
            ({"page": value, "total_pages": value}, (1, 1))
            for value in (None, "3", 2.5, -1, True, [])
        ),
        ({}, (1, 1)),
    ],
)
def test_totals_are_believed_within_what_tmdb_gives(
    given: dict[str, Any], pages: tuple[int, int]
) -> None:
    page = parse_movies({**given, "results": [answers.ROW]}).value

    assert (page.page, page.total_pages) == pages


@pytest.mark.parametrize(
    ("row", "dropped"),
    [
        (answers.row(id="550"), {"results.id": 1}),
        (answers.row(id=9, title=None, original_title=""), {"results.title": 1}),
        (answers.row(id=9, media_type="tv"), {"results.media_type": 1}),
        (answers.row(id=9, media_type=[]), {"results.media_type": 1}),
        (answers.row(), {"results.duplicate": 1}),
        (None, {"results.row": 1}),
    ],
)
def test_a_row_that_cannot_be_used_is_counted(row: object, dropped: dict[str, int]) -> None:
    parsed = parse_movies({"results": [answers.ROW, row]})

    assert [movie.tmdb_id for movie in parsed.value.results] == [550]
    assert parsed.dropped == dropped


def test_a_value_that_cannot_be_used_leaves_its_row() -> None:
    odd = answers.row(release_date="soon", poster_path="x", backdrop_path=5)

    parsed = parse_movies({"results": [odd]})

    assert parsed.value.results[0].release_date is None
    assert parsed.dropped == {
        "results.release_date": 1,
        "results.poster_path": 1,
        "results.backdrop_path": 1,
    }


@pytest.mark.parametrize("parse", [parse_movies, parse_changes])
@pytest.mark.parametrize(
    "body", [None, [], "x", {}, {"results": None}, {"results": {}}, {"results": [None, {}]}]
)
def test_what_is_no_page_is_refused(parse: Any, body: object) -> None:
    with pytest.raises(PayloadError):
        parse(body)


@pytest.mark.parametrize("parse", [parse_movies, parse_changes])
def test_an_empty_page_is_one(parse: Any) -> None:
    assert parse({"page": 1, "total_pages": 1, "results": []}).value.results == ()


def test_a_page_without_end_is_cut() -> None:
    rows = [answers.row(id=number) for number in range(1, MOST_MOVIES + 8)]

    parsed = parse_movies({"results": rows})

    assert len(parsed.value.results) == MOST_MOVIES
    assert parsed.dropped == {"results.too_many": 7}


def test_changes_may_be_many_on_one_page_and_say_little() -> None:
    rows = [{"id": number, "adult": None} for number in range(1, 2688)]
    rows += [{"id": 1, "adult": True}, {"id": 5000, "adult": True}, {"id": 0}, {"id": 5001}]

    parsed = parse_changes({"page": 1, "total_pages": 1, "total_results": 1, "results": rows})

    assert len(parsed.value.results) == 2689
    assert parsed.value.results[0] == ChangedTitle(tmdb_id=1, adult=None)
    assert parsed.value.results[-2:] == (
        ChangedTitle(tmdb_id=5000, adult=True),
        ChangedTitle(tmdb_id=5001, adult=None),
    )
    assert parsed.dropped == {"results.duplicate": 1, "results.id": 1}


def test_only_films_are_found() -> None:
    parsed = parse_found({**answers.FOUND, "tv_results": [{"id": 3}]})

    assert [movie.tmdb_id for movie in parsed.value.movies] == [550]
    assert parse_found({"movie_results": []}).value.movies == ()
    for body in (None, {}, {"movie_results": None}, {"movie_results": [5]}):
        with pytest.raises(PayloadError):
            parse_found(body)


def test_images_have_an_address_and_sizes() -> None:
    parsed = parse_configuration(answers.CONFIGURATION)

    assert parsed.dropped == {}
    assert parsed.value == ImageConfiguration(
        base_url="https://image.tmdb.org/t/p/",
        poster_sizes=("w92", "w500"),
        backdrop_sizes=("w300", "original"),
        profile_sizes=("w45", "h632"),
        logo_sizes=("w45",),
        still_sizes=("w92",),
    )


def test_sizes_that_are_none_are_counted() -> None:
    images = {
        **answers.CONFIGURATION["images"],  # type: ignore[dict-item]  # its values differ
        "poster_sizes": ["w92", "../x", 5, "w92"],
        "logo_sizes": None,
    }

    parsed = parse_configuration({"images": images})

    assert (parsed.value.poster_sizes, parsed.value.logo_sizes) == (("w92",), ())
    assert parsed.dropped == {"poster_sizes": 2, "logo_sizes": 1}


@pytest.mark.parametrize(
    "url",
    [
        *("http://image.tmdb.org/t/p/", "javascript:x", "https://", "https://a b/", None, 5),
        *("https://user@evil.example/", "https://image.tmdb.org?x=/", "https://a\n/"),
        *("https://A.example/", "https://a_b.example/", "https://a.example//t/"),
        f"https://a.example/{'t' * 200}",
    ],
)
def test_images_are_only_taken_from_https(url: object) -> None:
    with pytest.raises(PayloadError):
        parse_configuration({"images": {"secure_base_url": url, "base_url": url}})


def test_an_older_field_may_hold_the_address() -> None:
    images = {"secure_base_url": None, "base_url": "https://images.example/t/p"}

    assert parse_configuration({"images": images}).value.base_url == "https://images.example/t/p/"
    for body in (None, {}, {"images": []}, {"images": {}}):
        with pytest.raises(PayloadError):
            parse_configuration(body)
