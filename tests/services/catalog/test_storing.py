"""What the details of a film become in each table, and what a second answer leaves alone."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from apps.movies.models import (
    AlternativeTitle,
    Collection,
    Company,
    Country,
    Credit,
    Keyword,
    Language,
    Movie,
    Person,
    Poster,
    Provider,
    ReleaseDate,
    Translation,
    Video,
    WatchAvailability,
)

from .conftest import NOON
from .films import (
    APPLE,
    BLOCKS,
    CANAL,
    FACTS,
    FILM_ID,
    NETFLIX,
    RELEASED_ON,
    bare_details,
    cast,
    crew,
    details,
    provider,
    store,
)

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=1)


def film() -> Movie:
    return Movie.objects.get(tmdb_id=FILM_ID)


def test_each_fact_has_its_column() -> None:
    stored = store(details(), etag='W/"one"')

    assert (stored.created, stored.updated, stored.unchanged) == (1, 0, 0)
    alien = film()
    told = ("title", "original_title", "original_language", "overview", "poster_path")
    told += ("backdrop_path", "adult", "video", "runtime", "status", "tagline", "homepage")
    told += ("imdb_id", "budget", "revenue", "vote_average", "vote_count", "popularity")
    assert {name: getattr(alien, name) for name in told} == {name: FACTS[name] for name in told}
    assert (alien.release_date, alien.year) == (RELEASED_ON, 1979)
    assert (alien.origin_countries, alien.production_countries) == (["US", "GB"], ["US"])
    assert (alien.spoken_languages, alien.collection_id) == (["es"], 8091)
    assert (alien.synced_at, alien.created_at, alien.updated_at) == (NOON, NOON, NOON)
    assert (alien.from_tmdb, alien.etag, alien.listed_at) == (True, 'W/"one"', None)
    assert (alien.tombstoned_at, alien.blanked_at, alien.locked_fields) == (None, None, [])


def test_what_films_share_is_stored_once() -> None:
    store(details(), details(id=679, title="Aliens"))

    genres = film().genres.order_by("tmdb_id").values_list("tmdb_id", "name", "slug")
    assert list(genres) == [(27, "Horror", "horror"), (878, "Science Fiction", "science-fiction")]
    keywords = Keyword.objects.order_by("id").values_list("id", "name")
    assert list(keywords) == [(803, "android"), (9951, "alien")]
    assert [k.pk for k in film().keywords.order_by("id")] == [803, 9951]
    company = Company.objects.get()
    assert (company.pk, company.name, company.logo_path, company.origin_country) == (
        *(19747, "Brandywine", "/b.png", "GB"),
    )
    assert list(film().companies.all()) == [company]
    found = Collection.objects.get()
    assert (found.pk, found.name, found.poster_path, found.backdrop_path) == (
        *(8091, "Alien Collection", "/cp.jpg", "/cb.jpg"),
    )
    assert Country.objects.values_list("code", "name").get() == ("US", "United States of America")
    spanish = Language.objects.get()
    assert (spanish.code, spanish.name, spanish.english_name) == ("es", "Español", "Spanish")


def test_credits_stand_in_the_order_of_the_cast_and_as_the_crew_came() -> None:
    store(details())

    told = ("person_id", "credit_id", "is_cast", "character", "department", "job", "position")
    assert list(Credit.objects.order_by("-is_cast", "position").values_list(*told)) == [
        (1, "cast1", True, "Part 1", "", "", 0),
        (2, "cast2", True, "Part 2", "", "", 1),
        (3, "crew3", False, "", "Directing", "Director", 0),
        (1, "crew1", False, "", "Writing", "Writer", 1),
    ]
    assert Person.objects.count() == 3
    first = Person.objects.get(pk=1)
    assert (first.name, first.original_name) == ("Person 1", "Personne 1")
    assert (first.known_for_department, first.profile_path) == ("Acting", "/p1.jpg")
    assert (first.gender, first.popularity, first.adult) == (1, 1.5, False)


def test_videos_releases_and_names_are_stored_whole() -> None:
    store(details())

    video = Video.objects.get(movie=film())
    assert (video.site, video.key, video.name, video.type) == (
        *("YouTube", "LjLamj-b0I8", "Trailer", "Trailer"),
    )
    assert (video.official, video.size, video.position) == (True, 1080, 0)
    assert (video.language, video.country) == ("en", "US")
    assert video.published_at == datetime(2014, 3, 17, 12, tzinfo=UTC)
    release = ReleaseDate.objects.get(movie=film())
    assert (release.country, release.type, release.released_on) == ("DE", 3, date(1979, 10, 25))
    assert (release.certification, release.note, release.language) == (
        *("16", "Premiere in Berlin", "de"),
    )
    german = Translation.objects.get(movie=film())
    assert (german.language, german.country, german.title, german.overview) == (
        *("de", "DE", "Alien: Das unheimliche Wesen", "Eine Besatzung."),
    )
    assert (german.tagline, german.homepage, german.runtime) == (
        *("Im Weltraum", "https://example.com/de", 116),
    )
    other = AlternativeTitle.objects.get(movie=film())
    assert (other.country, other.title, other.type) == ("FR", "Le 8e passager", "working title")


def test_where_to_watch_and_what_is_related_are_ids() -> None:
    store(details())

    german = WatchAvailability.objects.get(movie=film(), country="DE")
    assert german.link == "https://www.themoviedb.org/movie/348/watch?locale=DE"
    assert (german.flatrate, german.buy) == ([NETFLIX, CANAL], [APPLE])
    assert (german.rent, german.free, german.ads) == ([], [], [])
    assert WatchAvailability.objects.get(movie=film(), country="FR").rent == [APPLE]
    # A provider's place differs by country; the most prominent counts.
    providers = Provider.objects.order_by("pk").values_list("pk", "name", "display_priority")
    assert list(providers) == [(2, "Apple TV", 2), (8, "Netflix", 3), (381, "Canal+", 9)]
    related = film().related
    assert (related.recommended_tmdb_ids, related.similar_tmdb_ids) == ([679, 8077], [126889])


def test_a_providers_place_in_another_film_is_no_change_of_the_provider() -> None:
    store(details())
    offers = {"US": {"link": "", "buy": [provider(APPLE, "Apple TV", 1)]}}

    store(details(id=679, watch={"results": offers}))

    assert Provider.objects.get(pk=APPLE).display_priority == 2


def test_an_answer_without_blocks_leaves_what_is_stored() -> None:
    store(details())
    before = rows_of_all_parts()

    stored = store(bare_details(tagline="Changed"), at=LATER)

    assert stored.updated == 1
    assert film().tagline == "Changed"
    assert rows_of_all_parts() == before


@pytest.mark.parametrize("block", ["recommendations", "similar"])
def test_half_of_what_is_related_leaves_the_other_half(block: str) -> None:
    store(details())

    store(bare_details(**{block: {"results": [{"id": 5}]}}))

    told = {"recommendations": [679, 8077], "similar": [126889]} | {block: [5]}
    related = film().related
    assert related.recommended_tmdb_ids == told["recommendations"]
    assert related.similar_tmdb_ids == told["similar"]


def test_half_of_what_is_related_of_a_new_film_is_stored() -> None:
    store(bare_details(similar={"results": [{"id": 5}]}))

    assert (film().related.recommended_tmdb_ids, film().related.similar_tmdb_ids) == ([], [5])


def test_an_empty_block_removes_what_it_had() -> None:
    store(details())

    store(
        details(
            genres=[],
            keywords={"keywords": []},
            credits={"cast": [], "crew": []},
            videos={"results": []},
            watch={"results": {}},
            images={"posters": []},
            similar={"results": []},
        )
    )

    alien = film()
    parts = ("genres", "keywords", "credits", "videos", "watch", "posters")
    assert [name for name in parts if getattr(alien, name).exists()] == []
    assert (alien.related.recommended_tmdb_ids, alien.related.similar_tmdb_ids) == ([679, 8077], [])
    assert alien.release_dates.count() == alien.translations.count() == 1


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"genres": [{"id": 27, "name": "Horror"}]}, "genres"),
        ({"keywords": {"keywords": [{"id": 1, "name": "ship"}]}}, "keywords"),
        ({"production_companies": []}, "companies"),
        ({"credits": {"cast": [cast(2, order=0)], "crew": [crew(3)]}}, "credits"),
        ({"videos": {"results": []}}, "videos"),
        ({"release_dates": {"results": []}}, "release_dates"),
        ({"watch": {"results": {}}}, "watch"),
        ({"translations": {"translations": []}}, "translations"),
        ({"alternative_titles": {"titles": []}}, "alternative_titles"),
        ({"images": {"posters": []}}, "posters"),
    ],
)
def test_only_the_part_that_changed_is_written_anew(changed: dict[str, Any], part: str) -> None:
    store(details(), details(id=679))
    before = rows_of_all_parts()

    stored = store(details(**changed), details(id=679), at=LATER)

    assert (stored.updated, stored.unchanged) == (1, 1)
    after = rows_of_all_parts()
    assert {name for name in after if after[name] != before[name]} == {part}
    others = {pk for pk, movie_id in before[part] if movie_id != film().pk}
    assert others == {pk for pk, movie_id in after[part] if movie_id != film().pk}


def test_a_changed_fact_writes_no_part_and_an_equal_answer_nothing_but_votes() -> None:
    store(details())
    before = rows_of_all_parts()

    first = store(details(title="Alien (1979)"), at=LATER)
    second = store(details(title="Alien (1979)", popularity=2, vote_count=3), at=LATER)

    assert (first.updated, first.unchanged) == (1, 0)
    assert (second.updated, second.unchanged) == (0, 1)
    alien = film()
    assert (alien.title, alien.popularity, alien.vote_count) == ("Alien (1979)", 2, 3)
    assert (alien.synced_at, alien.created_at) == (LATER, NOON)
    assert rows_of_all_parts() == before


def test_a_person_who_changed_is_written_for_all_films() -> None:
    store(details(), details(id=679))
    renamed = BLOCKS["credits"] | {"cast": [cast(1, order=0, name="Sigourney")]}

    store(details(credits=renamed))

    assert Person.objects.get(pk=1).name == "Sigourney"
    assert Credit.objects.filter(person_id=1).count() == 4


def rows_of_all_parts() -> dict[str, set[tuple[int, int]]]:
    """The primary keys of each part's rows, and whose they are."""
    tables: dict[str, Any] = {
        "genres": Movie.genres.through,
        "keywords": Movie.keywords.through,
        "companies": Movie.companies.through,
        "credits": Credit,
        "videos": Video,
        "release_dates": ReleaseDate,
        "watch": WatchAvailability,
        "translations": Translation,
        "alternative_titles": AlternativeTitle,
        "posters": Poster,
    }
    return {
        name: set(model.objects.values_list("pk", "movie_id")) for name, model in tables.items()
    }
