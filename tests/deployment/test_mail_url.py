"""What EMAIL_URL says reaches the connection that sends mail."""

from typing import Any

import pytest
from django.core.mail import get_connection
from django.test import override_settings

from movie_backend.mail_url import mail_settings

SERVER = {"host": "mail.example.com", "username": "", "password": ""}
PLAIN = {"use_tls": False, "use_ssl": False}


@pytest.mark.parametrize(
    ("url", "connection"),
    [
        ("smtp://mail.example.com", SERVER | PLAIN | {"port": 25}),
        ("smtp://localhost:2525", PLAIN | {"host": "localhost", "port": 2525}),
        (
            "submission://nexus:p%40ss%3Aw%2Frd@mail.example.com",
            {
                **SERVER,
                "username": "nexus",
                "password": "p@ss:w/rd",
                "port": 587,
                "use_tls": True,
                "use_ssl": False,
            },
        ),
        (
            "submission://mail.example.com:2587",
            SERVER | {"port": 2587, "use_tls": True, "use_ssl": False},
        ),
        (
            "smtps://nexus%40example.com:secret@mail.example.com",
            {
                **SERVER,
                "username": "nexus@example.com",
                "password": "secret",
                "port": 465,
                "use_tls": False,
                "use_ssl": True,
            },
        ),
        ("file:///var/lib/nexus%20mails", {"file_path": "/var/lib/nexus mails"}),
        ("console:", {}),
        ("memory:", {}),
        ("dummy:", {}),
    ],
)
def test_a_mail_url_becomes_a_connection(
    url: str, connection: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.makedirs", lambda *_, **__: None)
    monkeypatch.setattr("os.access", lambda *_: True)

    with override_settings(**mail_settings(url)):
        made = get_connection()

    assert {name: getattr(made, name) for name in connection} == connection
