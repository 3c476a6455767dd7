"""What an operator corrects stays through each sync until he unlocks it."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from apps.movies.models import Collection, Movie, SyncRun
from tests.apps.admin_pages import client_of, messages_of, url
from tests.factories import make_genre, make_movie, make_user

pytestmark = pytest.mark.django_db

MARKS = ("synced_at", "listed_at", "tombstoned_at", "blanked_at")
NOT_IN_THE_FORM = {"digests", "etag", "from_tmdb", "synced_at", "tombstoned_at", "blanked_at"}


@pytest.fixture
def operator() -> Client:
    return client_of(make_user(is_staff=True, is_superuser=True))


@pytest.fixture
def film() -> Movie:
    return make_movie(
        title="Allien",
        overview="In space.\nNobody hears you.",
        imdb_id="tt0078748",
        runtime=117,
        vote_average=8.2,
        genres=("Horror",),
        from_tmdb=True,
        digests={"facts": "abc"},
        etag='W/"1"',
    )


def page_of(operator: Client, film: Movie | None = None) -> Any:
    """The form's fields as a browser sends them: what it shows, and what it showed at first."""
    address = url(Movie, "change", film.pk) if film else url(Movie, "add")
    form = operator.get(address).context["adminform"].form
    fields: dict[str, Any] = {}
    for bound in form:
        inputs = re.findall(r"<input[^>]*>", str(bound))
        hidden = [tag for tag in inputs if f'name="initial-{bound.name}"' in tag]
        fields[f"initial-{bound.name}"] = [_value(tag) for tag in hidden]
        value = bound.value()
        if value is not None and value is not False:
            values = (
                [getattr(one, "pk", one) for one in value] if isinstance(value, list) else value
            )
            fields[bound.name] = _as_sent(values)
    return address, fields


def _value(tag: str) -> str:
    found = re.search(r'value="([^"]*)"', tag)
    return _as_sent(unescape(found[1])) if found else ""


def _as_sent(value: Any) -> Any:
    """Browsers send each end of a line as two signs."""
    return value.replace("\n", "\r\n") if isinstance(value, str) else value


def save(operator: Client, film: Movie, **changed: Any) -> None:
    address, fields = page_of(operator, film)
    send(operator, address, fields | changed)
    film.refresh_from_db()


def send(operator: Client, address: str, fields: dict[str, Any]) -> None:
    response = operator.post(address, {name: v for name, v in fields.items() if v is not None})
    assert response.status_code == 302, response.context["adminform"].form.errors


def test_saving_an_untouched_page_locks_and_changes_nothing(operator: Client, film: Movie) -> None:
    before = Movie.objects.values().get()

    save(operator, film)

    after = Movie.objects.values().get()
    assert after.pop("updated_at") > before.pop("updated_at")
    assert after == before
    assert LogEntry.objects.get().get_change_message() == "No fields changed."


@pytest.mark.parametrize(
    ("field", "sent", "stored"),
    [
        ("title", "Alien", "Alien"),
        ("original_title", "Alien", "Alien"),
        ("original_language", "en", "en"),
        ("overview", "A distress call.", "A distress call."),
        ("tagline", "In space no one can hear you scream.", "In space no one can hear you scream."),
        ("homepage", "https://alien.example/", "https://alien.example/"),
        ("imdb_id", "", None),
        ("year", "1979", 1979),
        ("runtime", "", None),
        ("status", "Released", "Released"),
        ("budget", "11000000", 11_000_000),
        ("revenue", "104931801", 104_931_801),
        ("adult", "on", True),
        ("video", "on", True),
        ("poster_path", "/a.jpg", "/a.jpg"),
        ("backdrop_path", "/b.jpg", "/b.jpg"),
    ],
)
def test_what_is_changed_is_stored_and_locked(
    operator: Client, film: Movie, field: str, sent: str, stored: object
) -> None:
    save(operator, film, **{field: sent})

    assert film.locked_fields == [field]
    assert (
        str(getattr(film, field)) == sent
        if stored is None and sent
        else (getattr(film, field) == stored)
    )
    assert (film.digests, film.etag) == ({"facts": "abc"}, 'W/"1"')


