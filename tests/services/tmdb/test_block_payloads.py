"""The blocks that are appended to a film's details."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.tmdb.payloads.blocks import (
    AlternativeTitlePayload,
    ReleaseDatePayload,
    TranslationPayload,
    VideoPayload,
)
from services.tmdb.payloads.facts import KeywordPayload
from services.tmdb.payloads.movies import parse_movie
from services.tmdb.payloads.people import CreditPayload, PersonPayload
from services.tmdb.payloads.watching import ProviderPayload, WatchPayload

from . import answers

NAMES = {
    "watch/providers": "watch",
    "images": "posters",
    "recommendations": "recommended_ids",
    "similar": "similar_ids",
}


def block(name: str, value: object) -> tuple[Any, dict[str, int]]:
    found = parse_movie({"id": 1, "title": "x", name: value})
    return getattr(found.value, NAMES.get(name, name)), dict(found.dropped)


def credits_of(*cast: object, crew: list[object] | None = None) -> tuple[Any, dict[str, int]]:
    return block("credits", {"cast": list(cast), "crew": crew or []})


def test_credits_are_cast_and_crew() -> None:
    cast, crew = credits_of(answers.CAST, crew=[answers.CREW])[0]

    norton = PersonPayload(
        tmdb_id=819,
        name="Edward Norton",
        original_name="Edward Norton",
        known_for_department="Acting",
        gender=2,
        profile_path="/5XBzD5WuTyVQZeS4nbcA3Yoimg.jpg",
        popularity=7.861,
        adult=False,
    )
    assert cast == CreditPayload(
        credit_id="52fe42",
        person=norton,
        is_cast=True,
        character="The Narrator",
        department="",
        job="",
        order=0,
    )
    assert (crew.person.tmdb_id, crew.is_cast, crew.order) == (7467, False, None)
    assert (crew.character, crew.department, crew.job) == ("", "Directing", "Director")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        *(({"id": value}, "person_id") for value in (None, "819", 0, True, 2**31)),
        *(({"credit_id": v}, "credit_id") for v in (None, "", 5, "a-b", "x" * 41, "a\n", [])),
        ({"name": "", "original_name": None}, "person_name"),
        ({"name": " "}, "person_name"),
    ],
)
def test_a_credit_without_identity_is_left_out(changes: dict[str, Any], reason: str) -> None:
    good = {**answers.CAST, "credit_id": "good"}

    found, dropped = credits_of({**answers.CAST, **changes}, good, 5)

    assert [credit.credit_id for credit in found] == ["good"]
    assert dropped == {f"credits.{reason}": 1, "credits.row": 1}


def test_a_person_is_known_by_what_can_be_used() -> None:
    odd = {
        **answers.CAST,
        "name": None,
        "original_name": "Édouard",
        "gender": 7,
        "popularity": "high",
        "adult": None,
        "profile_path": "x",
        "character": None,
        "order": "first",
    }

    ((credit,), dropped) = credits_of(odd)

    assert credit.person.name == credit.person.original_name == "Édouard"
    assert (credit.person.gender, credit.person.popularity) == (0, 0.0)
    assert (credit.character, credit.order) == ("", None)
    assert dropped == {"credits.profile_path": 1}


def test_a_credit_counts_once_wherever_it_stands() -> None:
    again = {**answers.CREW, "credit_id": answers.CAST["credit_id"]}

    found, dropped = credits_of(answers.CAST, answers.CAST, crew=[again, answers.CREW])

    assert [(credit.credit_id, credit.is_cast) for credit in found] == [
        ("52fe42", True),
        ("52fe43", False),
    ]
    assert dropped == {"credits.duplicate": 2}


def test_of_a_large_crowd_those_who_are_named_first_are_kept() -> None:
    cast = [{**answers.CAST, "credit_id": f"a{i}", "order": 999 - i} for i in range(1000)]
    crew = [{**answers.CREW, "credit_id": f"b{i}", "job": "Grip"} for i in range(999)]
    crew = [{**person, "department": "Crew"} for person in crew]
    crew.append({**answers.CREW, "credit_id": "director"})

    found, dropped = credits_of(*cast, crew=list(crew))

    assert [credit.order for credit in found if credit.is_cast] == list(range(250))
    assert [credit.credit_id for credit in found if not credit.is_cast] == [
        "director",
        *(f"b{i}" for i in range(249)),
    ]
    assert dropped == {"credits.too_many": 1500}


def test_a_crowd_of_unlike_rows_can_be_ordered() -> None:
    rows: list[Any] = [None, 5, [], {"order": None}, {"order": "x"}, {"department": []}] * 100

    found, _ = credits_of(*rows, {**answers.CAST, "order": 3}, crew=[*rows, answers.CREW])

    assert [credit.credit_id for credit in found] == ["52fe42", "52fe43"]


def test_videos_have_a_key() -> None:
    assert block("videos", {"results": [answers.VIDEO]}) == (
        (
            VideoPayload(
                video_id="533ec654",
                site="YouTube",
                key="SUXWAEX2jlg",
                name="Trailer",
                type="Trailer",
                official=True,
                published_at=datetime(2014, 10, 2, 19, 20, 22, tzinfo=UTC),
                size=1080,
                language="en",
                country="US",
            ),
        ),
        {},
    )


@pytest.mark.parametrize(
    ("published", "expected", "dropped"),
    [
        (None, None, {}),
        ("", None, {}),
        ("2014-10-02T19:20:22+02:00", datetime(2014, 10, 2, 17, 20, 22, tzinfo=UTC), {}),
        ("2014-10-02 19:20:22", datetime(2014, 10, 2, 19, 20, 22, tzinfo=UTC), {}),
        *(
            (value, None, {"videos.published_at": 1})
            for value in (
                *("2014-10-02 19:20:22 UTC", "soon", 1412277622, [], True, "\ud800"),
                *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
            )
        ),
    ],
)
def test_a_moment_is_in_utc_or_unknown(
    published: object, expected: datetime | None, dropped: dict[str, int]
) -> None:
    rows = [{**answers.VIDEO, "published_at": published}]

    ((video,), counted) = block("videos", {"results": rows})

    assert video.published_at == expected
    assert counted == dropped


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        *(({"id": value}, "id") for value in (None, 5, "", "x" * 41, "a\0")),
        *(({"key": value}, "key") for value in (None, 5, "", "x" * 101, "\ud800")),
    ],
)
def test_a_video_that_cannot_be_shown_is_left_out(changes: dict[str, Any], reason: str) -> None:
    rows = [{**answers.VIDEO, **changes}, answers.VIDEO, answers.VIDEO]

    found, dropped = block("videos", {"results": rows})

    assert len(found) == 1
    assert dropped == {f"videos.{reason}": 1, "videos.duplicate": 1}


def test_releases_are_taken_out_of_their_countries() -> None:
    other = {**answers.RELEASE, "release_date": "2000-01-02", "type": 5, "certification": " M "}
    countries = [
        {"iso_3166_1": "AU", "release_dates": [answers.RELEASE, other, answers.RELEASE]},
        {"iso_3166_1": "Australia", "release_dates": [answers.RELEASE]},
        {"iso_3166_1": "NZ", "release_dates": None},
        {"iso_3166_1": "DE", "release_dates": [{**answers.RELEASE, "type": 7}, 5]},
        {"iso_3166_1": "FR", "release_dates": [{**answers.RELEASE, "release_date": ""}]},
        None,
    ]

    found, dropped = block("release_dates", {"results": countries})

    first = ReleaseDatePayload(
        country="AU",
        type=3,
        certification="R18+",
        released_on=date(1999, 11, 11),
        note="Festival",
        language="",
    )
    assert found[0] == first
    assert [(release.type, release.certification) for release in found] == [(3, "R18+"), (5, "M")]
    assert dropped == {
        "release_dates.country": 2,
        "release_dates.row": 2,
        "release_dates.duplicate": 1,
        "release_dates.type": 1,
        "release_dates.release_date": 1,
    }


def test_watch_providers_stand_below_their_country() -> None:
    rent = [{**answers.PROVIDER, "provider_id": 2, "provider_name": "Apple"}, answers.PROVIDER]
    results = {
        "AE": {"link": "https://www.themoviedb.org/movie/550", "flatrate": [answers.PROVIDER]},
        "AR": {"link": None, "rent": rent, "buy": [*rent, *rent], "ads": {}, "new": [1]},
        "BR": {"link": "http://www.themoviedb.org/", "free": [{"provider_id": 1}, 5]},
        "xx": {},
        "CH": None,
    }

    found, dropped = block("watch/providers", {"results": results})

    netflix = ProviderPayload(
        tmdb_id=8,
        name="Netflix",
        logo_path="/t2yyOv40HZeVlLjYsCsPHnWLk4W.jpg",
        display_priority=4,
    )
    assert found[0] == WatchPayload(
        country="AE",
        link="https://www.themoviedb.org/movie/550",
        flatrate=(netflix,),
        rent=(),
        buy=(),
        free=(),
        ads=(),
    )
    assert [watch.country for watch in found] == ["AE", "AR", "BR"]
    assert [provider.tmdb_id for provider in found[1].rent] == [2, 8]
    assert found[1].buy == found[1].rent
    assert (found[1].link, found[2].link, found[2].free) == ("", "", ())
    assert dropped == {
        "providers": 1,
        "providers.duplicate": 2,
        "watch.link": 1,
        "providers.provider_name": 1,
        "providers.row": 1,
        "watch.country": 1,
        "watch.row": 1,
    }


def test_no_country_at_all_is_known_as_such() -> None:
    for results in ({}, []):
        assert block("watch/providers", {"results": results}) == ((), {})


def test_translations_have_their_texts_below_data() -> None:
    odd = {"iso_639_1": "fr", "iso_3166_1": None, "data": {"title": None, "homepage": "x"}}
    rows = [answers.TRANSLATION, answers.TRANSLATION, odd, {"iso_639_1": "en"}, {"data": {}}]

    found, dropped = block("translations", {"translations": rows})

    assert found == (
        TranslationPayload(
            language="de",
            country="DE",
            title="Kampfklub",
            overview="Ein Mann, der nicht schläft.",
            tagline="Unfug.",
            homepage="https://example.org/de",
            runtime=139,
        ),
        TranslationPayload(
            language="fr", country="", title="", overview="", tagline="", homepage="", runtime=None
        ),
    )
    assert dropped == {
        "translations.homepage": 1,
        "translations.duplicate": 1,
        "translations.data": 1,
        "translations.iso_639_1": 1,
    }


def test_other_titles_have_a_title() -> None:
    title = {"iso_3166_1": "RS", "title": "Borilački klub", "type": "short"}

    found, dropped = block("alternative_titles", {"titles": [title, title, {"title": ""}]})

    assert found == (AlternativeTitlePayload(country="RS", title="Borilački klub", type="short"),)
    assert dropped == {"alternative_titles.duplicate": 1, "alternative_titles.title": 1}


@pytest.mark.parametrize("key", ["keywords", "results"])
def test_keywords_stand_under_either_name(key: str) -> None:
    rows = [{"id": 818, "name": "based on novel"}, {"id": 818, "name": "again"}, {"id": 1}]

    assert block("keywords", {key: rows}) == (
        (KeywordPayload(tmdb_id=818, name="based on novel"),),
        {"keywords.duplicate": 1, "keywords.name": 1},
    )


@pytest.mark.parametrize("name", ["recommendations", "similar"])
def test_related_films_are_ids(name: str) -> None:
    rows = [{"id": 5}, {"id": 5}, {"id": 7, "media_type": "tv"}, {"id": "x"}, {"id": 9}, 3]

    assert block(name, {"results": rows}) == (
        (5, 9),
        {f"{name}.duplicate": 1, f"{name}.media_type": 1, f"{name}.id": 1, f"{name}.row": 1},
    )


LISTS = {
    "keywords": "keywords",
    "videos": "results",
    "release_dates": "results",
    "translations": "translations",
    "alternative_titles": "titles",
    "images": "posters",
    "recommendations": "results",
    "similar": "results",
}


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_block_is_known_to_be_empty(name: str) -> None:
    assert block(name, {LISTS[name]: []}) == ((), {})
    assert block("credits", {"cast": [], "crew": []}) == ((), {})


@pytest.mark.parametrize("name", [*LISTS, "credits", "watch/providers"])
@pytest.mark.parametrize("value", [None, [], "x", 5, {}, {"results": 5}, {"results": "x"}])
def test_a_broken_block_says_nothing(name: str, value: object) -> None:
    found, dropped = block(name, value)

    assert found is None
    assert sum(dropped.values()) >= 1


@pytest.mark.parametrize("name", LISTS)
def test_a_block_of_which_nothing_can_be_used_says_nothing(name: str) -> None:
    found, dropped = block(name, {LISTS[name]: [5, {}, None]})

    assert found is None
    assert sum(dropped.values()) == 3


@pytest.mark.parametrize(
    "value", [{"cast": [answers.CAST]}, {"crew": []}, {"cast": [], "crew": None}]
)
def test_half_of_the_credits_says_nothing(value: object) -> None:
    assert block("credits", value) == (None, {"credits": 1})


@pytest.mark.parametrize("name", LISTS)
def test_a_list_without_end_is_cut(name: str) -> None:
    found, dropped = block(name, {LISTS[name]: [None] * 1_000_000})

    assert found is None
    assert sum(dropped.values()) == 1_000_000
