"""Deleting one's account: what goes, who may not, and what happens beside other writes."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

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
from apps.movies.models import Movie
from apps.recommendations.models import Impression, RecommendationList
from apps.users.actions import deletion, mails
from apps.users.models import AccountMail, Session, SpentRefreshToken, User
from tests.apps import admin_pages
from tests.apps.api import client_of, everything_written, refused, tokens_of
from tests.apps.locks import BLOCKED_WITHIN_S, in_thread, wait_until_blocked
from tests.apps.query_counts import captured_queries
from tests.factories import (
    PASSWORD,
    make_favorite,
    make_generation,
    make_impression,
    make_list,
    make_movie,
    make_not_interested,
    make_rating,
    make_saved_search,
    make_user,
    make_watch_entry,
    make_watchlist_entry,
)

pytestmark = pytest.mark.django_db

DELETE = "/api/v1/auth/account/delete/"
RATINGS = "/api/v1/ratings/"
BODY = {"password": PASSWORD}
OWNED: tuple[Any, ...] = (
    Favorite,
    Rating,
    WatchEntry,
    WatchlistEntry,
    NotInterested,
    SavedSearch,
    IdempotencyKey,
    Taste,
    RecommendationList,
    Impression,
    Session,
    SpentRefreshToken,
    AccountMail,
)


def furnish(user: User, movie: Movie) -> None:
    """A row of everything that is kept of an account."""
    make_rating(user=user, movie=movie)
    make_favorite(user=user, movie=movie)
    make_watch_entry(user=user, movie=movie)
    make_watchlist_entry(user=user, movie=movie)
    make_not_interested(user=user, movie=movie)
    make_saved_search(user=user)
    IdempotencyKey.objects.create(
        user=user, key="k", status=200, answer={}, created_at=timezone.now()
    )
    Taste.objects.create(user=user, revision=2)
    make_list(user=user, generation=make_generation(), movies=[movie])
    make_impression(user=user, movie=movie)
    SpentRefreshToken.objects.create(
        jti=tokens_of_session(user), session=user.sessions.get(), spent_at=timezone.now()
    )
    mails.request_verification(user=user, at=timezone.now())
    user.groups.add(Group.objects.get_or_create(name="testers")[0])


def tokens_of_session(user: User) -> Any:
    tokens_of(user)
    return user.sessions.get().refresh_jti


def rows_of(user: User) -> dict[str, int]:
    counts = {
        model.__name__: model.objects.filter(user=user).count()
        for model in OWNED
        if model is not SpentRefreshToken
    }
    spent = SpentRefreshToken.objects.filter(session__user=user).count()
    return counts | {"SpentRefreshToken": spent, "groups": user.groups.count()}


def test_an_account_goes_with_all_that_was_kept_of_it_and_nothing_else(
    viewer: User, movie: Movie
) -> None:
    stranger = make_user()
    furnish(viewer, movie)
    furnish(stranger, movie)
    untouched = rows_of(stranger)
    assert set(untouched.values()) == {1}
    requested = {"purpose": AccountMail.Purpose.RESET_PASSWORD, "at": timezone.now()}
    for email in (viewer.email, "nobody@example.com"):
        mails.request_mail(email=email, **requested)
    client = client_of(viewer)

    response = client.post(DELETE, BODY)

    assert (response.status_code, response.content) == (204, b"")
    assert list(User.objects.all()) == [stranger]
    for model in OWNED:
        assert model.objects.count() == 1 + (model is AccountMail), model
    assert rows_of(stranger) == untouched
    assert set(AccountMail.objects.values_list("email", flat=True)) == {
        stranger.email,
        "nobody@example.com",
    }
    assert Movie.objects.filter(pk=movie.pk).exists()
    refused(client.post(DELETE, BODY), 401, "token_not_valid")


def places_of(text: str) -> set[str]:
    """Tables with a row that holds the text in any column."""
    with connection.cursor() as cursor:
        return {
            table
            for table in connection.introspection.table_names(cursor)
            if _is_in(cursor, table, text)
        }


def _is_in(cursor: Any, table: str, text: str) -> bool:
    sql = f'SELECT EXISTS (SELECT 1 FROM "{table}" AS kept WHERE position(%s IN kept::text) > 0)'  # noqa: S608
    cursor.execute(sql, [text])
    return bool(cursor.fetchone()[0])


def by_its_owner(account: User, _: Client) -> None:
    assert client_of(account).post(DELETE, BODY).status_code == 204


def by_an_operator(account: User, operator: Client) -> None:
    page = admin_pages.url(User, "delete", account.pk)
    assert operator.post(page, {"post": "yes"}).status_code == 302


@pytest.mark.parametrize("delete", [by_its_owner, by_an_operator])
def test_the_address_of_a_deleted_account_is_left_nowhere(
    viewer: User, movie: Movie, delete: Callable[[User, Client], None]
) -> None:
    staff, kept = make_user(is_staff=True, is_superuser=True), make_user()
    operator = admin_pages.client_of(staff)
    furnish(viewer, movie)
    # As an earlier release wrote them.
    LogEntry.objects.log_actions(staff.pk, [viewer], CHANGE, "Looked around.")
    LogEntry.objects.log_actions(staff.pk, [kept], CHANGE, "Looked around.")
    LogEntry.objects.create(
        user=staff,
        content_type=ContentType.objects.get_for_model(Movie),
        object_id=str(viewer.pk),
        object_repr="A film of the same number",
        action_flag=CHANGE,
    )
    button = admin_pages.action_url(User, "end_all_sessions", viewer.pk)
    operator.post(button, {"confirmed": "yes"})
    assert places_of(viewer.email) == {"users_user", "users_accountmail", "django_admin_log"}

    delete(viewer, operator)

    assert places_of(viewer.email) == set()
    entries = LogEntry.objects.values_list("object_repr", flat=True)
    named = {f"account {viewer.pk}", kept.email, "A film of the same number"}
    assert set(entries) == named


def test_the_audit_trail_names_accounts_by_number() -> None:
    operator = admin_pages.client_of(make_user(is_staff=True, is_superuser=True))
    account = {"email": "ada@example.com", "usable_password": "true"}
    passwords = {"password1": PASSWORD, "password2": PASSWORD}

    operator.post(admin_pages.url(User, "add"), account | passwords)
    user = User.objects.get(email="ada@example.com")
    operator.post(admin_pages.url(User, "change", user.pk), account | {"is_active": "on"})
    operator.post(admin_pages.url(User, "delete", user.pk), {"post": "yes"})

    entries = LogEntry.objects.order_by("pk").values_list("action_flag", "object_id", "object_repr")
    assert list(entries) == [
        (flag, str(user.pk), f"account {user.pk}") for flag in (ADDITION, CHANGE, DELETION)
    ]


def test_every_token_of_a_deleted_account_is_void_and_its_address_is_free(
    viewer: User, client: APIClient
) -> None:
    tokens, account = tokens_of(viewer), {"email": viewer.email, "password": PASSWORD}
    client_of(viewer).post(DELETE, BODY)

    refreshed = client.post("/api/v1/auth/token/refresh/", {"refresh": tokens.refresh})

    refused(refreshed, 401, "token_not_valid")
    refused(client.post("/api/v1/auth/login/", account), 401, "invalid_credentials")
    assert client.post("/api/v1/auth/register/", account).status_code == 201


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "invalid", "password"),
        ({"password": ""}, "invalid", "password"),
        ({"password": None}, "invalid", "password"),
        ({"password": "not it"}, "wrong_password", None),
        ({"password": f" {PASSWORD}"}, "wrong_password", None),
        (BODY | {"user": 1}, "unknown_field", "non_field_errors"),
    ],
)
def test_without_its_password_an_account_stays(
    viewer: User, movie: Movie, body: dict[str, Any], code: str, field: str | None
) -> None:
    furnish(viewer, movie)
    client = client_of(viewer)
    before, rows = everything_written(), rows_of(viewer)

    error = refused(client.post(DELETE, body), 400, code)

    assert list(error["details"]) == ([field] if field else [])
    assert (everything_written(), rows_of(viewer)) == (before, rows)


def former_operator() -> User:
    user = make_user()
    LogEntry.objects.log_actions(user.pk, [user], CHANGE, "Looked around.")
    return user


@pytest.mark.parametrize(
    "operator",
    [
        lambda: make_user(is_staff=True),
        lambda: make_user(is_superuser=True),
        former_operator,
    ],
    ids=["staff", "superuser", "former operator"],
)
def test_an_operators_account_stays_with_its_audit_trail(operator: Callable[[], User]) -> None:
    client = client_of(operator())
    before = everything_written(), list(LogEntry.objects.values())

    error = refused(client.post(DELETE, BODY), 403, "permission_denied")

    assert "audit trail" in error["message"]
    assert (everything_written(), list(LogEntry.objects.values())) == before


def delete_while_locked(viewer: User, then: Callable[[], object]) -> Any:
    """The answer to a deletion whose password was verified before `then` is committed."""
    client = client_of(viewer)
    return while_taste_is_locked(viewer, lambda: client.post(DELETE, BODY), then)


def while_taste_is_locked(viewer: User, call: Callable[[], Any], then: Callable[[], object]) -> Any:
    Taste.objects.get_or_create(user=viewer)
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            Taste.objects.select_for_update().get(user=viewer)
            answer = in_thread(pool, call)
            wait_until_blocked()
            then()
        return answer.result(timeout=BLOCKED_WITHIN_S)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"password": "x"}, 400, "wrong_password"),
        ({"is_active": False}, 401, "token_not_valid"),
        ({"is_staff": True}, 403, "permission_denied"),
    ],
    ids=str,
)
def test_an_account_that_changes_meanwhile_stays(
    viewer: User, change: dict[str, Any], status: int, code: str
) -> None:
    accounts = User.objects.filter(pk=viewer.pk)

    response = delete_while_locked(viewer, then=lambda: accounts.update(**change))

    refused(response, status, code)
    assert accounts.filter(**change).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_deletions_at_once_the_second_finds_no_account(viewer: User) -> None:
    response = delete_while_locked(viewer, then=lambda: deletion.delete_account(user_id=viewer.pk))

    refused(response, 401, "token_not_valid")
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_operator_whose_account_to_delete_goes_meanwhile_gets_no_error(viewer: User) -> None:
    operator = admin_pages.client_of(make_user(is_staff=True, is_superuser=True))
    page = admin_pages.url(User, "delete", viewer.pk)

    response = while_taste_is_locked(
        viewer,
        lambda: operator.post(page, {"post": "yes"}),
        then=lambda: deletion.delete_account(user_id=viewer.pk),
    )

    assert response.status_code == 302
    assert places_of(viewer.email) == set()
    assert not Taste.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_deletion_waits_for_a_rating_and_takes_it_along(viewer: User, movie: Movie) -> None:
    """The rating holds Taste and then asks for the account, which must not be locked by then."""
    rating = make_rating(user=viewer, movie=movie)

    response = delete_while_locked(
        viewer,
        then=lambda: client_rates(viewer, movie, rating),
    )

    assert response.status_code == 204
    assert (User.objects.count(), Rating.objects.count(), Taste.objects.count()) == (0, 0, 0)


def client_rates(viewer: User, movie: Movie, rating: Rating) -> None:
    """What a rating writes after it has locked Taste."""
    Rating.objects.filter(pk=rating.pk).update(score=1)
    make_favorite(user=viewer, movie=movie)
    # The foreign keys are checked now, with a lock on the account.
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by_operator", [False, True], ids=["by its owner", "by an operator"])
def test_an_account_goes_in_the_middle_of_its_own_writes(*, by_operator: bool) -> None:
    """Eight rounds: seven threads that write, renew and log in while one more deletes."""
    films = [make_movie() for _ in range(4)]
    for number in range(8):
        user = make_user()
        chance = random.Random(number)
        writes = [
            writer(user, films, chance)
            for writer in (rating, favourite, viewing, wish, refusal, renewal, login)
        ]
        client_deletes = client_of(user)
        barrier = Barrier(len(writes) + 1)

        def deletes(
            user: User = user, own: APIClient = client_deletes, barrier: Barrier = barrier
        ) -> list[int]:
            barrier.wait(BLOCKED_WITHIN_S)
            if by_operator:
                deletion.delete_account(user_id=user.pk)
                return [204]
            return [own.post(DELETE, BODY).status_code]

        with ThreadPoolExecutor(max_workers=len(writes) + 1) as pool:
            answers = [
                in_thread(pool, lambda write=write, barrier=barrier: repeated(write, barrier))
                for write in writes
            ]
            deleted = in_thread(pool, deletes).result(timeout=60)
            statuses = {status for answer in answers for status in answer.result(timeout=60)}

        assert deleted == [204]
        assert statuses <= {200, 201, 401}
        assert not User.objects.exists()
        for model in OWNED:
            assert not model.objects.exists(), model


Write = Callable[[], int]


def repeated(write: Write, barrier: Barrier) -> list[int]:
    barrier.wait(BLOCKED_WITHIN_S)
    return [write() for _ in range(6)]


def rating(user: User, films: list[Movie], chance: random.Random) -> Write:
    client = client_of(user)
    return lambda: (
        client.post(
            RATINGS, {"movie_id": chance.choice(films).pk, "score": chance.randint(1, 10)}
        ).status_code
    )


def favourite(user: User, films: list[Movie], chance: random.Random) -> Write:
    return named_film(user, "favorites", films, chance)


def viewing(user: User, films: list[Movie], chance: random.Random) -> Write:
    return named_film(user, "watch-history", films, chance)


def wish(user: User, films: list[Movie], chance: random.Random) -> Write:
    return named_film(user, "watchlist", films, chance)


def refusal(user: User, films: list[Movie], chance: random.Random) -> Write:
    return named_film(user, "not-interested", films, chance)


def named_film(user: User, path: str, films: list[Movie], chance: random.Random) -> Write:
    client = client_of(user)
    return lambda: (
        client.post(f"/api/v1/{path}/", {"movie_id": chance.choice(films).pk}).status_code
    )


def renewal(user: User, films: list[Movie], chance: random.Random) -> Write:
    client, held = APIClient(raise_request_exception=False), {"refresh": tokens_of(user).refresh}

    def renew() -> int:
        response = client.post("/api/v1/auth/token/refresh/", held)
        held["refresh"] = response.json().get("refresh", held["refresh"])
        return response.status_code

    return renew


def login(user: User, films: list[Movie], chance: random.Random) -> Write:
    client = APIClient(raise_request_exception=False)
    body = {"email": user.email, "password": PASSWORD}
    return lambda: client.post("/api/v1/auth/login/", body).status_code


def test_deleting_many_ratings_takes_no_more_queries_than_deleting_one(viewer: User) -> None:
    other = make_user()
    films = [make_movie() for _ in range(30)]
    make_rating(user=viewer, movie=films[0])
    Rating.objects.bulk_create(Rating(user=other, movie=film, score=5) for film in films)
    clients = client_of(viewer), client_of(other)

    counts = []
    for client in clients:
        with captured_queries() as statements:
            assert client.post(DELETE, BODY).status_code == 204
        counts.append(len(statements))

    assert counts[0] == counts[1]
    assert not Rating.objects.exists()


def test_a_session_that_has_expired_deletes_nothing(viewer: User) -> None:
    client = client_of(viewer)
    Session.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    refused(client.post(DELETE, BODY), 401, "token_not_valid")
    assert User.objects.filter(pk=viewer.pk).exists()
