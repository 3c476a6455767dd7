"""A film's own page."""

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.movies.models import Movie
from tests.apps.api import refused
from tests.apps.films import make_credit, tell_everything
from tests.apps.query_counts import captured_queries
from tests.factories import make_movie

pytestmark = pytest.mark.django_db

MOVIES = "/api/v1/movies/"
IMAGES = "https://image.tmdb.org/t/p"
NOTICE = "This product uses the TMDB API but is not endorsed or certified by TMDB."


def page_of(client: APIClient, movie: Movie) -> dict[str, Any]:
    response = client.get(f"{MOVIES}{movie.pk}/")
    assert response.status_code == 200
    page: dict[str, Any] = response.json()
    return page


def test_a_films_page_shows_its_card_and_all_that_is_known_of_it(client: APIClient) -> None:
    movie = make_movie(tmdb_id=348, title="Alien", poster_path="/p.jpg", genres=("Horror",))
    tell_everything(movie)
    (card,) = client.get(MOVIES).json()["results"]

    page = page_of(client, movie)

    assert page == card | {
        "tagline": "In space",
        "status": "Released",
        "homepage": "https://alien.example/",
        "budget": 11_000_000,
        "revenue": 104_931_801,
        "images": {
            "poster": {
                "small": f"{IMAGES}/w185/p.jpg",
                "medium": f"{IMAGES}/w342/p.jpg",
                "large": f"{IMAGES}/w500/p.jpg",
                "original": f"{IMAGES}/original/p.jpg",
            },
            "backdrop": None,
        },
        "collection": {
            "id": 8091,
            "name": "Alien Collection",
            "poster_url": f"{IMAGES}/w500/collection.jpg",
        },
        "keywords": [{"id": 9882, "name": "space"}],
        "companies": [
            {
                "id": 25,
                "name": "Fox",
                "logo_url": f"{IMAGES}/w92/fox.png",
                "origin_country": "US",
            }
        ],
        # Of codes that nobody named yet, the code is shown.
        "production_countries": [
            {"code": "GB", "name": "United Kingdom"},
            {"code": "XX", "name": "XX"},
        ],
        "spoken_languages": [{"code": "en", "name": "English"}, {"code": "qq", "name": "qq"}],
        "cast": [
            {
                "person": {
                    "id": 10205,
                    "name": "Sigourney Weaver",
                    "profile_url": f"{IMAGES}/w185/weaver.jpg",
                },
                "character": "Ripley",
                "position": 0,
            }
        ],
        "crew": [
            {
                "person": {"id": 578, "name": "Ridley Scott", "profile_url": None},
                "department": "Directing",
                "job": "Director",
            }
        ],
        "videos": [
            {
                "site": "YouTube",
                "key": "a b&c",
                "name": "Trailer",
                "type": "Trailer",
                "official": True,
                "language": "en",
                "published_at": "2026-11-22T03:10:00Z",
                "url": "https://www.youtube.com/watch?v=a%20b%26c",
            }
        ],
        "release_dates": [
            {
                "country": "GB",
                "releases": [
                    {
                        "type": "theatrical",
                        "released_on": "1979-09-06",
                        "certification": "X",
                        "note": "",
                    }
                ],
            }
        ],
        "watch": {
            "attribution": "Where films can be watched is known from JustWatch "
            "(https://www.justwatch.com/).",
            "countries": [
                {
                    "country": "CH",
                    "link": "https://watch.example/",
                    "flatrate": [
                        {
                            "id": 337,
                            "name": "Disney Plus",
                            "logo_url": f"{IMAGES}/w92/disney.png",
                        }
                    ],
                    "free": [],
                    "ads": [],
                    "rent": [],
                    "buy": [],
                }
            ],
        },
        "translations": [
            {
                "language": "fr",
                "country": "FR",
                "title": "Alien, le huitième passager",
                "overview": "",
                "tagline": "",
            }
        ],
        "alternative_titles": [
            {"country": "AR", "title": "El octavo pasajero", "type": "informal"}
        ],
        "synced_at": "2026-11-22T03:10:00Z",
        "is_removed": False,
        "is_adult": False,
        "attribution": NOTICE,
    }
    assert client.get(f"{MOVIES}by-tmdb/348/").json() == page