def test_every_field_that_can_be_locked_is_in_the_form(operator: Client, film: Movie) -> None:
    _, fields = page_of(operator, film)
    form = operator.get(url(Movie, "change", film.pk)).context["adminform"].form

    names = set(form.fields)
    assert set(Movie.LOCKABLE_FIELDS) <= names
    assert not names & NOT_IN_THE_FORM
    assert [value for value, _ in form.fields["locked_fields"].choices] == list(
        Movie.LOCKABLE_FIELDS
    )
    assert fields["initial-title"] == ["Allien"]


def test_changed_genres_are_locked(operator: Client, film: Movie) -> None:
    drama = make_genre("Drama")

    save(operator, film, genres=[drama.pk])

    assert film.locked_fields == ["genres"]
    assert list(film.genres.all()) == [drama]


def test_a_changed_collection_is_locked(operator: Client, film: Movie) -> None:
    collection = Collection.objects.create(id=8091, name="Alien Collection")

    save(operator, film, collection=str(collection.pk))

    assert (film.locked_fields, film.collection) == (["collection"], collection)


@pytest.mark.parametrize(("sent", "year"), [("1980-05-25", 1980), ("1850-01-01", 1999), ("", 1999)])
def test_the_year_follows_a_changed_date(
    operator: Client, film: Movie, sent: str, year: int
) -> None:
    Movie.objects.update(release_date=date(1979, 5, 25))

    save(operator, film, release_date=sent)

    locked = ["release_date", "year"] if year == 1980 else ["release_date"]
    assert (film.year, film.locked_fields) == (year, locked)
    assert film.release_date == (date.fromisoformat(sent) if sent else None)


def test_a_year_that_was_corrected_as_well_is_kept(operator: Client, film: Movie) -> None:
    save(operator, film, release_date="1980-05-25", year="1979")

    assert (film.year, film.locked_fields) == (1979, ["release_date", "year"])


def test_votes_of_a_film_from_tmdb_are_not_edited(operator: Client, film: Movie) -> None:
    votes = ("vote_average", "vote_count", "popularity")
    before = Movie.objects.values(*votes).get()
    _, fields = page_of(operator, film)

    save(operator, film, vote_average="9", vote_count="9", popularity="9")

    assert not fields.keys() & set(votes)
    assert Movie.objects.values(*votes).get() == before


def test_votes_of_another_film_are_stored_and_cannot_be_locked(operator: Client) -> None:
    film = make_movie()

    save(operator, film, vote_average="9")

    assert (film.vote_average, film.locked_fields) == (9.0, [])


def test_with_another_id_nothing_of_the_other_title_is_taken_for_known(
    operator: Client, film: Movie
) -> None:
    Movie.objects.update(**dict.fromkeys(MARKS, timezone.now()))

    save(operator, film, tmdb_id="348")

    run, entry = SyncRun.objects.get(), LogEntry.objects.order_by("pk")[0]
    assert (film.tmdb_id, film.digests, film.etag) == (348, {"facts": "abc"}, "")
    assert [getattr(film, mark) for mark in MARKS] == [None] * 4
    assert (run.kind, run.scope) == ("movies", {"tmdb_ids": [348]})
    assert entry.get_change_message() == f"Asked TMDb again, by {run}."


def test_without_a_credential_another_id_is_stored_and_not_asked_for(
    operator: Client, film: Movie, settings: Settings
) -> None:
    settings.TMDB_API_TOKEN = settings.TMDB_API_KEY = ""
    address, fields = page_of(operator, film)

    response = operator.post(address, fields | {"tmdb_id": "348"}, follow=True)

    film.refresh_from_db()
    assert (film.tmdb_id, film.digests, SyncRun.objects.count()) == (348, {"facts": "abc"}, 0)
    assert messages_of(response)[0].startswith("TMDb was not asked for the title with this id.")


def test_without_an_id_nothing_is_asked_for(operator: Client, film: Movie) -> None:
    save(operator, film, tmdb_id="")

    assert (film.tmdb_id, film.digests, SyncRun.objects.count()) == (None, {"facts": "abc"}, 0)


