"""What `manage.py sync` can be asked for, and what it refuses, plans or leaves alone."""

from typing import Any

import pytest
import redis
from pytest_django import Settings

from apps.movies.models import SyncRun
from services.catalog.starting import KINDS
from tests.tmdb_server.stand_in import StandIn
from tests.workers.management.shell import Shell
from tests.workers.messages import drain
from workers.management.commands.sync import Command

pytestmark = pytest.mark.django_db(transaction=True)

NO_CREDENTIAL = "Neither TMDB_API_TOKEN nor TMDB_API_KEY is set: nothing was done."
# Each option, the kind that it belongs to, and its name in words.
OPTIONS = [
    (("550",), "movies", "tmdb ids"),
    (("--limit", "5"), "export", "limit"),
    (("--min-popularity", "0"), "export", "min popularity"),
    (("--ids-only",), "export", "ids only"),
    (("--older-than-days", "30"), "refresh", "older than days"),
]


@pytest.fixture
def sync(capsys: pytest.CaptureFixture[str], broker: redis.Redis) -> Shell:
    return Shell(Command, "sync", capsys)


@pytest.fixture
def credential(settings: Settings) -> None:
    settings.TMDB_API_KEY = "secret"


def nothing_was_asked_for(broker: redis.Redis) -> bool:
    return not SyncRun.objects.exists() and drain(broker) == []


@pytest.mark.parametrize(
    ("arguments", "scope"),
    [
        (["genres"], {}),
        (["trending"], {}),
        (["lists"], {}),
        (["movies", "603", "550", "603"], {"tmdb_ids": [603, 550]}),
        (["movies", "2147483647"], {"tmdb_ids": [2**31 - 1]}),
        (["changes"], {}),
        (["export"], {}),
        (
            ["export", "--limit", "5", "--min-popularity", "2.5", "--ids-only"],
            {"limit": 5, "min_popularity": 2.5, "ids_only": True},
        ),
        (["export", "--min-popularity", "0"], {"min_popularity": 0.0}),
        (["refresh"], {}),
        (["refresh", "--older-than-days", "3650"], {"older_than_days": 3650}),
        (["blank"], {}),
    ],
    ids=" ".join,
)
def test_each_kind_has_its_scope(
    sync: Shell, credential: None, arguments: list[str], scope: dict[str, Any]
) -> None:
    ended = sync(*arguments, "--no-wait")

    run = SyncRun.objects.get()
    assert (ended.code, ended.errors) == (0, "")
    assert (run.kind, run.scope) == (arguments[0], scope)
    assert run.priority == SyncRun.Priority.ADMIN


@pytest.mark.parametrize(
    ("kind", "option"),
    [(kind, option) for option in OPTIONS for kind in KINDS if kind != option[1]],
)
@pytest.mark.usefixtures("credential")
def test_an_option_of_another_kind_is_refused(
    sync: Shell,
    broker: redis.Redis,
    kind: str,
    option: tuple[tuple[str, ...], str, str],
) -> None:
    words, owner, name = option

    ended = sync(kind, *words)

    assert (ended.code, ended.output) == (2, "")
    assert ended.errors == f"CommandError: {name} goes with {owner}, not {kind}\n"
    assert nothing_was_asked_for(broker)


def test_movies_need_ids(sync: Shell, credential: None, broker: redis.Redis) -> None:
    ended = sync("movies")

    assert (ended.code, ended.output) == (2, "")
    assert ended.errors == "CommandError: movies needs ids: sync movies 550 603\n"
    assert nothing_was_asked_for(broker)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("", "the following arguments are required: KIND, ID"),
        ("everything", "argument KIND: invalid choice: 'everything'"),
        ("movies x", "argument ID: x is no positive whole number"),
        ("movies 0", "argument ID: 0 is no positive whole number"),
        ("movies -5", "argument ID: -5 is no positive whole number"),
        ("movies 5.5", "argument ID: 5.5 is no positive whole number"),
        ("movies ²", "argument ID: ² is no positive whole number"),
        ("movies 2147483648", "argument ID: 2147483648 is no TMDb id"),
        ("export --limit 0", "argument --limit: 0 is no positive whole number"),
        ("export --limit ten", "argument --limit: ten is no positive whole number"),
        ("export --limit 2147483648", "argument --limit: 2147483648 is more than TMDb can have"),
        ("export --min-popularity -1", "argument --min-popularity: -1 is no popularity"),
        ("export --min-popularity nan", "argument --min-popularity: nan is no popularity"),
        ("export --min-popularity inf", "argument --min-popularity: inf is no popularity"),
        ("export --min-popularity much", "argument --min-popularity: much is no popularity"),
        ("refresh --older-than-days 0", "argument --older-than-days: 0 is no positive whole"),
        ("refresh --older-than-days 3651", "argument --older-than-days: 3651 days are more than"),
    ],
)
def test_wrong_usage_is_told_and_does_nothing(
    sync: Shell, credential: None, broker: redis.Redis, arguments: str, error: str
) -> None:
    ended = sync(*arguments.split())

    assert (ended.code, ended.output) == (2, "")
    assert f"manage.py sync: error: {error}" in ended.errors
    assert nothing_was_asked_for(broker)


