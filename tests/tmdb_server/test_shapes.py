"""Bodies have the keys and types of the recorded ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tmdb_server.catalogue import ALL_BLOCKS

from .conftest import Client

OFFICIAL = "official-openapi-examples"
# TMDb has them by now; the recordings are older.
NEWER = {
    "/movie/238": {".origin_country", ".softcore"},
    "/movie/changes": {".results[].softcore"},
}
BODIES = {
    "/configuration": f"{OFFICIAL}/configuration-details.json",
    "/genre/movie/list": f"{OFFICIAL}/genre-movie-list.json",
    "/movie/238": f"{OFFICIAL}/movie-details.json",
    "/movie/238/credits": f"{OFFICIAL}/movie-credits.json",
    "/movie/238/keywords": f"{OFFICIAL}/movie-keywords.json",
    "/movie/238/videos": f"{OFFICIAL}/movie-videos.json",
    "/movie/238/release_dates": f"{OFFICIAL}/movie-release-dates.json",
    "/movie/238/recommendations": "18Months+themoviedb-api/movie_recommendations.json",
    "/movie/238/similar": f"{OFFICIAL}/movie-similar.json",
    "/movie/238/external_ids": f"{OFFICIAL}/movie-external-ids.json",
    "/movie/238/translations": f"{OFFICIAL}/movie-translations.json",
    "/movie/238/alternative_titles": f"{OFFICIAL}/movie-alternative-titles.json",
    "/movie/238/images": f"{OFFICIAL}/movie-images.json",
    "/trending/movie/week": f"{OFFICIAL}/trending-movies.json",
    "/movie/popular": f"{OFFICIAL}/movie-popular-list.json",
    "/movie/top_rated": f"{OFFICIAL}/movie-top-rated-list.json",
    "/movie/now_playing": f"{OFFICIAL}/movie-now-playing-list.json",
    "/movie/upcoming": f"{OFFICIAL}/movie-upcoming-list.json",
    "/discover/movie": f"{OFFICIAL}/discover-movie.json",
    "/search/movie?query=the": f"{OFFICIAL}/search-movie.json",
    "/movie/changes": f"{OFFICIAL}/changes-movie-list.json",
    "/find/tt0068646?external_source=imdb_id": f"{OFFICIAL}/find-by-id.json",
}


def differences(ours: Any, recorded: Any, path: str = "") -> set[str]:
    """Where one has a key that the other has not, or another type; null can be of any type."""
    if ours is None or recorded is None:
        return set()
    if isinstance(ours, dict) and isinstance(recorded, dict):
        unshared = {f"{path}.{key}" for key in ours.keys() ^ recorded.keys()}
        shared = ours.keys() & recorded.keys()
        return unshared.union(*(differences(ours[k], recorded[k], f"{path}.{k}") for k in shared))
    if isinstance(ours, list) and isinstance(recorded, list):
        return differences(together(ours), together(recorded), f"{path}[]")
    return set() if kind(ours) == kind(recorded) else {path}


def together(items: list[Any]) -> Any:
    """One object with all keys of a list's objects, where lists of theirs are joined."""
    if not items or not isinstance(items[0], dict):
        return items[0] if items else None
    merged: dict[str, Any] = {}
    for key, value in [pair for item in items for pair in item.items()]:
        if isinstance(value, list):
            merged[key] = [*merged.get(key, []), *value]
        elif merged.get(key) is None:
            merged[key] = value
    return merged


def kind(value: Any) -> str:
    return "number" if type(value) in (int, float) else type(value).__name__


@pytest.mark.parametrize("path", BODIES)
def test_a_body_has_the_keys_and_types_of_the_recorded_one(
    path: str, client: Client, datasets: Path
) -> None:
    recorded = json.loads((datasets / "tmdb" / "recorded" / BODIES[path]).read_text())

    assert differences(client.json(path), recorded) == NEWER.get(path, set())


def test_watch_providers_are_keyed_by_country(client: Client, datasets: Path) -> None:
    file = datasets / "tmdb" / "recorded" / OFFICIAL / "movie-watch-providers.json"
    recorded = json.loads(file.read_text())["results"]["DE"]
    pages = [client.json(f"/movie/{identifier}/watch/providers") for identifier in (238, 11, 278)]

    countries = [offers for page in pages for offers in page["results"].values()]

    assert {country for page in pages for country in page["results"]} == {"US", "DE", "CH"}
    for offers in countries:
        assert offers.keys() <= {"link", "flatrate", "rent", "buy", "free", "ads"}
        for rows in (offers[kind] for kind in offers.keys() - {"link"}):
            assert all(row.keys() == recorded["buy"][0].keys() for row in rows)


def test_appended_blocks_are_those_of_their_own_paths_without_the_id(client: Client) -> None:
    names = sorted(ALL_BLOCKS)

    whole = client.json("/movie/238", append_to_response=",".join(names))

    for name in names:
        own = client.json(f"/movie/238/{name}")
        # Pages of other titles do not tell to which title they belong.
        assert ("id" in own) is ("page" not in own)
        assert {**own, "id": 238} == {**whole[name], "id": 238}
