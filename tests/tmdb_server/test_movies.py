"""Details of a title: what they hold, who gets them, and how they change."""

import json

import pytest

from tests.tmdb_server import StandIn
from tests.tmdb_server.catalogue import ALL_BLOCKS, FIRST_INVENTED, Catalogue
from tests.tmdb_server.sources import read_records

from .conftest import Client


def refused(code: int, message: str) -> dict[str, object]:
    return {"success": False, "status_code": code, "status_message": message}


NOT_FOUND = refused(34, "The resource you requested could not be found.")
INVALID_KEY = refused(7, "Invalid API key: You must be granted a valid key.")


def test_every_start_invents_the_same_facts() -> None:
    first, second = Catalogue(read_records(None)), Catalogue(read_records(None))

    assert len(first.entries) == 547
    for identifier in list(first.entries)[::20]:
        assert first.body(identifier, ALL_BLOCKS) == second.body(identifier, ALL_BLOCKS)


def test_all_that_can_be_stored_occurs() -> None:
    catalogue = Catalogue(read_records(None))
    bodies = [json.loads(catalogue.body(number, ALL_BLOCKS)) for number in catalogue.entries]

    assert sum(body["belongs_to_collection"] is not None for body in bodies) == 48
    assert sum(body["poster_path"] is None for body in bodies) == 26
    assert {body["homepage"] for body in bodies} == {"", None}
    offers = [of for body in bodies for of in body["watch/providers"]["results"].values()]
    assert set().union(*offers) == {"link", "flatrate", "rent", "buy", "free", "ads"}
    assert {len(body["videos"]["results"]) for body in bodies} == {0, 1, 2, 3}
    assert {len(body["alternative_titles"]["titles"]) for body in bodies} == {0, 1, 2}
    assert {len(body["translations"]["translations"]) for body in bodies} == {2, 3}
    posters = [body["images"]["posters"] for body in bodies]
    assert {row["iso_639_1"] for rows in posters for row in rows} == {"en", "de", "fr", "pt", None}
    assert {len(rows) for rows in posters} == {0, 4, 6, 8, 10}
    assert {len(body["recommendations"]["results"]) for body in bodies} >= {20}
    assert {row["iso_3166_1"] for body in bodies for row in body["release_dates"]["results"]} == {
        *("US", "DE", "CH", "GB", "FR")
    }


def test_a_person_is_the_same_in_every_film() -> None:
    catalogue = Catalogue(read_records(None))
    blocks = [json.loads(catalogue.block(number, "credits")) for number in catalogue.entries]
    rows = [row for block in blocks for row in (*block["cast"], *block["crew"])]

    own = ("cast_id", "character", "credit_id", "order", "department", "job")
    people = {row["id"]: {k: v for k, v in row.items() if k not in own} for row in rows}

    assert len(people) < len(rows)
    assert len({row["name"] for row in rows}) == len(people)
    assert all(people[row["id"]].items() <= row.items() for row in rows)
    assert len({row["credit_id"] for row in rows}) == len(rows)
    assert all(0 < identifier < 2**31 for identifier in people)


def test_unknown_blocks_are_left_out_and_twenty_are_the_most(client: Client) -> None:
    names = ["videos", *(f"block{number}" for number in range(19))]

    allowed = client.get("/movie/238", append_to_response=",".join(names))
    too_many = client.get("/movie/238", append_to_response=",".join([*names, "credits"]))

    assert "videos" in allowed.json()
    assert "block0" not in allowed.json()
    assert too_many.status_code == 400
    assert too_many.json()["status_code"] == 27


def languages_of(block: dict[str, list[dict[str, str | None]]]) -> set[str | None]:
    return {row["iso_639_1"] for row in block["posters"]}


