"""Tokens: what they open, how they are exchanged, and what is none."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from apps.users.actions import sessions
from apps.users.models import Session, SpentRefreshToken, User
from apps.users.tokens import (
    SessionAccessToken,
    SessionRefreshToken,
    SessionToken,
    token_pair,
)
from tests.apps.api import (
    client_with,
    everything_written,
    expired_access,
    refused,
    session_of,
    tokens_of,
)
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

LOGIN = "/api/v1/auth/login/"
LOGOUT = "/api/v1/auth/logout/"
REFRESH = "/api/v1/auth/token/refresh/"
VERIFY = "/api/v1/auth/token/verify/"
PRIVATE = "/api/v1/favorites/"
PUBLIC = "/api/v1/movies/"
CHALLENGE = 'Bearer realm="api"'
BAD_TOKEN = 'Bearer realm="api", error="invalid_token"'


def signed(payload: Any, *, key: str = "") -> str:
    """A token of any content, signed as ours are unless another key is given."""
    text = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    key = key or settings.SIMPLE_JWT["SIGNING_KEY"]
    return jwt.PyJWS().encode(text, key, algorithm="HS256")


def unsigned(payload: dict[str, Any], *, algorithm: str) -> str:
    header = {"alg": algorithm, "typ": "JWT"}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in (header, payload)]
    return b".".join([*(part.rstrip(b"=") for part in parts), b""]).decode()


def refresh(client: APIClient, token: str) -> Any:
    return client.post(REFRESH, {"refresh": token})


def test_a_refresh_gives_new_tokens_of_the_same_session(client: APIClient, viewer: User) -> None:
    session = session_of(viewer)
    tokens = token_pair(session)

    response = refresh(client, tokens.refresh)

    won = response.json()
    assert (response.status_code, won.keys()) == (200, {"access", "refresh"})
    assert won["refresh"] != tokens.refresh
    assert Session.objects.get().pk == session.pk
    for access in (tokens.access, won["access"]):
        assert client_with(access).get(PRIVATE).status_code == 200
    assert refresh(client, won["refresh"]).status_code == 200


def test_a_refresh_begins_the_thirty_days_anew(client: APIClient, viewer: User) -> None:
    session = session_of(viewer)
    tokens = token_pair(session)
    long_ago = timezone.now() - timedelta(days=20)
    Session.objects.update(expires_at=long_ago + timedelta(days=30), last_seen_at=long_ago)

    won = refresh(client, tokens.refresh).json()

    session.refresh_from_db()
    assert session.expires_at - timezone.now() > timedelta(days=29)
    assert session.last_seen_at > long_ago
    assert SessionRefreshToken.read(won["refresh"])["exp"] == int(session.expires_at.timestamp())


def test_a_token_that_was_just_exchanged_is_reused_and_harms_nobody(
    client: APIClient, viewer: User
) -> None:
    tokens = tokens_of(viewer)
    won = refresh(client, tokens.refresh).json()
    before = everything_written()

    refused(refresh(client, tokens.refresh), 401, "token_reused")

    assert everything_written() == before
    again = refresh(client, won["refresh"]).json()
    refused(refresh(client, tokens.refresh), 401, "token_reused")
    refused(refresh(client, won["refresh"]), 401, "token_reused")
    assert refresh(client, again["refresh"]).status_code == 200


@pytest.mark.parametrize("forgotten", [False, True])
def test_a_token_that_is_replayed_later_ends_its_session_and_no_other(
    client: APIClient, viewer: User, caplog: pytest.LogCaptureFixture, *, forgotten: bool
) -> None:
    tokens, other = tokens_of(viewer), tokens_of(viewer)
    won = refresh(client, tokens.refresh).json()
    SpentRefreshToken.objects.update(spent_at=timezone.now() - timedelta(seconds=10))
    if forgotten:
        SpentRefreshToken.objects.all().delete()

    refused(refresh(client, tokens.refresh), 401, "token_reused")

    refused(refresh(client, won["refresh"]), 401, "token_not_valid")
    refused(client_with(won["access"]).get(PRIVATE), 401, "token_not_valid")
    assert client_with(other.access).get(PRIVATE).status_code == 200
    assert f"account {viewer.pk} was replayed" in caplog.text
    assert tokens.refresh not in caplog.text


def test_who_lost_a_race_and_then_waited_long_is_told_so(viewer: User) -> None:
    """Its request came in time, and other exchanges of the session were faster."""
    at = timezone.now()
    tokens = tokens_of(viewer)
    won = sessions.rotate(refresh=tokens.refresh, at=at)
    sessions.rotate(refresh=won.refresh, at=at + timedelta(seconds=30))

    with pytest.raises(sessions.APIError, match="token_reused"):
        sessions.rotate(refresh=tokens.refresh, at=at)

    assert Session.objects.count() == 1


def test_spent_tokens_do_not_pile_up(viewer: User) -> None:
    at = timezone.now()
    token = tokens_of(viewer).refresh

    for minutes in range(5):
        token = sessions.rotate(refresh=token, at=at + timedelta(minutes=minutes)).refresh

    assert SpentRefreshToken.objects.count() == 1


CLAIMS: dict[str, tuple[Any, ...]] = {
    "token_type": (None, "refresh!", 1, ["access"]),
    "exp": (None, "", "soon", -1, 0, 10**30, 1e400, [], {}, True, "9" * 1000),
    "jti": (None, "", 7, [], "not a uuid"),
    "user_id": (None, "", "seven", "7 or 1", [], True, 1.5, "9" * 1000, -1, 2**63, "\x00"),
    "sid": (None, "", 7, [], {}, "not a uuid", "\x00" * 32, str(uuid4())),
}


@pytest.mark.parametrize("kind", [SessionAccessToken, SessionRefreshToken])
@pytest.mark.parametrize("claim", CLAIMS)
def test_a_token_with_a_claim_that_is_missing_or_nonsense_is_none(
    client: APIClient, viewer: User, kind: type[SessionToken], claim: str
) -> None:
    payload = kind.of(session_of(viewer)).payload
    without = {name: value for name, value in payload.items() if name != claim}
    is_read = claim != "jti" or kind is SessionRefreshToken

    for value in CLAIMS[claim] if is_read else ():
        assert_is_none(client, signed({**payload, claim: value}))
    assert_is_none(client, signed(without))


def assert_is_none(client: APIClient, token: str) -> None:
    """Nothing that takes a token takes this one, and nothing is changed."""
    before = everything_written()

    response = client_with(token).get(PRIVATE)
    refused(response, 401, "token_not_valid")
    assert response["WWW-Authenticate"] == BAD_TOKEN
    refused(client.post(VERIFY, {"token": token}), 401, "token_not_valid")
    refused(refresh(client, token), 401, "token_not_valid")
    # Logging out of a session that has ended already succeeds, and this names none that lives.
    assert client.post(LOGOUT, {"refresh": token}).status_code in (204, 401)

    assert everything_written() == before


@pytest.mark.parametrize("kind", [SessionAccessToken, SessionRefreshToken])
def test_a_token_that_names_anothers_session_is_none(
    client: APIClient, viewer: User, kind: type[SessionToken]
) -> None:
    payload = kind.of(session_of(viewer)).payload

    assert_is_none(client, signed({**payload, "user_id": str(make_user().pk)}))


def access_of(session: Session) -> str:
    return token_pair(session).access


def claims_of(session: Session) -> dict[str, Any]:
    payload: dict[str, Any] = SessionAccessToken.of(session).payload
    return payload


def with_body_of_the_other_kind(session: Session) -> str:
    head, _, signature = access_of(session).split(".")
    return f"{head}.{token_pair(session).refresh.split('.')[1]}.{signature}"


FORGERIES: dict[str, Callable[[Session], str]] = {
    "no token": lambda _: "x",
    "three letters": lambda _: "a.b.c",
    "no algorithm": lambda session: unsigned(claims_of(session), algorithm="none"),
    "no algorithm, in capitals": lambda session: unsigned(claims_of(session), algorithm="NONE"),
    "no signature": lambda session: access_of(session).rpartition(".")[0] + ".",
    "a longer signature": lambda session: access_of(session) + "x",
    "another body": with_body_of_the_other_kind,
    "another key": lambda session: signed(claims_of(session), key="not-ours-" + "0" * 50),
    "the key of cookies": lambda session: signed(claims_of(session), key=settings.SECRET_KEY),
    "a list": lambda _: signed(b"[]"),
    "no JSON": lambda _: signed(b"{"),
    "no UTF-8": lambda _: signed(b"\xff"),
    "a number": lambda _: signed(b"7"),
    "nested deeply": lambda _: "W1tb" * 500 + ".e30.e30",
    "nested deeply and signed": lambda _: signed(b"[" * 1000),
    "of simplejwt": lambda session: str(AccessToken.for_user(session.user)),
    "of simplejwt, to refresh": lambda session: str(RefreshToken.for_user(session.user)),
    "expired": lambda session: expired_access(session.user),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_what_was_not_signed_by_us_as_it_stands_is_no_token(
    client: APIClient, viewer: User, name: str
) -> None:
    assert_is_none(client, FORGERIES[name](session_of(viewer)))


@pytest.mark.parametrize("text", ["a\x00.b.c", "x" * 2049, 7, None, ["x"], "", "\ud800.e30.e30"])
def test_what_is_no_text_of_a_token_is_refused_by_field(client: APIClient, text: Any) -> None:
    for url, name in ((VERIFY, "token"), (REFRESH, "refresh"), (LOGOUT, "refresh")):
        body = json.dumps({name: text})
        response = client.generic("POST", url, body, content_type="application/json")

        assert response.status_code == 400


def test_an_access_token_is_not_exchanged_and_a_refresh_token_opens_nothing(
    client: APIClient, viewer: User
) -> None:
    tokens = tokens_of(viewer)

    refused(refresh(client, tokens.access), 401, "token_not_valid")
    refused(client.post(LOGOUT, {"refresh": tokens.access}), 401, "token_not_valid")
    refused(client_with(tokens.refresh).get(PRIVATE), 401, "token_not_valid")

    assert client_with(tokens.access).get(PRIVATE).status_code == 200
    assert refresh(client, tokens.refresh).status_code == 200


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Bearer x", "token_not_valid"),
        ("Bearer", "token_not_valid"),
        ("bearer", "token_not_valid"),
        ("Bearer a b", "token_not_valid"),
        ("Bearer a b c", "token_not_valid"),
        ("Bearer é.é.é", "token_not_valid"),
        ("Bearer \x00", "token_not_valid"),
        ("Bearer " + "W1tb" * 1500 + ".e30.e30", "token_not_valid"),
        ("Basic YTpi", "not_authenticated"),
        ("é", "not_authenticated"),
        ("\xa0\x85", "not_authenticated"),
        ("   ", "not_authenticated"),
        ("", "not_authenticated"),
    ],
)
def test_a_malformed_authorization_header_is_refused(
    client: APIClient, db: None, header: str, code: str
) -> None:
    client.credentials(HTTP_AUTHORIZATION=header)

    response = client.get(PRIVATE)

    refused(response, 401, code)
    assert response["WWW-Authenticate"] == (BAD_TOKEN if code == "token_not_valid" else CHALLENGE)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", " Bearer "])
def test_the_scheme_is_taken_in_any_case_of_letters(
    client: APIClient, viewer: User, scheme: str
) -> None:
    client.credentials(HTTP_AUTHORIZATION=f"{scheme} {tokens_of(viewer).access}")

    assert client.get(PRIVATE).status_code == 200


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_a_good_token_is_verified_with_its_kind_and_end(
    client: APIClient, viewer: User, kind: str
) -> None:
    session = session_of(viewer)
    token = getattr(token_pair(session), kind)
    before = everything_written()

    response = client.post(VERIFY, {"token": token})

    said = response.json()
    assert (response.status_code, said["token_type"]) == (200, kind)
    expires_at = parse_datetime(said["expires_at"])
    assert expires_at is not None
    if kind == "refresh":
        assert expires_at == session.expires_at.replace(microsecond=0)
    else:
        assert timedelta(minutes=14) < expires_at - timezone.now() <= timedelta(minutes=15)
    assert everything_written() == before


def test_a_spent_token_is_not_verified_and_its_session_lives(
    client: APIClient, viewer: User
) -> None:
    tokens = tokens_of(viewer)
    won = refresh(client, tokens.refresh).json()

    refused(client.post(VERIFY, {"token": tokens.refresh}), 401, "token_not_valid")

    assert client.post(VERIFY, {"token": won["refresh"]}).status_code == 200


def test_tokens_of_a_session_that_ran_out_are_none(client: APIClient, viewer: User) -> None:
    tokens = tokens_of(viewer)
    Session.objects.update(expires_at=timezone.now())

    refused(client_with(tokens.access).get(PRIVATE), 401, "token_not_valid")
    refused(client.post(VERIFY, {"token": tokens.access}), 401, "token_not_valid")
    refused(client.post(VERIFY, {"token": tokens.refresh}), 401, "token_not_valid")
    refused(refresh(client, tokens.refresh), 401, "token_not_valid")


@pytest.mark.parametrize(
    ("url", "body"),
    [
        (LOGIN, {"email": "nobody@example.com", "password": PASSWORD}),
        (REFRESH, {"refresh": "x"}),
        (VERIFY, {"token": "x"}),
        (LOGOUT, {"refresh": "x"}),
        (LOGOUT, {}),
        ("/api/v1/auth/logout-all/", {}),
    ],
)
def test_refusals_about_tokens_are_kept_by_nobody(
    client: APIClient, db: None, url: str, body: dict[str, str]
) -> None:
    response = client.post(url, body)

    assert response.status_code in (400, 401)
    assert response["Cache-Control"] == "no-store"
