"""Values that cannot be used are refused before anything starts, all of them in one line."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from limits import parse_many

from movie_backend import environment_check
from movie_backend.settings import base

from .production import REQUIRED, run_python

SECRET = "hunter2hunter2"
MAX_AGE = "HEALTH_MAX_AGE_SECONDS"
CANARY = "HEALTH_CANARY_SECONDS"
GUNICORN = ("--config", "python:movie_backend.gunicorn", "movie_backend.wsgi:application")
PROGRAMS = {
    "command": ("manage.py", "check"),
    "web": ("-m", "gunicorn", *GUNICORN),
    "worker": ("-m", "celery", "-A", "workers", "worker"),
    "beat": ("-m", "celery", "-A", "workers", "beat", "--pidfile="),
}
COUNTS = (
    *("WEB_CONCURRENCY", "WEB_THREADS", "HEALTH_BEAT_SECONDS", CANARY, MAX_AGE),
    *("RECOMMENDER_MIN_USERS", "RECOMMENDER_MIN_RATINGS_PER_USER", "REALTIME_HIGH_WATER_MARK"),
)
UNFIT = [
    *(("LOG_FORMAT", value) for value in ("", "xml", "JSON")),
    *(("LOG_LEVEL", value) for value in ("", "verbose", "info")),
    *(("CELERY_LOG_LEVEL", value) for value in ("", "loud")),
    *(
        ("DATABASE_URL", value)
        for value in (
            *("nonsense", f"mysql://nexus:{SECRET}@db/nexus", f"postgres://nexus:{SECRET}@db"),
            *(f"postgres://nexus:{SECRET}@db:port/nexus", f"postgres://nexus:{SECRET}@/nexus"),
        )
    ),
    *(
        ("REDIS_URL", value)
        for value in ("nonsense", f"amqp://{SECRET}@mq/0", f"redis://:{SECRET}@/0", "redis://r/a")
    ),
    *(
        (name, value)
        for name in ("STATEMENT_TIMEOUT_MS", "LOCK_TIMEOUT_MS")
        for value in ("", "abc", "-1", "1.5", "9999999999")
    ),
    *(
        (name, value)
        for name in ("CORS_ALLOWED_ORIGINS", "CSRF_TRUSTED_ORIGINS")
        for value in (
            *("*", "https://*", "https://*.app.example", "app.example", "null", "https://"),
            *("https://app.example/", "https://app.example/x", "https://a.example;https://b"),
            *("ftp://app.example", "https://app.example:port", "https://a.example,*"),
        )
    ),
    *(
        (name, value)
        for name in ("EMAIL_VERIFICATION_URL", "PASSWORD_RESET_URL")
        for value in (
            *("https://app.example/reset", "http://app.example/{token}", "/reset/{token}"),
            *("https://app.example/{token}/{token}", "javascript:{token}", "https:///{token}"),
        )
    ),
    *(("EMAIL_URL", value) for value in ("nonsense", f"imap://{SECRET}@mail", "smtp:", "smtp:///")),
    *(
        ("EMAIL_URL", f"submission://nexus:{SECRET}{rest}")
        for rest in ("@mail.example?timeout=5", "@mail.example/#part", "#@mail.example")
    ),
    *(("ALERT_EMAILS", value) for value in ("ops", "a@b.example, c", "a@b.example\nBcc: c@d")),
    *(("DEFAULT_FROM_EMAIL", value) for value in ("Nexus", "a@b\nBcc: c@d", "Nexus <>")),
    *(("PORT", value) for value in ("", "http", "0", "-1", "65536")),
    *((name, value) for name in COUNTS for value in ("", "many", "0", "-3", "1.5")),
    *(("HEALTH_TIMEOUT_SECONDS", value) for value in ("", "soon", "0", "-1", "nan", "inf")),
    *(
        (f"TMDB_{name}_TIMEOUT_SECONDS", value)
        for name in ("CONNECT", "READ")
        for value in ("", "soon", "0", "-1", "nan")
    ),
    *(("TMDB_API_TOKEN", value) for value in ("two words", "a\nCookie: b", "t\u00f6ken")),
    *(("TMDB_API_KEY", value) for value in ("abc", "0" * 31, "g" * 32, "A" * 32, "0" * 33)),
    *(
        (name, value)
        for name in ("TMDB_URL", "TMDB_EXPORT_URL")
        for value in (
            *("", "nonsense", "http://tmdb.example/3", "http://10.0.0.1/3", "ftp://localhost/"),
            *(f"https://a:{SECRET}@tmdb.example", "https://tmdb.example?x", "https:///3"),
            *("https://tmdb.example/3#x", "https://tmdb.example:port/3", "https://t\u00f6.example"),
        )
    ),
    *(
        ("TMDB_REQUESTS_PER_SECOND", value)
        for value in ("", "many", "0", "-1", "0.001", "1001", "nan", "inf")
    ),
    *(("TMDB_LANGUAGE", value) for value in ("", "english", "EN", "en_US", "en-us", "en-US ,de")),
    *(
        ("TMDB_POSTER_LANGUAGES", value)
        for value in ("german", "DE", "de-DE", "de;fr", "de fr", "deu", "null", "de,\u00e4\u00f6")
    ),
    *((name, value) for name in ("DEBUG", "SIMULATED_VIEWERS") for value in ("", "perhaps")),
    *(("RECOMMENDER_MAX_CHURN", value) for value in ("", "half", "-0.1", "1.1", "50%", "nan")),
    *(
        (name, value)
        for name in ("RECOMMENDER_MODEL", "RECOMMENDER_PIPELINE")
        for value in ("", "{", "[]", "1", "null", "limit: 20")
    ),
    *(("RECOMMENDER_GATE_MARGIN", value) for value in ("", "little", "-0.1", "1.1", "nan")),
    *(("TRUSTED_PROXY_COUNT", value) for value in ("", "one", "-1", "11", "1.5")),
    *(
        ("THROTTLE_LOGIN_ACCOUNT", value)
        for value in ("", "10", "0/minute", "10/fortnight", "10/minute,", "10/minute;", "-1/hour")
    ),
    *((f"THROTTLE_{scope.upper()}", "often") for scope in base.THROTTLE_RATES),
]
FIT = {
    "LOG_FORMAT": ("json", "console"),
    "LOG_LEVEL": ("DEBUG", "WARNING"),
    "DATABASE_URL": ("postgresql://u:p%40@[::1]:5433/db?sslmode=require", "postgres://h/db"),
    "REDIS_URL": ("rediss://user:p@r.example:6380/3", "redis://r", "redis://r/"),
    "STATEMENT_TIMEOUT_MS": ("0", "10000"),
    "LOCK_TIMEOUT_MS": ("0", "5000"),
    "CORS_ALLOWED_ORIGINS": ("", "https://a.example, http://localhost:3000"),
    "CSRF_TRUSTED_ORIGINS": ("https://admin.example:8443",),
    "EMAIL_VERIFICATION_URL": ("", "https://app.example/verify?token={token}"),
    "PASSWORD_RESET_URL": ("https://app.example/reset#{token}", "http://localhost:3000/{token}"),
    "EMAIL_URL": ("smtp://localhost", "smtps://user:p%40ss@mail.example:465", "smtp://relay:2525"),
    "ALERT_EMAILS": ("", "ops@nexus.example", "ops@nexus.example, ada@nexus.example"),
    "DEFAULT_FROM_EMAIL": ("nexus@nexus.example", "Nexus <nexus@nexus.example>"),
    "PORT": ("1", "65535"),
    "HEALTH_TIMEOUT_SECONDS": ("0.5", "2"),
    "TMDB_API_TOKEN": ("", "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.a_b-c"),
    "TMDB_API_KEY": ("", "0123456789abcdef" * 2),
    "TMDB_URL": ("https://tmdb.example/3", "http://127.0.0.1:8123/3", "http://localhost:1"),
    "TMDB_EXPORT_URL": ("https://tmdb.example:8443/p/exports", "http://[::1]:8123/p"),
    "TMDB_REQUESTS_PER_SECOND": ("0.01", "0.5", "30", "1000"),
    "TMDB_LANGUAGE": ("en", "pt-BR"),
    "TMDB_POSTER_LANGUAGES": ("", "de", "de,fr", " de, pt ,ja"),
    "TMDB_CONNECT_TIMEOUT_SECONDS": ("3", "0.5"),
    "DEBUG": ("true", "0"),
    "RECOMMENDER_GATE_MARGIN": ("0", "0.02", "1"),
    "RECOMMENDER_MODEL": ("{}", '{"ials": {"factors": 64}}'),
    "RECOMMENDER_PIPELINE": ("{}", '{"limit": 100, "half_life": null}'),
    "RECOMMENDER_MAX_CHURN": ("0", "0.35", "1"),
    "TRUSTED_PROXY_COUNT": ("0", "1", "10"),
    "THROTTLE_LOGIN_ACCOUNT": ("1/second", "10/minute;100/hour;1000/day"),
}


@pytest.mark.parametrize("rates", [*base.THROTTLE_RATES.values(), *FIT["THROTTLE_LOGIN_ACCOUNT"]])
def test_a_fit_rate_can_be_read(rates: str) -> None:
    assert len(parse_many(rates)) == rates.count(";") + 1


def faults(monkeypatch: pytest.MonkeyPatch, *, in_production: bool, **given: str) -> str:
    """The line that refuses the environment; empty if it is accepted."""
    for name, value in {**REQUIRED, **given}.items():
        monkeypatch.setenv(name, value)
    try:
        environment_check.check(in_production=in_production)
    except ImproperlyConfigured as error:
        return str(error)
    return ""


@pytest.mark.parametrize("in_production", [True, False])
@pytest.mark.parametrize(("name", "value"), UNFIT)
def test_an_unfit_value_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, *, name: str, value: str, in_production: bool
) -> None:
    text = faults(monkeypatch, in_production=in_production, **{name: value})

    assert f"environment is at fault: {name} must " in text
    assert text.count(" must ") == 1
    assert "\n" not in text
    assert SECRET not in text


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in FIT.items() for value in values]
)
def test_a_fit_value_is_accepted(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    assert faults(monkeypatch, in_production=True, **{name: value}) == ""


@pytest.mark.parametrize(
    "url",
    [
        f"smtp://nexus:{SECRET}@mail.example",
        f"smtp://nexus:{SECRET}@localhost",
        "smtp://nexus@relay",
        *("smtp://mail.example", "smtp://192.0.2.1", "smtp://[2001:db8::1]", "smtp://134744072"),
    ],
)
def test_production_sends_no_mail_in_clear_text(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    text = faults(monkeypatch, in_production=True, EMAIL_URL=url)

    assert "at fault: EMAIL_URL sends in clear text: use submission:// (STARTTLS)" in text
    assert SECRET not in text
    assert faults(monkeypatch, in_production=False, EMAIL_URL=url) == ""


@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        ({MAX_AGE: "31", CANARY: "30"}, True),
        ({MAX_AGE: "30", CANARY: "30"}, False),
        ({MAX_AGE: "10"}, False),
        ({MAX_AGE: "11"}, True),
        ({CANARY: "30"}, False),
        ({CANARY: "29"}, True),
    ],
)
def test_heartbeats_live_longer_than_the_canaries_interval(
    monkeypatch: pytest.MonkeyPatch, *, given: dict[str, str], accepted: bool
) -> None:
    text = faults(monkeypatch, in_production=True, **given)

    assert (text == "") == accepted
    assert accepted or f"at fault: {MAX_AGE} must be above {CANARY}." in text


@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        ({"TMDB_REFRESH_DAYS": "179"}, True),
        ({"TMDB_REFRESH_DAYS": "180"}, False),
        ({"TMDB_CACHE_DAYS": "151"}, True),
        ({"TMDB_CACHE_DAYS": "150"}, False),
    ],
)
def test_films_are_refreshed_before_they_would_be_blanked(
    monkeypatch: pytest.MonkeyPatch, *, given: dict[str, str], accepted: bool
) -> None:
    text = faults(monkeypatch, in_production=True, **given)

    assert (text == "") == accepted
    assert accepted or "at fault: TMDB_CACHE_DAYS must be above TMDB_REFRESH_DAYS." in text


def test_the_token_of_metrics_cannot_be_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    short, long = "m" * 15, "m" * 16

    assert faults(monkeypatch, in_production=True, METRICS_TOKEN=long) == ""
    text = faults(monkeypatch, in_production=True, METRICS_TOKEN=short)

    assert "METRICS_TOKEN is shorter than 16 characters" in text
    assert short not in text


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("settings", ["production", "local"])
def test_every_program_names_all_faults_in_one_line_and_ends(settings: str, name: str) -> None:
    wrong = {
        "DATABASE_URL": f"mysql://nexus:{SECRET}@db/nexus",
        "LOG_LEVEL": "verbose",
        "PORT": "http",
        "STATEMENT_TIMEOUT_MS": "abc",
        "WEB_THREADS": "0",
    }
    module = f"movie_backend.settings.{settings}"

    refused = run_python(*PROGRAMS[name], **{**REQUIRED, **wrong}, DJANGO_SETTINGS_MODULE=module)

    assert refused.returncode == 3
    assert refused.stdout == ""
    (line,) = refused.stderr.splitlines()
    assert all(f"{variable} must " in line for variable in wrong)
    assert SECRET not in line
