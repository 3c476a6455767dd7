"""Who asks is proven to TMDb alone, and shown to nobody else."""

import logging
import pickle
import threading
import traceback
from pathlib import Path

import pytest
from django.conf import LazySettings
from redis import Redis

from services import tmdb as package
from services.tmdb.client import TMDbClient
from services.tmdb.credentials import Credential
from services.tmdb.errors import (
    CredentialError,
    NoCredentialError,
    RateLimitedError,
    TMDbError,
    UnavailableError,
)
from services.tmdb.limiter import KEY_PREFIX, Priority

from .conftest import TOKEN, Connect
from .server import Reply, TMDb

KEY = "0123456789abcdef0123456789abcdef"
GENRES = Reply(body={"genres": []})


def test_the_token_goes_before_the_key(connect: Connect, tmdb: TMDb) -> None:
    tmdb.always = GENRES

    connect(credential=Credential(token=TOKEN, key=KEY)).genres()
    connect(credential=Credential(key=KEY)).genres()

    by_token, by_key = tmdb.arrivals
    assert by_token.headers["authorization"] == f"Bearer {TOKEN}"
    assert "api_key" not in by_token.query
    assert by_key.query == {"language": "en-US", "api_key": KEY}
    assert "authorization" not in by_key.headers


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=401, body={"status_code": 7, "status_message": "Invalid API key."}),
        Reply(status=504, body=b"", content_type="text/html"),
        Reply(status=302, headers={"Location": "https://elsewhere.example/"}),
        Reply(body=b"{", declared_length=9),
        Reply(status=429, headers={"Retry-After": "0"}),
        Reply(body=b"x", headers={"Content-Encoding": "gzip"}),
        None,
    ],
)
@pytest.mark.parametrize("credential", [Credential(key=KEY), Credential(token=TOKEN)])
def test_no_text_tells_the_credential(
    connect: Connect,
    tmdb: TMDb,
    caplog: pytest.LogCaptureFixture,
    credential: Credential,
    reply: Reply | None,
) -> None:
    client = connect(credential=credential)
    if reply is None:
        tmdb.server_close()
    else:
        tmdb.always = reply

    with caplog.at_level(logging.DEBUG), pytest.raises(TMDbError) as raised:
        client.genres()

    told = "".join(traceback.format_exception(raised.value)) + repr(raised.value.__dict__)
    shown = f"{told}{caplog.text}{client!r}{vars(client)!r}{credential!r}"
    assert KEY not in shown
    assert TOKEN not in shown
    # Not even for a debugger that shows what a traceback leaves out.
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None or isinstance(raised.value.__context__, TMDbError)


def test_a_log_still_tells_which_address_was_asked(
    connect: Connect, tmdb: TMDb, caplog: pytest.LogCaptureFixture
) -> None:
    tmdb.always = GENRES
    client = connect(credential=Credential(key=KEY))

    with caplog.at_level(logging.DEBUG):
        client.genres()

    assert "/3/genre/movie/list?language=en-US&api_key=… HTTP/1.1" in caplog.text


def test_a_login_of_netrc_is_not_sent(
    connect: Connect, tmdb: TMDb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))
    tmdb.always = GENRES

    connect(credential=Credential(key=KEY)).genres()

    assert "authorization" not in tmdb.arrivals[0].headers


def test_cookies_are_not_kept(client: TMDbClient, tmdb: TMDb) -> None:
    tmdb.always = Reply(body={"genres": []}, headers={"Set-Cookie": "session=1; Path=/"})

    client.genres()
    client.genres()

    assert "cookie" not in tmdb.arrivals[1].headers


def test_threads_have_connections_of_their_own(client: TMDbClient, tmdb: TMDb) -> None:
    tmdb.always = GENRES
    client.genres()

    other = threading.Thread(target=client.genres)
    other.start()
    other.join()

    assert len({arrival.connection for arrival in tmdb.arrivals}) == 2


def test_without_a_credential_there_is_no_client(settings: LazySettings) -> None:
    settings.TMDB_API_TOKEN = settings.TMDB_API_KEY = ""

    assert not package.has_credential()
    with pytest.raises(NoCredentialError):
        package.client_from_settings()


@pytest.mark.parametrize("token", ["a b", "a\nb", "ä", "\0"])
def test_a_credential_that_is_none_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(CredentialError) as raised:
        Credential(token=token)

    assert token not in str(raised.value)


def test_the_settings_make_a_client(settings: LazySettings, tmdb: TMDb) -> None:
    settings.TMDB_API_TOKEN, settings.TMDB_API_KEY = TOKEN, KEY
    settings.TMDB_URL = f"{tmdb.url}/3/"
    settings.TMDB_LANGUAGE = "de-DE"
    tmdb.always = GENRES

    assert package.has_credential()
    for priority in Priority:
        package.client_from_settings(priority).genres()

    assert [arrival.query for arrival in tmdb.arrivals] == [{"language": "de-DE"}] * 3
    # They share a connection, and a pace whose name tells nothing.
    assert len({arrival.connection for arrival in tmdb.arrivals}) == 1
    keys = b" ".join(Redis.from_url(settings.REDIS_URL).scan_iter(f"{KEY_PREFIX}:*")).decode()
    assert not any(secret in keys for secret in (TOKEN, KEY, "127.0.0.1"))


def test_the_settings_name_the_languages_of_posters(settings: LazySettings, tmdb: TMDb) -> None:
    settings.TMDB_API_TOKEN, settings.TMDB_API_KEY = TOKEN, KEY
    settings.TMDB_URL = f"{tmdb.url}/3"
    tmdb.always = Reply(body={"id": 550, "title": "Fight Club"})

    package.client_from_settings().movie(550)
    settings.TMDB_POSTER_LANGUAGES = ["fr", "ja"]
    package.client_from_settings().movie(550)

    usual, chosen = (arrival.query["include_image_language"] for arrival in tmdb.arrivals)
    assert chosen == "en,fr,ja,null"
    assert {"en", "de", "fr", "ja", "null"} < set(usual.split(","))


@pytest.mark.parametrize(
    "error",
    [
        UnavailableError("away", http=503, status_code=9),
        RateLimitedError("slow", retry_after=3, http=429, status_code=25),
    ],
)
def test_an_error_can_be_sent_to_another_process(error: TMDbError) -> None:
    sent = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own

    assert type(sent) is type(error)
    assert str(sent) == str(error)
    assert vars(sent) == vars(error)
