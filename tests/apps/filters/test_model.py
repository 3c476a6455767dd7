"""The model itself, on films that tell by their names whether they should be found."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest

from .catalogue import FIRST_ID, GENRES, WORD, invent_films
from .drawing import FILTERS, ODD, draw_combination, draw_filter
from .model import ORDERINGS, TESTS, Film, Genre, Parameters, matching

TODAY = date(2026, 11, 28)
ALIEN = Film(
    id=1,
    title="Alien",
    year=1979,
    release_date=date(1979, 5, 25),
    runtime=117,
    vote_average=8.2,
    vote_count=15_000,
    language="en",
    countries=("US", "GB"),
    genres=frozenset({Genre(27, "horror"), Genre(878, "science-fiction")}),
    keywords=frozenset({5, 6}),
    cast=(10, 11),
    crew=(12,),
    certifications=(("US", "R"), ("GB", "X"), ("GB", "")),
    watch={"US": {"rent": (8,), "buy": (9,)}, "CH": {"flatrate": ()}},
)
UNKNOWN = Film(id=2, title="Unknown")
FUTURE = Film(id=3, title="Future", release_date=TODAY + timedelta(days=1))
YEAR = Film(id=4, title="Year", year=2026)
HIDDEN = [
    Film(id=5, title="Adult", year=1979, adult=True),
    Film(id=6, title="Removed", year=1979, is_removed=True),
]
FILMS = [ALIEN, UNKNOWN, FUTURE, YEAR, *HIDDEN]
# What is told beside another filter.
COMPANIONS = ("certification_country", "provider", "offer", "include_adult")


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, [1, 2, 3, 4]),
        ({"title": "ALI"}, [1]),
        ({"genre": "horror,878"}, [1]),
        ({"genre": "horror,war"}, []),
        ({"genre_any": "27,war"}, [1]),
        ({"year": "1979"}, [1]),
        ({"year_min": "1979", "year_max": "1979"}, [1]),
        ({"year_min": "1980"}, [4]),
        ({"vote_average_min": "8.2"}, [1]),
        ({"vote_average_min": "8.201"}, []),
        ({"vote_average_max": "10"}, [1]),
        ({"vote_count_max": "0"}, [2, 3, 4]),
        ({"runtime_min": "117", "runtime_max": "200"}, [1]),
        ({"language": "fr,en"}, [1]),
        ({"country": "FR,GB"}, [1]),
        ({"certification": "PG,R", "certification_country": "US"}, [1]),
        ({"certification": "R", "certification_country": "GB"}, []),
        ({"keyword": "5,6"}, [1]),
        ({"keyword": "5,7"}, []),
        ({"person": "10,12"}, [1]),
        ({"region": "US"}, []),
        ({"region": "US", "offer": "rent"}, [1]),
        ({"region": "CH"}, []),
        ({"region": "US", "provider": "7,8"}, []),
        ({"region": "US", "provider": "7,8", "offer": "rent"}, [1]),
        ({"region": "US", "offer": "flatrate,buy"}, [1]),
        ({"region": "US", "provider": "8", "offer": "buy"}, []),
        ({"released": "true"}, [1]),
        ({"released": "false"}, [3, 4]),
        ({"hide_seen": "true"}, [2, 3, 4]),
        ({"hide_seen": "false"}, [1, 2, 3, 4]),
        ({"include_adult": "false"}, [1, 2, 3, 4]),
        ({"include_adult": "true"}, [1, 2, 3, 4, 5]),
        ({"include_adult": "true", "year": "1979"}, [1, 5]),
        ({"ordering": "popularity"}, [4, 3, 2, 1]),
        ({"ordering": "-year"}, [4, 1, 2, 3]),
        ({"ordering": "year"}, [1, 4, 3, 2]),
        ({"ordering": "title"}, [1, 3, 2, 4]),
        ({"ordering": "-title"}, [4, 2, 3, 1]),
        ({"ordering": "-vote_average"}, [1]),
        ({"ordering": "-release_date"}, [3, 1]),
        ({"ordering": "release_date"}, [1, 3]),
    ],
)
def test_a_filter_means_what_its_description_says(parameters: Parameters, found: list[int]) -> None:
    assert matching(FILMS, parameters, TODAY, seen={1}) == found


def test_a_film_of_which_the_year_is_known_is_out_when_the_year_ends() -> None:
    assert matching([YEAR], {"released": "true"}, date(2026, 12, 31)) == [YEAR.id]
    assert matching([FUTURE], {"released": "true"}, TODAY + timedelta(days=1)) == [FUTURE.id]


def test_ties_are_broken_by_votes_and_ids() -> None:
    day = date(2000, 1, 1)
    votes = {1: 5, 2: 9, 3: 9}
    films = [
        Film(id=number, title="A", vote_average=7.0, vote_count=votes[number], release_date=day)
        for number in (3, 1, 2)
    ]

    orders = {name: matching(films, {"ordering": name}, TODAY) for name in ORDERINGS}

    assert orders["-popularity"] == orders["-vote_average"] == [2, 3, 1]
    assert orders["popularity"] == [1, 3, 2]
    assert orders["-release_date"] == orders["-year"] == orders["title"] == [1, 2, 3]
    assert orders["release_date"] == orders["year"] == orders["-title"] == [3, 2, 1]


def test_invented_films_have_ties_gaps_and_hidden_ones() -> None:
    films = invent_films(TODAY)
    assert films == invent_films(TODAY)

    assert [film.id for film in films] == list(range(FIRST_ID, FIRST_ID + len(films)))
    listed = [film for film in films if film.is_listed(include_adult=False)]
    assert 40 <= sum(film.title.startswith(WORD) for film in films if film in listed) <= 80
    assert {film.adult for film in films} == {film.is_removed for film in films} == {True, False}
    assert {genre for film in films for genre in film.genres} == set(GENRES)
    days = {film.release_date for film in films if film.year is None}
    assert None in days
    assert {film.release_date for film in films} > {TODAY, TODAY + timedelta(days=1)}
    for fact in ("title", "year", "release_date", "vote_average", "vote_count", "runtime"):
        assert Counter(getattr(film, fact) for film in films).most_common(1)[0][1] > 2, fact


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_finds_films_and_leaves_some_out(name: str) -> None:
    films, rng = invent_films(TODAY), random.Random(3)
    seen = {film.id for film in films[::3]}
    listed = matching(films, {}, TODAY)
    drawn = [draw_filter(name, films, rng) for _ in range(20)]

    counts = [len(matching(films, parameters, TODAY, seen)) for parameters in drawn]

    assert any(0 < count < len(listed) for count in counts)
    assert all({*each} <= {*TESTS, *COMPANIONS} for each in (*drawn, *ODD.get(name, ())))


def test_most_combinations_find_some_film() -> None:
    films, rng = invent_films(TODAY), random.Random(4)
    drawn = [draw_combination(films, rng) for _ in range(200)]

    found = [matching(films, parameters, TODAY) for parameters in drawn]

    assert sum(bool(each) for each in found) >= 150
    assert {len(each) for each in drawn} >= {1, 2, 3, 4, 5, 6}
    assert {name for each in drawn for name in each} == {*TESTS, *COMPANIONS}
