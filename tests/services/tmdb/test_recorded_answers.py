"""Every recorded answer of an endpoint that we use can be read, and nothing of it is lost."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services.tmdb import errors, refusals
from services.tmdb.payloads import configuration, facts, movies, pages

pytestmark = pytest.mark.datasets

LISTS = (
    r"discover/movie|search/movie|movie/(popular|top_rated|now_playing|upcoming)"
    r"|trending/(movie|all|\{type\})/.*"
)
PARSERS: list[tuple[str, Callable[[object], Any]]] = [
    (r"/3/movie/(550|\{\w+\})(\?append_to_response=\*)?|/3/movie/latest", movies.parse_movie),
    (rf"/3/({LISTS}|movie list page)|trending-all|media-pageable-list", pages.parse_movies),
    (r"/3/movie/changes", pages.parse_changes),
    (r"/3/find/.*|find-.*", pages.parse_found),
    (r"/3/genre/movie/list", facts.parse_genres),
    (r"/3/configuration(/configuration)?", configuration.parse_configuration),
]
BLOCKS = {
    "alternative_titles": "alternative_titles",
    "credits": "credits",
    "images": "posters",
    "keywords": "keywords",
    "recommendations": "recommended_ids",
    "release_dates": "release_dates",
    "similar": "similar_ids",
    "translations": "translations",
    "videos": "videos",
    "watch/providers": "watch",
}
BLOCK = re.compile(r"/3/movie/(?:550|\{\w+\})/(" + "|".join(BLOCKS) + ")")

# Lists that mix films with series and people.
DROPPED = {
    "official-openapi-examples/trending-all.json": {"results.media_type": 6},
    "chiiya+tmdb-php/misc/trending.json": {"results.media_type": 4},
    "adamayoung+TMDb/media-pageable-list.json": {"results.media_type": 3},
    "adamayoung+TMDb/trending-all.json": {"results.media_type": 2},
}
# An example that is an empty object.
DROPPED_OF_BLOCKS = {"official-openapi-examples/movie-recommendations.json": {"recommendations": 1}}

ERRORS = {
    400: errors.RequestError,
    401: errors.CredentialError,
    404: errors.TitleNotFoundError,
    405: errors.RequestError,
    422: errors.RequestError,
    502: errors.UnavailableError,
    503: errors.UnavailableError,
    504: errors.UnavailableError,
}


@dataclass(frozen=True)
class Recorded:
    file: str
    endpoint: str
    http: int
    body: Any


@pytest.fixture
def recorded(datasets: Path) -> list[Recorded]:
    return list(_recorded(datasets / "tmdb" / "recorded"))


def _recorded(folder: Path) -> Iterator[Recorded]:
    with (folder / "INDEX.tsv").open(encoding="utf-8", newline="") as index:
        for row in csv.DictReader(index, delimiter="\t"):
            body = json.loads((folder / row["file"]).read_bytes())
            yield Recorded(row["file"], row["endpoint"], int(row["http_status"]), body)


def parser(endpoint: str) -> Callable[[object], Any] | None:
    return next((parse for it, parse in PARSERS if re.fullmatch(it, endpoint)), None)


def test_whole_answers_are_read(recorded: list[Recorded]) -> None:
    dropped: dict[str, Any] = {}
    read = 0
    for answer in recorded:
        if parse := parser(answer.endpoint):
            if found := dict(parse(answer.body).dropped):
                dropped[answer.file] = found
            read += 1

    assert read == 58
    assert dropped == DROPPED


def test_blocks_are_read_as_if_they_were_appended(recorded: list[Recorded]) -> None:
    counts: dict[str, list[int]] = {}
    dropped: dict[str, Any] = {}
    for answer in recorded:
        if match := BLOCK.fullmatch(answer.endpoint):
            name = match[1]
            parsed = movies.parse_movie({"id": 1, "title": "x", name: answer.body})
            rows = getattr(parsed.value, BLOCKS[name])
            counts.setdefault(name, []).append(-1 if rows is None else len(rows))
            if parsed.dropped:
                dropped[answer.file] = dict(parsed.dropped)

    assert {name: sorted(found) for name, found in counts.items()} == {
        "alternative_titles": [3, 7, 12, 12],
        "credits": [4, 250, 250, 250, 251],
        # The best of each language.
        "images": [1, 1, 1, 2, 19],
        "keywords": [2, 14, 15, 21],
        "recommendations": [-1, 2, 21],
        "release_dates": [4, 4, 68],
        "similar": [2, 20, 20],
        "translations": [2, 2, 46, 47],
        "videos": [1, 1, 2, 4],
        "watch/providers": [81, 95],
    }
    assert dropped == DROPPED_OF_BLOCKS


def test_credits_know_who_did_what(recorded: list[Recorded]) -> None:
    file = "official-openapi-examples/movie-credits.json"
    (body,) = (answer.body for answer in recorded if answer.file == file)

    found = movies.parse_movie({"id": 1, "title": "x", "credits": body}).value.credits or ()

    cast = [credit for credit in found if credit.is_cast]
    directors = [credit.person.name for credit in found if credit.job == "Director"]
    assert (cast[0].person.name, cast[0].character) == ("Edward Norton", "The Narrator")
    assert directors == ["David Fincher"]
    assert len(found) == len(body["cast"]) + len(body["crew"])


def test_the_best_poster_of_each_language_is_found(recorded: list[Recorded]) -> None:
    file = "official-openapi-examples/movie-images.json"
    (body,) = (answer.body for answer in recorded if answer.file == file)

    found = movies.parse_movie({"id": 1, "title": "x", "images": body}).value.posters or ()

    paths = {poster.language: poster.path for poster in found}
    assert paths.keys() == {row["iso_639_1"] or "" for row in body["posters"]}
    # In Portuguese another one stands before it; in Hungarian neither of two has a vote.
    assert paths["en"] == "/pB8BM7pdSp6B6Ih7QZ4DrQ3PmJK.jpg"
    assert paths["pt"] == "/ohXr0v9U0TfFu9IXbSDm5zoGV3R.jpg"
    assert paths["hu"] == "/74RcH5EIo9IrPIgsZw7mGd989tW.jpg"
    assert paths[""] == "/a1hxQhCl2i9DmbjKXixkukVW7zy.jpg"


def test_error_bodies_are_the_right_errors(recorded: list[Recorded]) -> None:
    read = 0
    for answer in recorded:
        if answer.endpoint == "(error body)" and answer.http not in {429, 500}:
            found = refusals.refusal(answer.http, answer.body)
            assert (answer.file, type(found)) == (answer.file, ERRORS[answer.http])
            assert refusals.is_refusal(answer.body)
            read += 1

    assert read == 20


def test_every_documented_code_is_an_error_that_fits_its_status(datasets: Path) -> None:
    codes = json.loads((datasets / "tmdb" / "error_codes.json").read_bytes())["codes"]

    kinds = {
        (row["code"], row["http"]): type(
            refusals.refusal(row["http"], {"status_code": row["code"], "success": False})
        )
        for row in codes
        if row["http"] >= 400 and row["http"] != 429
    }

    expected = {
        **ERRORS,
        403: errors.RequestError,
        406: errors.RequestError,
        500: errors.UnavailableError,
        501: errors.RequestError,
    }
    exceptions = {(44, 500): errors.InternalRefusalError, (45, 403): errors.CredentialError}
    assert kinds == {key: exceptions.get(key, expected[key[1]]) for key in kinds}
    assert len(kinds) == 41