def test_images_are_of_the_language_and_of_those_that_are_included(
    tmdb: StandIn, client: Client
) -> None:
    rows = [{"iso_639_1": code, "file_path": "/a.jpg"} for code in ("en", "de", "fr", None)]
    tmdb_id = 680
    tmdb.edit(tmdb_id, images={"posters": rows, "logos": [], "backdrops": rows})

    def asked(**query: str) -> set[str | None]:
        whole = client.json(f"/movie/{tmdb_id}", append_to_response="images", **query)
        own = client.json(f"/movie/{tmdb_id}/images", **query)
        assert {**own, "id": tmdb_id} == {**whole["images"], "id": tmdb_id}
        return languages_of(own)

    assert asked() == {"en", "de", "fr", None}
    assert asked(language="en-US") == {"en"}
    assert asked(language="en-US", include_image_language="de,null") == {"en", "de", None}
    assert asked(include_image_language="null") == {None}


@pytest.mark.parametrize("path", ["/movie/1", "/movie/x", "/movie/238/nothing", "/nothing", ""])
def test_what_there_is_not_is_not_found(path: str, client: Client) -> None:
    answer = client.get(path or "/")

    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_a_credential_is_a_token_in_the_header_or_a_key_in_the_query(
    tmdb: StandIn, client: Client
) -> None:
    nothing = client.get("/movie/238", headers={"Authorization": None})
    key_as_token = client.get("/movie/238", headers={"Authorization": f"Bearer {tmdb.api_key}"})
    key = client.get("/movie/238", headers={"Authorization": None}, api_key=tmdb.api_key)

    assert (nothing.status_code, nothing.json()) == (401, INVALID_KEY)
    assert (key_as_token.status_code, key_as_token.json()) == (401, INVALID_KEY)
    assert key.status_code == 200


def test_a_known_tag_is_answered_without_a_body_until_the_title_changes(
    tmdb: StandIn, client: Client
) -> None:
    tag = client.get("/movie/11").headers["ETag"]

    same = client.get("/movie/11", headers={"If-None-Match": tag})
    tmdb.edit(11, tagline="Once more")
    changed = client.get("/movie/11", headers={"If-None-Match": tag})

    assert tag.startswith('W/"')
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
    assert same.headers["Cache-Control"] == "public, max-age=28800"
    assert (changed.status_code, changed.json()["tagline"]) == (200, "Once more")


def test_an_edit_shows_in_details_blocks_and_lists(tmdb: StandIn, client: Client) -> None:
    keywords = {"keywords": [{"id": 1, "name": "edited"}]}
    tmdb.edit(278, title="Edited", popularity=9_999.0, adult=None, keywords=keywords)

    body = client.json("/movie/278", append_to_response="keywords")
    first = client.json("/movie/popular")["results"][0]

    assert (body["title"], body["adult"], body["keywords"]) == ("Edited", None, keywords)
    assert (first["id"], first["title"]) == (278, "Edited")


def test_a_title_can_appear_and_disappear(tmdb: StandIn, client: Client) -> None:
    assert client.get("/movie/999999").status_code == 404

    tmdb.edit(999_999, title="New", popularity=8_888.0)
    assert client.json("/movie/999999")["title"] == "New"
    assert 999_999 in [row["id"] for row in client.json("/movie/popular")["results"]]

    tmdb.remove(999_999)
    assert client.get("/movie/999999").json() == NOT_FOUND
    assert 999_999 not in [row["id"] for row in client.json("/movie/popular")["results"]]


def test_titles_of_a_long_export_have_details_too() -> None:
    catalogue = Catalogue(read_records(None))
    catalogue.invented = 2

    assert catalogue.full(FIRST_INVENTED + 1)["title"] == "Title 20000001"
    assert len(catalogue.recommended(FIRST_INVENTED + 1)) == 20
    assert FIRST_INVENTED + 2 not in catalogue


def test_a_path_is_decoded_once_and_resolved(client: Client) -> None:
    assert client.json("/find/x%2F..%2F..%2Fmovie%2F13")["title"] == "Forrest Gump"
