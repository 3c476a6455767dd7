"""Of many posters the best of each language is taken."""

import itertools
from typing import Any

import pytest

from services.tmdb.payloads.movies import parse_movie
from services.tmdb.payloads.posters import MOST_POSTERS, PosterPayload

from . import answers


def posters_of(*rows: object) -> tuple[Any, dict[str, int]]:
    """By language, and what was dropped."""
    found = parse_movie({"id": 1, "title": "x", "images": {"posters": list(rows)}})
    read = found.value.posters
    return read and {poster.language: poster.path for poster in read}, dict(found.dropped)


def poster(path: str, **fields: object) -> dict[str, object]:
    return {**answers.POSTER, "file_path": path, **fields}


def test_the_best_of_a_language_has_most_of_the_votes_and_then_most_votes() -> None:
    rows = [
        poster("/many.jpg", iso_639_1="de", vote_average=5.3, vote_count=900),
        poster("/few.jpg", iso_639_1="de", vote_average=5.4, vote_count=3),
        poster("/best.jpg", iso_639_1="de", vote_average=5.4, vote_count=4),
        poster("/none.jpg", iso_639_1="de", vote_average=0, vote_count=0),
        poster("/other.jpg", iso_639_1="fr", vote_average=0.0, vote_count=0),
    ]

    for order in itertools.permutations(rows):
        assert posters_of(*order) == ({"de": "/best.jpg", "fr": "/other.jpg"}, {})


def test_of_equals_it_is_always_the_same_and_languages_stand_in_their_order() -> None:
    paths = ("/c.jpg", "/a.jpg", "/b.jpg")
    rows = [poster(path, iso_639_1=code) for path in paths for code in ("fr", "de")]

    found = parse_movie({"id": 1, "title": "x", "images": {"posters": rows}}).value.posters

    assert found == (
        PosterPayload(language="de", path="/a.jpg"),
        PosterPayload(language="fr", path="/a.jpg"),
    )


@pytest.mark.parametrize("language", [None, "", "xx"])
def test_a_poster_may_have_no_language(language: object) -> None:
    assert posters_of(poster("/a.jpg", iso_639_1=language)) == ({"": "/a.jpg"}, {})
    without = {key: value for key, value in poster("/b.jpg").items() if key != "iso_639_1"}
    assert posters_of(without) == ({"": "/b.jpg"}, {})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        *(
            ({"iso_639_1": value}, "iso_639_1")
            for value in ("DE", "de-DE", "german", "d", 5, True, [], {}, "de\n", "\ud800")
        ),
        *(
            ({"file_path": value}, "file_path")
            for value in (
                *(None, "", 5, [], "a.jpg", "/a.gif", "/../a.jpg", "//evil.example/a.jpg"),
                *("https://a/b.jpg", "/a.jpg\n", "/" + "x" * 111 + ".jpg"),
            )
        ),
    ],
)
def test_a_poster_that_cannot_be_shown_or_chosen_is_left_out(
    changes: dict[str, Any], reason: str
) -> None:
    bad = {**answers.POSTER, **changes}

    assert posters_of(bad, poster("/good.jpg"), 5) == (
        {"en": "/good.jpg"},
        {f"posters.{reason}": 1, "posters.row": 1},
    )


@pytest.mark.parametrize("votes", [None, "9.9", -1, 10.1, float("nan"), float("inf"), True, []])
def test_votes_that_are_none_are_worth_nothing(votes: object) -> None:
    odd = poster("/a.jpg", vote_average=votes, vote_count=votes)
    voted = poster("/b.jpg", vote_average=1, vote_count=1)

    assert posters_of(odd, voted) == ({"en": "/b.jpg"}, {})
    assert posters_of(odd) == ({"en": "/a.jpg"}, {})


def test_no_poster_is_known_as_such_and_pictures_of_other_kinds_are_none() -> None:
    assert posters_of() == ((), {})
    block = {"backdrops": [answers.POSTER], "logos": 5, "posters": []}
    assert parse_movie({"id": 1, "title": "x", "images": block}).value.posters == ()


def test_of_very_many_the_first_are_read() -> None:
    rows = [poster(f"/{number}.jpg", vote_count=number) for number in range(MOST_POSTERS + 5)]

    assert posters_of(*rows) == ({"en": f"/{MOST_POSTERS - 1}.jpg"}, {"posters.too_many": 5})
