"""Mails from the request to the mailbox: real workers, and a folder instead of a mail server."""

import re
from collections.abc import Callable
from email import message_from_string, policy
from email.message import EmailMessage
from functools import partial
from itertools import count

import pytest
import requests

from .live import PASSWORD, LivePlatform

pytestmark = pytest.mark.flow

NEW_PASSWORD = "wrong donkey generator paperclip"
TOKEN = re.compile(r"^[0-9a-f]{32}\.[\w-]{43}$", re.MULTILINE)
_numbers = count(1)

Post = Callable[..., requests.Response]


def mails_to(platform: LivePlatform, email: str) -> list[EmailMessage]:
    """Those that have arrived, the oldest first."""
    texts = [
        text
        for file in platform.mails.glob("*.log")
        for text in re.split(r"^-{79}\n", file.read_text(), flags=re.MULTILINE)
    ]
    found = [message_from_string(text, policy=policy.default) for text in texts]
    return [mail for mail in found if mail["To"] == email]


def token_mailed(platform: LivePlatform, email: str, subject: str) -> str:
    def arrived() -> list[EmailMessage]:
        return [mail for mail in mails_to(platform, email) if mail["Subject"] == subject]

    (mail,) = platform.eventually(arrived)
    (token,) = TOKEN.findall(mail.get_content())
    return str(token)


@pytest.fixture
def post(platform: LivePlatform) -> Post:
    def send(path: str, **body: str) -> requests.Response:
        return requests.post(f"{platform.url}/auth/{path}/", json=body, timeout=30)

    return send


@pytest.fixture
def email(post: Post) -> str:
    """The address of an account that was just registered."""
    address = f"mailed{next(_numbers)}@example.com"
    assert post("register", email=address, password=PASSWORD).status_code == 201
    return address


def test_the_mail_of_a_registration_verifies_its_address(
    platform: LivePlatform, post: Post, email: str
) -> None:
    access = post("login", email=email, password=PASSWORD).json()["access"]
    profile = partial(
        requests.get,
        f"{platform.url}/auth/profile/",
        headers={"Authorization": f"Bearer {access}"},
        timeout=30,
    )
    assert profile().json()["email_verified"] is False

    token = token_mailed(platform, email, "Confirm your e-mail address")
    assert post("verify-email", token=token).status_code == 204

    assert profile().json()["email_verified"] is True


def test_a_forgotten_password_is_replaced_by_mail(
    platform: LivePlatform, post: Post, email: str
) -> None:
    tokens = post("login", email=email, password=PASSWORD).json()

    assert post("password-reset", email=email.upper()).status_code == 202
    token = token_mailed(platform, email, "Choose a new password")
    assert post("password-reset/confirm", token=token, new_password=NEW_PASSWORD).ok

    assert post("token/verify", token=tokens["access"]).status_code == 401
    assert post("token/refresh", refresh=tokens["refresh"]).status_code == 401
    assert post("login", email=email, password=PASSWORD).status_code == 401
    assert post("login", email=email, password=NEW_PASSWORD).status_code == 200
    platform.eventually(
        lambda: "Your password was changed" in [m["Subject"] for m in mails_to(platform, email)]
    )


def test_a_mail_that_was_asked_for_without_a_broker_is_sent_when_it_is_back(
    platform: LivePlatform, post: Post, email: str
) -> None:
    platform.valkey.kill()
    try:
        assert post("password-reset", email=email).status_code == 202
    finally:
        platform.valkey.start().wait_ready()

    token_mailed(platform, email, "Choose a new password")


def test_a_stranger_gets_no_mail(platform: LivePlatform, post: Post) -> None:
    stranger = f"stranger{next(_numbers)}@example.com"

    assert post("password-reset", email=stranger).status_code == 202
    platform.eventually(
        lambda: not platform.rows("SELECT FROM users_accountmail WHERE email = %s", stranger)
    )

    assert mails_to(platform, stranger) == []
