"""What the API's tests share: clients with real tokens, and the shape of an error."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.dispatch import Signal
from django.utils import timezone
from rest_framework.response import Response
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
from apps.recommendations.models import Explanation, Impression
from apps.users.actions.sessions import Client, open_session
from apps.users.models import AccountMail, Session, SpentRefreshToken, User
from apps.users.tokens import SessionAccessToken, TokenPair, token_pair

# What viewers' writes change.
WRITTEN: tuple[type[Any], ...] = (
    User,
    Session,
    SpentRefreshToken,
    AccountMail,
    Favorite,
    Rating,
    WatchEntry,
    WatchlistEntry,
    NotInterested,
    SavedSearch,
    IdempotencyKey,
    Taste,
    Explanation,
    Impression,
)


def client_of(user: User) -> APIClient:
    """A client that sends an access token of the user, as the login endpoint gives them."""
    return client_with(tokens_of(user).access)


def session_of(user: User) -> Session:
    return open_session(user=user, client=Client(), at=timezone.now())


def access_of(session: Session) -> str:
    """An access token of the session."""
    return str(SessionAccessToken.of(session))


def tokens_of(user: User) -> TokenPair:
    """Tokens of a new session."""
    return token_pair(session_of(user))


def client_with(token: str) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def expired_access(user: User) -> str:
    token = SessionAccessToken.of(session_of(user))
    token.set_exp(lifetime=timedelta(seconds=-1))
    return str(token)


def error_of(response: Response) -> dict[str, Any]:
    """The error of a response, after checking that it has the one shape."""
    body = response.json()
    assert body.keys() == {"error"}
    error: dict[str, Any] = body["error"]
    assert error.keys() == {"code", "message", "details", "request_id"}
    assert isinstance(error["message"], str)
    assert error["message"]
    assert isinstance(error["details"], dict)
    assert error["request_id"] == response["X-Request-ID"]
    assert response["Content-Type"] == "application/json"
    return error


def refused(response: Response, status: int, code: str) -> dict[str, Any]:
    assert (response.status_code, error_of(response)["code"]) == (status, code)
    return error_of(response)


def everything_written() -> dict[str, list[dict[str, Any]]]:
    """All rows that viewers' writes change: equal before and after a refused write."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in WRITTEN}


@contextmanager
def listening(*signals: Signal) -> Iterator[list[tuple[Signal, dict[str, Any]]]]:
    """What is announced inside the block: the signals and their payloads, in order."""
    announced: list[tuple[Signal, dict[str, Any]]] = []

    def receive(signal: Signal, **payload: Any) -> None:
        payload.pop("sender")
        announced.append((signal, payload))

    for signal in signals:
        signal.connect(receive, weak=False, dispatch_uid="tests")
    try:
        yield announced
    finally:
        for signal in signals:
            signal.disconnect(dispatch_uid="tests")
