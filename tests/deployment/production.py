"""Processes with production settings, started as a deployment starts them."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = "movie_backend.settings.production"
REQUIRED = {
    "SECRET_KEY": "s" * 50,
    "SIGNING_KEY": "t" * 50,
    "METRICS_TOKEN": "a token of metrics",
    "DATABASE_URL": "postgres://nexus:secret@127.0.0.1:1/nexus",
    "REDIS_URL": "redis://:secret@127.0.0.1:1/0",
    "ALLOWED_HOSTS": "nexus.example",
    "EMAIL_URL": "submission://nexus:secret@mail.example",
    "DEFAULT_FROM_EMAIL": "Nexus <nexus@nexus.example>",
}


def environment(**given: str) -> dict[str, str]:
    """This environment without what the test runner set for Nexus, and with what is given."""
    inherited = {name: value for name, value in os.environ.items() if name not in REQUIRED}
    return {**inherited, "DJANGO_SETTINGS_MODULE": SETTINGS, **given}


def random_key() -> str:
    return secrets.token_urlsafe(48)


def run_python(*arguments: str, **given: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(**given),
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