@pytest.mark.parametrize("options", [(), ("--plan",), ("--no-wait",)], ids=" ".join)
def test_more_than_a_thousand_titles_are_wrong_usage(
    sync: Shell, broker: redis.Redis, options: tuple[str, ...]
) -> None:
    ended = sync("movies", *range(1, 1002), *options)

    assert (ended.code, ended.output) == (2, "")
    assert ended.errors == "CommandError: movies takes at most 1,000 ids at once\n"
    assert nothing_was_asked_for(broker)


def test_a_thousand_titles_are_asked_for_even_if_one_is_named_twice(
    sync: Shell, credential: None
) -> None:
    assert sync("movies", 1, *range(1, 1001), "--no-wait").code == 0

    assert SyncRun.objects.get().scope == {"tmdb_ids": list(range(1, 1001))}


def test_a_run_that_can_take_no_more_titles_refuses_them(
    sync: Shell, credential: None, broker: redis.Redis
) -> None:
    scope = {"tmdb_ids": list(range(1, 9_501))}
    SyncRun.objects.create(kind="movies", scope=scope)

    ended = sync("movies", *range(10_000, 10_501))

    assert (ended.code, ended.output) == (1, "")
    assert ended.errors == "CommandError: Nothing was done: more than 10,000 titles at once.\n"
    assert SyncRun.objects.get().scope == scope
    assert drain(broker) == []


@pytest.mark.parametrize(
    ("arguments", "plan"),
    [
        ("genres", "calls: about 2\nminutes: about 0.0\nrows: about 20\n"),
        ("trending", "calls: about 126\nminutes: about 0.1\nrows: about 120\n"),
        ("lists", "calls: about 252\nminutes: about 0.2\nrows: about 240\n"),
        ("movies 5 6 5", "calls: 2\nminutes: 0.0\nrows: 2\n"),
        ("changes", "calls: about 304\nminutes: about 0.3\nrows: about 0\n"),
        (
            "export",
            "calls: about 1,240,001\nminutes: about 1,033.3\nrows: about 1,240,000\n",
        ),
        ("export --limit 2400", "calls: about 2,401\nminutes: about 2.0\nrows: about 2,400\n"),
        ("refresh", "calls: 0\nminutes: 0.0\nrows: 0\n"),
        ("blank", "calls: 0\nminutes: 0.0\nrows: 0\n"),
    ],
)
def test_a_plan_is_told_without_a_credential_and_does_nothing(
    sync: Shell, settings: Settings, broker: redis.Redis, arguments: str, plan: str
) -> None:
    settings.TMDB_LIST_PAGES = 3
    settings.TMDB_REQUESTS_PER_SECOND = 20.0

    ended = sync(*arguments.split(), "--plan")

    assert (ended.code, ended.errors) == (0, "")
    assert ended.output == f"{plan}Nothing was done.\n"
    assert nothing_was_asked_for(broker)


def test_a_plan_asks_nothing_of_tmdb(sync: Shell, tmdb: StandIn, broker: redis.Redis) -> None:
    for kind in KINDS:
        assert sync(kind, *(["5"] if kind == "movies" else []), "--plan").code == 0

    assert tmdb.arrivals() == []
    assert nothing_was_asked_for(broker)


@pytest.mark.parametrize("options", [(), ("--no-wait",)], ids=["here", "left to the workers"])
def test_without_a_credential_nothing_is_done(
    sync: Shell, broker: redis.Redis, options: tuple[str, ...]
) -> None:
    ended = sync("genres", *options)

    assert (ended.code, ended.output) == (1, "")
    assert ended.errors == f"CommandError: {NO_CREDENTIAL}\n"
    assert nothing_was_asked_for(broker)


def test_the_help_names_kinds_and_exit_codes(sync: Shell) -> None:
    ended = sync("--help")

    told = " ".join(ended.output.split())
    assert (ended.code, ended.errors) == (0, "")
    assert f"KIND {', '.join(KINDS)}" in told
    for kind in KINDS:
        assert f" {kind} (" in told or f" {kind}; " in told
    assert (
        "Exit codes: 0 done, 1 failed, cancelled or refused, 2 wrong usage, 130 interrupted."
        in told
    )
