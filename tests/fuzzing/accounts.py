"""Accounts that fuzzed requests come from, made and used through the API itself."""

import base64
import json
import os
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import count
from typing import Any

import django
import requests

from tests.fuzzing.world import OPERATOR, VIEWER

PASSWORD = "correct horse battery staple"
TIMEOUT_SECONDS = 30
_numbers = count(1)


@dataclass(frozen=True)
class Login:
    """A session of an account."""

    email: str
    access: str
    refresh: str

    @property
    def session_id(self) -> str:
        claims = self.access.split(".")[1]
        padding = "=" * (-len(claims) % 4)
        return str(json.loads(base64.urlsafe_b64decode(claims + padding))["sid"])


def call(method: str, path: str, login: Login | None = None, **body: Any) -> Any:
    response = requests.request(
        method,
        f"{os.environ['FUZZED_API']}/{path}",
        json=body or None,
        headers={"Authorization": f"Bearer {login.access}"} if login else {},
        timeout=TIMEOUT_SECONDS,
    )
    response.raise_for_status()
    return response.json()


def log_in(email: str) -> Login:
    return Login(email, **call("POST", "auth/login/", email=email, password=PASSWORD))


def new_email() -> str:
    return f"fuzz{next(_numbers)}@example.com"


def new_account() -> Login:
    email = new_email()
    call("POST", "auth/register/", email=email, password=PASSWORD)
    return log_in(email)


@cache
def viewer() -> Login:
    """Whose favourites, ratings and list are asked for."""
    return log_in(VIEWER)


@cache
def operator() -> Login:
    """Who asks for syncs; no worker runs here that would do them."""
    return log_in(OPERATOR)


@cache
def traveller() -> str:
    """Who logs in and out all the time: the viewer's session would not outlive that."""
    return new_account().email


def mail_token(purpose: str) -> str:
    """The token of a mail that an account of its own was sent; no worker runs here."""
    django.setup()
    from django.utils import timezone

    from apps.users.mail_tokens import token_of
    from apps.users.models import AccountMail, User

    user = User.objects.get(email=new_account().email)
    now = timezone.now()
    mail = AccountMail.objects.create(
        purpose=purpose,
        email=user.email,
        user=user,
        requested_at=now,
        sent_at=now,
        expires_at=now + timedelta(hours=1),
    )
    return token_of(mail, user=user)
