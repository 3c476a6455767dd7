"""The admin opens for operators, edits nothing that only workers write, and counts little."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session as BrowserSession
from django.test import Client
from django_celery_beat.models import PeriodicTasks

from apps.core.model_admins import COUNTED_RELATED, COUNTED_ROWS, LargeTableAdmin, ReadOnlyAdmin
from apps.core.models import Heartbeat
from apps.favorites.models import (
    Favorite,
    IdempotencyKey,
    NotInterested,
    Rating,
    SavedSearch,
    Taste,
    WatchEntry,
    WatchlistEntry,
)
from apps.movies.models import (
    AlternativeTitle,
    ChangesWatermark,
    Collection,
    Company,
    Country,
    Credit,
    Genre,
    ImageSizes,
    Keyword,
    Language,
    ListEntry,
    ListState,
    Movie,
    Person,
    Poster,
    Provider,
    RelatedTitles,
    ReleaseDate,
    SearchDocument,
    SearchWord,
    SourceTitle,
    StaleDocument,
    StaleFilms,
    SyncRun,
    SyncTitle,
    Translation,
    Video,
    WatchAvailability,
    WordCount,
)
from apps.recommendations.models import (
    ActiveGeneration,
    ExperimentLook,
    Explanation,
    Generation,
    GenerationShard,
    Impression,
    ModelChunk,
    ModelMeasurement,
    ModelShard,
    ModelVersion,
    RecommendationList,
    RecommendationStats,
    SimilarFilms,
    StreamTicket,
    Variant,
)
from apps.users.models import AccountMail, Session, SpentRefreshToken, User
from tests.apps.admin_pages import REGISTERED, add_rows, admin_of, client_of, staff, url
from tests.apps.query_counts import captured_queries
from tests.factories import make_favorite, make_movie, make_rating, make_user

pytestmark = pytest.mark.django_db

_OF_A_FILM = "a part of a film, written as a whole by each sync of it; the API shows it"
UNREGISTERED = {
    BrowserSession: "its rows are keys: whoever reads one is signed in as its owner",
    ContentType: "written by migrations; the audit trail shows the ones it uses",
    Permission: "written by migrations; given on the pages of users and groups",
    IdempotencyKey: "answers that are kept for a day, whole, with what is in them",
    SpentRefreshToken: "kept for a minute, to tell a race from a replay",
    StreamTicket: "a hash that is good for half a minute",
    Variant: "part of an experiment, whose page shows it",
    ExperimentLook: "sums, told by the page of the experiment",
    Explanation: "comes and goes with its list; the API tells it, for operators as well",
    PeriodicTasks: "one row by which beat notices changes",
    **dict.fromkeys(
        (
            AlternativeTitle,
            Credit,
            Poster,
            RelatedTitles,
            ReleaseDate,
            Translation,
            Video,
            WatchAvailability,
        ),
        _OF_A_FILM,
    ),
    Country: "the names of ISO codes, as TMDb writes them",
    Language: "the names of ISO codes, as TMDb writes them",
    ListState: "when each list was replaced; so do the syncs of lists say",
    ImageSizes: "one row, TMDb's own configuration",
    ChangesWatermark: "one day, which the next sync of changes names in its checkpoint",
    SyncTitle: "a sync's queue, up to a million rows that come and go; the sync counts them",
    SearchDocument: "follows from the film, whose page shows what it is made of",
    SearchWord: "follows from the documents",
    StaleDocument: "notes that come and go with each change; a gauge counts them",
    StaleFilms: "the same",
    WordCount: "one row by which workers notice that words are to be counted",
    SimilarFilms: "thousands of rows of each model, told by the API film by film",
}
EDITABLE = [User, Movie, Genre]
READ_ONLY = [
    SourceTitle,
    SyncRun,
    Person,
    Keyword,
    Company,
    Collection,
    Provider,
    ListEntry,
    Favorite,
    Rating,
    WatchEntry,
    WatchlistEntry,
    NotInterested,
    SavedSearch,
    Taste,
    ModelVersion,
    ModelChunk,
    ModelMeasurement,
    ModelShard,
    Generation,
    GenerationShard,
    ActiveGeneration,
    RecommendationList,
    Impression,
    RecommendationStats,
    Session,
    AccountMail,
    LogEntry,
    Heartbeat,
]
WITH_ROWS = [*EDITABLE, *READ_ONLY]
LARGE = [model for model in REGISTERED if isinstance(admin_of(model), LargeTableAdmin)]


@pytest.fixture
def account() -> User:
    return make_user(is_staff=True, is_superuser=True)


@pytest.fixture
def operator(account: User) -> Client:
    return client_of(account)


@pytest.fixture
def rows(account: User) -> None:
    add_rows(account)


def test_every_model_is_registered_but_for_the_ones_with_a_reason() -> None:
    assert set(apps.get_models()) - set(REGISTERED) == set(UNREGISTERED)


def test_the_tables_that_grow_have_the_page_for_large_ones() -> None:
    assert set(WITH_ROWS) <= set(LARGE)


@pytest.mark.parametrize("model", REGISTERED)
def test_each_list_opens(operator: Client, rows: None, model: Any) -> None:
    assert operator.get(url(model, "changelist")).status_code == 200


@pytest.mark.parametrize("model", WITH_ROWS)
def test_each_row_opens(operator: Client, rows: None, model: Any) -> None:
    page = operator.get(url(model, "change", model.objects.first().pk))

    assert page.status_code == 200
    assert b"secret-bytes" not in page.content


@pytest.mark.parametrize("model", READ_ONLY)
def test_what_only_workers_and_viewers_write_is_not_edited(
    operator: Client, rows: None, model: Any
) -> None:
    before = list(model.objects.values())
    row = model.objects.first()

    assert isinstance(admin_of(model), ReadOnlyAdmin)
    assert operator.get(url(model, "add")).status_code == 403
    assert operator.post(url(model, "change", row.pk), {}).status_code == 403
    assert operator.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert list(model.objects.values()) == before


@pytest.mark.parametrize("model", REGISTERED)
def test_staff_without_the_permission_see_nothing(rows: None, model: Any) -> None:
    stranger = client_of(staff())

    assert stranger.get(url(model, "changelist")).status_code == 403
    assert stranger.get(url(model, "add")).status_code == 403
    assert b"/change/" not in stranger.get("/admin/").content


@pytest.mark.parametrize("model", EDITABLE)
def test_staff_who_may_only_look_change_nothing(rows: None, model: Any) -> None:
    opts = admin_of(model).opts
    onlooker = client_of(staff(f"{opts.app_label}.view_{opts.model_name}"))
    before = list(model.objects.order_by("pk").values())
    row = model.objects.order_by("pk").first()

    assert onlooker.get(url(model, "change", row.pk)).status_code == 200
    assert onlooker.post(url(model, "change", row.pk), {"name": "x"}).status_code == 403
    assert onlooker.get(url(model, "add")).status_code == 403
    assert onlooker.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert list(model.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("model", LARGE)
def test_no_page_counts_a_whole_table(operator: Client, rows: None, model: Any) -> None:
    with captured_queries() as statements:
        operator.get(url(model, "changelist"))

    counts = [sql for sql in statements if sql.startswith("SELECT COUNT(")]
    assert counts
    assert not [sql for sql in counts if f"LIMIT {COUNTED_ROWS + 1})" not in sql]


@pytest.mark.parametrize("model", WITH_ROWS)
def test_a_page_asks_the_same_of_the_database_however_many_rows(
    account: User, operator: Client, rows: None, model: Any
) -> None:
    address = url(model, "changelist")
    operator.get(address)
    with captured_queries() as few:
        operator.get(address)
    for _ in range(3):
        add_rows(account)
    with captured_queries() as many:
        operator.get(address)

    assert len(many) == len(few), "\n".join(many)


def test_a_list_shows_its_films_by_title_in_few_queries(operator: Client, rows: None) -> None:
    row = RecommendationList.objects.get()
    movies = [make_movie(title=f"Film with number {number}") for number in range(200)]
    address = url(RecommendationList, "change", row.pk)
    operator.get(address)
    with captured_queries() as few:
        operator.get(address)

    RecommendationList.objects.filter(pk=row.pk).update(
        movie_ids=[movie.pk for movie in movies],
        scores=[0.5] * 200,
        sources=[1, 4] * 100,
        because_movie_ids=[movies[199].pk, 0] * 200,
        because_shares=[370, 0] * 200,
    )
    with captured_queries() as many:
        page = operator.get(address)

    text = page.content.decode()
    assert all(str(movie) in text for movie in movies)
    assert "0.500" in text
    assert "popular" in text
    assert "Film with number 199 (1999) (37 %)" in text
    assert len(many) == len(few)


def test_a_model_says_how_far_it_is_and_how_much_was_simulated(operator: Client) -> None:
    version = ModelVersion.objects.create(
        state="training",
        phase="weights",
        shard_count=7,
        rating_count=400,
        simulated_rating_count=300,
        error="ValueError: first line\nsecond line",
    )
    for number, state in enumerate(["done", "done", "done", "failed", "running"]):
        ModelShard.objects.create(
            model_version=version, number=number, start=number, stop=number + 1, state=state
        )

    page = operator.get(url(ModelVersion, "changelist")).content.decode()

    assert "35 %" in page
    assert "75 %" in page
    assert "ValueError: first line" in page
    assert "second line" not in page


def test_a_model_says_who_asked_and_what_took_how_long(operator: Client, account: User) -> None:
    version = ModelVersion.objects.create(
        state="ready",
        origin="user",
        requested_by=account,
        seconds={"gram": 31.25, "survey": 2},
        epochs_done=3,
        epoch_count=8,
        highest_rating_id=4711,
        metrics={"ndcg": 0.5},
    )

    page = operator.get(url(ModelVersion, "change", version.pk)).content.decode()

    assert "survey 2.0 s, gram 31.2 s" in page
    assert "3 of 8" in page
    assert account.email in page
    assert "4711" in page
    assert "ndcg" in page


def test_an_account_is_deleted_with_all_that_is_its_own(operator: Client, rows: None) -> None:
    viewer = Rating.objects.get().user

    page = operator.get(url(User, "delete", viewer.pk))
    response = operator.post(url(User, "delete", viewer.pk), {"post": "yes"})

    assert viewer.email.encode() in page.content
    assert response.status_code == 302
    assert not User.objects.filter(pk=viewer.pk).exists()
    for model in (Rating, Favorite, Taste, RecommendationList):
        assert not model.objects.exists()


def test_a_film_that_was_rated_is_not_deleted_and_its_ratings_are_not_listed(
    operator: Client,
) -> None:
    film = make_movie()
    for _ in range(3):
        make_rating(user=make_user(), movie=film)
    make_favorite(user=make_user(), movie=film)
    operator.get(url(Movie, "delete", film.pk))

    with captured_queries() as statements:
        page = operator.get(url(Movie, "delete", film.pk))
    operator.post(url(Movie, "delete", film.pk), {"post": "yes"})

    assert page.context["protected"] == ["1 favorites", "3 ratings"]
    of_ratings = [sql for sql in statements if "favorites_rating" in sql]
    assert [f"LIMIT {COUNTED_RELATED + 1})" in sql for sql in of_ratings] == [True]
    assert Movie.objects.filter(pk=film.pk).exists()


def test_a_film_that_nobody_rated_is_deleted(operator: Client) -> None:
    film = make_movie(genres=("Drama",))
    SourceTitle.objects.create(source="movielens", source_id="1", movie=film)

    operator.post(url(Movie, "delete", film.pk), {"post": "yes"})

    assert not Movie.objects.exists()
    assert Genre.objects.count() == 1


def test_the_index_is_named_and_ordered(operator: Client) -> None:
    page = operator.get("/admin/")

    apps_shown = [app["app_label"] for app in page.context["app_list"]]
    assert apps_shown[:2] == ["recommendations", "django_celery_beat"]
    assert b"Nexus" in page.content
    assert b"Django administration" not in page.content


def test_an_edit_is_in_the_audit_trail(account: User, operator: Client) -> None:
    film = make_movie(title="Allien")
    form = operator.get(url(Movie, "change", film.pk)).context["adminform"].form
    fields = {name: "" if value is None else value for name, value in form.initial.items()}

    operator.post(url(Movie, "change", film.pk), fields | {"title": "Alien"})

    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (account, str(film.pk))
    assert entry.get_change_message() == "Changed Title."