def test_locks_add_up_in_the_order_of_the_fields(operator: Client, film: Movie) -> None:
    save(operator, film, runtime="118")
    save(operator, film, title="Alien")

    assert film.locked_fields == ["title", "runtime"]


def test_a_field_is_locked_by_a_tick_alone(operator: Client, film: Movie) -> None:
    save(operator, film, locked_fields=["overview"])

    assert film.locked_fields == ["overview"]
    assert (film.digests, film.etag) == ({"facts": "abc"}, 'W/"1"')


def test_an_unlocked_field_is_written_by_the_next_sync(operator: Client, film: Movie) -> None:
    Movie.objects.update(locked_fields=["title", "runtime"])

    save(operator, film, locked_fields=["runtime"])

    assert film.locked_fields == ["runtime"]
    assert (film.digests, film.etag) == ({}, "")
    assert film.title == "Allien"


def test_all_locks_are_taken_away(operator: Client, film: Movie) -> None:
    Movie.objects.update(locked_fields=["title", "runtime"])

    save(operator, film, locked_fields=None)

    assert film.locked_fields == []
    assert (film.digests, film.etag) == ({}, "")


def test_who_changes_what_he_unlocks_keeps_it_locked(operator: Client, film: Movie) -> None:
    Movie.objects.update(locked_fields=["title"])

    save(operator, film, locked_fields=None, title="Alien")

    assert (film.title, film.locked_fields) == ("Alien", ["title"])
    assert (film.digests, film.etag) == ({"facts": "abc"}, 'W/"1"')


@pytest.mark.parametrize("name", ["digests", "etag", "vote_average", "locked_fields", "x"])
def test_nothing_else_can_be_locked(operator: Client, film: Movie, name: str) -> None:
    address, fields = page_of(operator, film)
    before = Movie.objects.values().get()

    response = operator.post(address, fields | {"locked_fields": [name]})

    assert set(response.context["adminform"].form.errors) == {"locked_fields"}
    assert Movie.objects.values().get() == before


def test_what_the_form_does_not_show_is_not_written(operator: Client, film: Movie) -> None:
    before = Movie.objects.values().get()

    save(
        operator,
        film,
        digests='{"x": 1}',
        etag="x",
        from_tmdb="",
        synced_at="2026-01-01",
        tombstoned_at="2026-01-01",
        blanked_at="2026-01-01",
    )

    after = Movie.objects.values().get()
    assert {name: after[name] for name in NOT_IN_THE_FORM} == {
        name: before[name] for name in NOT_IN_THE_FORM
    }


def test_a_sync_while_the_page_is_open_is_neither_undone_nor_locked(
    operator: Client, film: Movie
) -> None:
    address, fields = page_of(operator, film)
    drama, now = make_genre("Drama"), timezone.now()
    film.genres.set([drama])
    Movie.objects.update(
        title="Alien", vote_average=8.3, digests={"facts": "new"}, etag='W/"2"', synced_at=now
    )

    send(operator, address, fields | {"runtime": "118"})

    film.refresh_from_db()
    assert (film.runtime, film.locked_fields) == (118, ["runtime"])
    assert (film.title, film.vote_average, film.synced_at) == ("Alien", 8.3, now)
    assert (film.digests, film.etag) == ({"facts": "new"}, 'W/"2"')
    assert list(film.genres.all()) == [drama]


def test_a_colleagues_lock_while_the_page_is_open_stays(operator: Client, film: Movie) -> None:
    address, fields = page_of(operator, film)
    Movie.objects.update(title="Alien", locked_fields=["title"])

    send(operator, address, fields | {"runtime": "118"})

    film.refresh_from_db()
    assert film.locked_fields == ["title", "runtime"]
    assert film.title == "Alien"


def test_what_is_filled_in_of_a_new_film_is_locked(operator: Client) -> None:
    address, fields = page_of(operator)

    send(operator, address, fields | {"title": "Alien", "tmdb_id": "348", "year": "1979"})

    film = Movie.objects.get()
    assert (film.title, film.tmdb_id, film.year) == ("Alien", 348, 1979)
    assert film.locked_fields == ["title", "year"]