def test_a_film_of_which_only_the_title_is_known_has_a_page(client: APIClient) -> None:
    page = page_of(client, make_movie(title="Alien", tmdb_id=None, year=None))

    assert page["title"] == "Alien"
    assert [name for name, value in page.items() if value is None] == [
        *("tmdb_id", "imdb_id", "release_date", "year", "runtime", "poster_url", "backdrop_url"),
        *("certification", "vote_average", "me", "homepage", "budget", "revenue", "synced_at"),
        "collection",
    ]
    assert page["images"] == {"poster": None, "backdrop": None}
    assert page["watch"]["countries"] == page["cast"] == page["translations"] == []


def test_a_film_that_no_list_shows_has_its_page(client: APIClient) -> None:
    adult = make_movie(adult=True)
    removed = make_movie(tombstoned_at=timezone.now())

    pages = [page_of(client, movie) for movie in (adult, removed)]
    assert [page["is_removed"] for page in pages] == [False, True]
    assert [page["is_adult"] for page in pages] == [True, False]
    assert client.get(f"{MOVIES}by-tmdb/{removed.tmdb_id}/").json()["id"] == removed.pk


def test_the_cast_is_cut_and_the_crew_comes_by_weight(client: APIClient) -> None:
    movie = make_movie()
    for position in reversed(range(25)):
        make_credit(movie, character=f"Part {position}", position=position)
    for position, (department, job) in enumerate(
        [
            ("Sound", "Original Music Composer"),
            ("Production", "Producer"),
            ("Directing", "Script Supervisor"),
            ("Crew", "Stunts"),
            ("Unheard of", "Unheard of"),
            ("Writing", "Screenplay"),
            ("Directing", "Director"),
        ]
    ):
        make_credit(movie, is_cast=False, department=department, job=job, position=position)

    page = page_of(client, movie)

    assert [part["character"] for part in page["cast"]] == [f"Part {n}" for n in range(20)]
    assert [member["job"] for member in page["crew"]] == [
        *("Director", "Screenplay", "Producer", "Script Supervisor"),
        *("Original Music Composer", "Stunts", "Unheard of"),
    ]


def test_a_video_has_an_address_where_its_site_is_known(client: APIClient) -> None:
    movie = make_movie()
    for position, site in enumerate(["Vimeo", "youtube", "Elsewhere"]):
        movie.videos.create(site=site, key="../7", position=position)

    videos = page_of(client, movie)["videos"]

    assert [video["url"] for video in videos] == ["https://vimeo.com/..%2F7", None, None]


def test_a_page_costs_the_same_however_much_there_is_to_show(client: APIClient) -> None:
    movie = make_movie(genres=("Horror",))
    tell_everything(movie)
    page_of(client, movie)

    with captured_queries() as few:
        page_of(client, movie)
    for number in range(30):
        make_credit(movie)
        movie.translations.create(language="de", country=f"{number:02}", title="Alien")
        movie.watch.create(country=f"{number:02}", rent=[337])
        movie.release_dates.create(country="FR", type=1, released_on="1979-05-25")
    with captured_queries() as many:
        page_of(client, movie)

    # The page, and the card of a film that the process has not kept.
    assert len(few) == len(many) == 3


@pytest.mark.parametrize("film", ["0", "2147483648", "9223372036854775808", "9" * 400])
@pytest.mark.parametrize("address", ["{}/", "by-tmdb/{}/", "{}/similar/"])
def test_a_film_that_does_not_exist_is_not_found(
    client: APIClient, address: str, film: str
) -> None:
    refused(client.get(f"{MOVIES}{address.format(film)}"), 404, "movie_not_found")


@pytest.mark.parametrize("address", ["{pk}/", "by-tmdb/{tmdb_id}/"])
def test_a_page_takes_one_parameter(client: APIClient, movie: Movie, address: str) -> None:
    address = address.format(pk=movie.pk, tmdb_id=movie.tmdb_id)

    error = refused(client.get(f"{MOVIES}{address}?language=fr"), 400, "unknown_parameter")

    assert error["details"] == {"allowed": ["fields"]}
