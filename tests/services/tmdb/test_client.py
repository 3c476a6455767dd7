"""Which request each method makes, and what it never asks."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from services.tmdb.client import TMDbClient
from services.tmdb.errors import TitleNotFoundError

from .conftest import TOKEN, Connect
from .server import Reply, TMDb

PAGE = {"page": 2, "total_pages": 7, "results": [{"id": 550, "title": "Fight Club"}]}
ENGLISH = {"language": "en-US"}
IMAGES = {"images": {"secure_base_url": "https://image.tmdb.org/t/p/", "poster_sizes": ["w92"]}}
BLOCKS = (
    "credits,keywords,videos,release_dates,recommendations,similar,watch/providers,"
    "translations,alternative_titles,images"
)

Call = Callable[[TMDbClient], Any]

REQUESTS: dict[str, tuple[Call, Any, str, dict[str, str]]] = {
    "genres": (lambda c: c.genres(), {"genres": []}, "/3/genre/movie/list", ENGLISH),
    "genres in German": (
        lambda c: c.genres(language="de"),
        {"genres": []},
        "/3/genre/movie/list",
        {"language": "de"},
    ),
    "trending": (
        lambda c: c.trending(window="week", page=3),
        PAGE,
        "/3/trending/movie/week",
        {**ENGLISH, "page": "3"},
    ),
    "popular": (
        lambda c: c.popular(page=2, region="DE"),
        PAGE,
        "/3/movie/popular",
        {**ENGLISH, "page": "2", "region": "DE"},
    ),
    "top rated": (
        lambda c: c.top_rated(),
        PAGE,
        "/3/movie/top_rated",
        {**ENGLISH, "page": "1"},
    ),
    "now playing": (
        lambda c: c.now_playing(),
        PAGE,
        "/3/movie/now_playing",
        {**ENGLISH, "page": "1"},
    ),
    "upcoming": (lambda c: c.upcoming(), PAGE, "/3/movie/upcoming", {**ENGLISH, "page": "1"}),
    "discover": (
        lambda c: c.discover(
            page=500,
            include_adult=False,
            sort_by="vote_count.desc",
            with_genres="18|35",
            **{
                "vote_average.gte": 7.5,
                "vote_count.gte": 100,
                "primary_release_date.lte": date(2020, 2, 29),
            },
        ),
        PAGE,
        "/3/discover/movie",
        {
            **ENGLISH,
            "page": "500",
            "include_adult": "false",
            "sort_by": "vote_count.desc",
            "with_genres": "18|35",
            "vote_average.gte": "7.5",
            "vote_count.gte": "100",
            "primary_release_date.lte": "2020-02-29",
        },
    ),
    "search": (
        lambda c: c.search(" Amélie & co?\0\ud800 ", year=2001, region="FR"),
        PAGE,
        "/3/search/movie",
        {
            **ENGLISH,
            "query": "Amélie & co?",
            "page": "1",
            "year": "2001",
            "region": "FR",
            "include_adult": "false",
        },
    ),
    "find": (
        lambda c: c.find("tt0137523"),
        {"movie_results": []},
        "/3/find/tt0137523",
        {**ENGLISH, "external_source": "imdb_id"},
    ),
    "find elsewhere": (
        lambda c: c.find("Q190050", source="wikidata_id"),
        {"movie_results": []},
        "/3/find/Q190050",
        {**ENGLISH, "external_source": "wikidata_id"},
    ),
    "movie": (
        lambda c: c.movie(550),
        PAGE["results"][0],
        "/3/movie/550",
        {
            **ENGLISH,
            "append_to_response": BLOCKS,
            "include_video_language": "en,null",
            "include_image_language": "en,null",
        },
    ),
    "changes": (
        lambda c: c.changes(date(2024, 12, 31), page=4),
        PAGE,
        "/3/movie/changes",
        {"start_date": "2024-12-31", "end_date": "2025-01-01", "page": "4"},
    ),
    "configuration": (lambda c: c.configuration(), IMAGES, "/3/configuration", {}),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_each_method_is_one_request(client: TMDbClient, tmdb: TMDb, name: str) -> None:
    call, body, path, query = REQUESTS[name]
    tmdb.reply(Reply(body=body))

    call(client)

    (arrival,) = tmdb.arrivals
    assert (arrival.path, arrival.query) == (path, query)
    assert arrival.headers["authorization"] == f"Bearer {TOKEN}"
    assert arrival.headers["accept"] == "application/json"
    assert "cookie" not in arrival.headers
    assert "if-none-match" not in arrival.headers


def test_videos_come_in_the_language_and_in_english(connect: Connect, tmdb: TMDb) -> None:
    tmdb.always = Reply(body=PAGE["results"][0])

    connect(language="pt-BR").movie(550)

    assert tmdb.arrivals[0].query["language"] == "pt-BR"
    assert tmdb.arrivals[0].query["include_video_language"] == "pt,en,null"
    assert tmdb.arrivals[0].query["include_image_language"] == "pt,null"


def test_images_come_in_all_languages_of_posters_and_videos_do_not(
    connect: Connect, tmdb: TMDb
) -> None:
    tmdb.always = Reply(body=PAGE["results"][0])

    connect(language="pt-BR", poster_languages=["de", "pt", "en", "de"]).movie(550)

    (arrival,) = tmdb.arrivals
    assert arrival.query == {
        "append_to_response": BLOCKS,
        "language": "pt-BR",
        "include_video_language": "pt,en,null",
        "include_image_language": "pt,de,en,null",
    }


@pytest.mark.parametrize("code", ["", "de-DE", "DE", "null", "deu", "d,e", "de\n"])
def test_a_poster_has_a_language_of_two_letters(connect: Connect, code: str) -> None:
    with pytest.raises(ValueError, match="No language"):
        connect(poster_languages=["en", code])


@pytest.mark.parametrize(
    "ask",
    [
        *(lambda c, i=i: c.movie(i) for i in (0, -1, 2**31, True, "550", "1/../2", 5.0, None)),
        *(lambda c, p=p: c.popular(page=p) for p in (0, 501, -1, True, "1", None)),
        *(lambda c, r=r: c.popular(region=r) for r in ("de", "DEU", "D ", "DE\n")),
        *(lambda c, w=w: c.trending(window=w) for w in ("month", "day/../week", "")),
        *(
            lambda c, i=i: c.find(i)
            for i in (
                "tt1",
                "tt12345678901",
                "x/../../movie/550",
                "tt0137523\n",
                "tt\u0661\u0662\u0663\u0661\u0662\u0663\u0661",
                "",
            )
        ),
        lambda c: c.find("tt0137523", source="wikidata_id"),
        lambda c: c.find("1", source="tvdb_id"),
        *(lambda c, q=q: c.search(q) for q in ("", "  ", "\0", "\ud800", "x" * 201)),
        *(lambda c, y=y: c.search("x", year=y) for y in (0, 99999, True, "1999")),
        *(lambda c, n=n: c.genres(language=n) for n in ("", "en_US", "en-us", "../x", "eng")),
        lambda c: c.discover(with_genre="18"),
        lambda c: c.discover(vote_count_gte=5),
        lambda c: c.discover(api_key="x"),
        lambda c: c.discover(with_genres=None),
        lambda c: c.discover(with_genres=[18]),
    ],
)
def test_what_tmdb_would_take_for_something_else_is_not_sent(
    client: TMDbClient, tmdb: TMDb, ask: Call
) -> None:
    with pytest.raises(ValueError, match=r"No |TMDb "):
        ask(client)

    assert tmdb.arrivals == []


def test_an_unchanged_film_is_not_sent_again(client: TMDbClient, tmdb: TMDb) -> None:
    tmdb.reply(
        Reply(body=PAGE["results"][0], headers={"ETag": 'W/"abc"'}),
        Reply(status=304),
        Reply(body={"id": 550, "title": "Fight Club II"}, headers={"ETag": 'W/"def"'}),
    )

    first = client.movie(550)
    second = client.movie(550, etag=first.etag)
    third = client.movie(550, etag=second.etag)

    assert first.etag == second.etag == 'W/"abc"'
    assert second.payload is None
    assert third.payload is not None
    assert (third.payload.value.title, third.etag) == ("Fight Club II", 'W/"def"')
    sent = [arrival.headers.get("if-none-match") for arrival in tmdb.arrivals]
    assert sent == [None, 'W/"abc"', 'W/"abc"']


@pytest.mark.parametrize(
    "etag", ["abc", '"a\r\nCookie: b"', f'"{"x" * 200}"', '"\u2028"', '"a" "b"']
)
def test_an_etag_that_is_none_is_not_sent(client: TMDbClient, tmdb: TMDb, etag: str) -> None:
    tmdb.always = Reply(body=PAGE["results"][0])

    assert client.movie(550, etag=etag).etag == ""

    assert "if-none-match" not in tmdb.arrivals[0].headers


@pytest.mark.parametrize("etag", ["", "abc", f'"{"x" * 200}"'])
def test_an_etag_that_cannot_be_kept_is_none(client: TMDbClient, tmdb: TMDb, etag: str) -> None:
    tmdb.reply(Reply(body=PAGE["results"][0], headers={"ETag": etag}))

    assert client.movie(550).etag == ""


def test_a_title_that_is_gone_is_named_so(client: TMDbClient, tmdb: TMDb) -> None:
    tmdb.reply(Reply(status=404, body={"success": False, "status_code": 34}))

    with pytest.raises(TitleNotFoundError):
        client.movie(550, etag='W/"abc"')
