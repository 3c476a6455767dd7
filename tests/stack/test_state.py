"""stack.json, ports and the configuration derived from them."""

import configparser
import json
import os
import re
import shlex
import socket
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from supervisor.datatypes import dict_of_key_value_pairs

from stack import logs, supervision
from stack.errors import StackError, tail
from stack.ports import is_free
from stack.programs import NEXUS, nexus_programs, nexus_steps
from stack.state import Folder, Ports, State
from stack.supervision import PLATFORM, SERVERS, Process, StartWatch, Status, Supervisor

from .conftest import ROOT

PORTS = Ports(web=1, flower=2, supervisor=3, postgres=4, redis=5)


def test_the_state_reads_back_as_it_was_written_for_its_owner_only(tmp_path: Path) -> None:
    folder = Folder(tmp_path / ".local")
    folder.create()
    state = replace(State.new(PORTS), database_url="postgres://x", redis_url="redis://y")

    folder.write(state)

    assert folder.read() == state
    assert stat.S_IMODE(folder.state_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    content = json.loads(folder.state_file.read_text())
    assert content["api_url"] == "http://127.0.0.1:1/api/v1"
    assert content["flower_url"] == "http://127.0.0.1:2"
    assert {"secret_key", "signing_key", "database_url", "redis_url"} <= content.keys()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"stack_id": 1}', "null"])
def test_a_state_file_that_makes_no_sense_counts_as_none(tmp_path: Path, text: str) -> None:
    folder = Folder(tmp_path)
    folder.state_file.write_text(text)

    assert folder.read() is None


def test_no_password_shows_in_a_printed_state() -> None:
    state = State.new(PORTS)

    shown = repr(state)

    for secret in (state.secret_key, state.admin.password, state.redis_password):
        assert secret not in shown


def test_ports_stay_as_far_as_they_are_free_and_never_repeat() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wanted = replace(Ports.free(preferred=None, is_free=is_free), web=taken.getsockname()[1])

        ports = Ports.free(preferred=wanted, is_free=is_free)

    assert ports.web != wanted.web
    assert ports.flower == wanted.flower
    doubled = replace(wanted, web=wanted.flower)
    again = Ports.free(preferred=doubled, is_free=is_free)
    assert len({again.web, again.flower, again.supervisor, again.postgres, again.redis}) == 5


def test_a_folder_of_someone_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)

    with pytest.raises(StackError, match="belongs to user id"):
        Folder(tmp_path).create()


def parse(text: str) -> configparser.RawConfigParser:
    # As supervisord reads it.
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";", "#"), strict=False)
    parser.read_string(text)
    return parser


def supervisor(folder: Path, root: Path = ROOT) -> Supervisor:
    return Supervisor(Folder(folder), root, 1, State.new(PORTS).supervisor, "id")


@pytest.mark.parametrize(
    "argument",
    ["plain", "two words", "a ;b", "a #b", "50%", "it's", '"quoted"', "a ;b #c 'd' %h", "ż"],
)
def test_every_argument_reaches_the_process_as_it_is(tmp_path: Path, argument: str) -> None:
    process = Process("web", PLATFORM, ("/bin/x", argument))

    text = supervision.configuration(supervisor(tmp_path), [process])

    command = parse(text)["program:web"]["command"]
    assert shlex.split(command % {}) == ["/bin/x", argument]


def test_the_platform_stops_before_the_servers(tmp_path: Path) -> None:
    layout = [Process("postgres", SERVERS, ("x",)), Process("web", PLATFORM, ("x",))]

    parsed = parse(supervision.configuration(supervisor(tmp_path), layout))

    # supervisord stops groups in falling order of priority.
    assert parsed.getint("group:platform", "priority") > parsed.getint("group:servers", "priority")


@pytest.mark.parametrize("value", ["plain", "two words", "50%", "it's", "a;b", "user:p#w", "ż"])
def test_every_variable_reaches_the_process_as_it_is(tmp_path: Path, value: str) -> None:
    process = Process("web", PLATFORM, ("/bin/x",), {"NAME": value, "OTHER": "1"})

    text = supervision.configuration(supervisor(tmp_path), [process])

    environment = parse(text)["program:web"]["environment"]
    assert dict_of_key_value_pairs(environment % {}) == {"NAME": value, "OTHER": "1"}


@pytest.mark.parametrize("value", ['a"b', "a ;b", "a #b", "a\nb"])
def test_a_variable_supervisord_cannot_be_told_of_is_refused(tmp_path: Path, value: str) -> None:
    process = Process("web", PLATFORM, ("/bin/x",), {"NAME": value})

    with pytest.raises(StackError, match="cannot be told"):
        supervision.configuration(supervisor(tmp_path), [process])


def test_restarts_are_counted_from_the_start_of_the_supervisor(tmp_path: Path) -> None:
    log = tmp_path / "supervisord.log"
    assert supervision.unasked_ends(log) == {}
    log.write_text(
        "2026-01-01 INFO exited: web (terminated by SIGKILL; not expected)\n"
        "2026-01-02 INFO supervisord started with pid 7\n"
        "2026-01-02 INFO spawned: 'web' with pid 8\n"
        "2026-01-02 INFO exited: web (exit status 0; expected)\n"
        "2026-01-02 WARN exited: web (exit status 1; not expected)\n"
        "2026-01-02 WARN stopped: beat (exit status 0)\n"
    )

    assert supervision.unasked_ends(log) == {"web": 2}


def test_a_project_folder_supervisord_cannot_be_told_of_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "films ;mine"

    with pytest.raises(StackError, match="cannot be told"):
        supervision.configuration(supervisor(tmp_path, root), [Process("web", PLATFORM, ("x",))])


def watched(*states: tuple[str, int]) -> list[bool]:
    watch = StartWatch()
    return [watch.has_failed(Status("web", PLATFORM, s, pid, 0)) for s, pid in states]


def test_a_start_fails_for_good_after_three_attempts_but_not_after_one() -> None:
    attempt = [("STARTING", 0), ("BACKOFF", 0)]

    assert watched(*attempt * 3) == [False] * 5 + [True]
    assert watched(("RUNNING", 1), ("EXITED", 0), ("RUNNING", 2), ("EXITED", 0)) == [False] * 4
    assert watched(("RUNNING", 1), ("RUNNING", 2), ("RUNNING", 3), ("RUNNING", 4))[-1]
    assert watched(("FATAL", 0)) == [True]
    assert not any(watched(*[("RUNNING", 1)] * 9))


def test_no_secret_is_an_argument_of_a_program_or_step() -> None:
    state = replace(
        State.new(PORTS), database_url="postgres://u:pw1@h/d", redis_url="redis://:pw2@h"
    )
    commands = [program.argv for program in nexus_programs(state, Folder(ROOT / ".local"))]
    commands += [step.argv for step in nexus_steps(state)]
    arguments = " ".join(part for command in commands for part in command)

    for secret in (
        *("pw1", "pw2", state.secret_key, state.signing_key),
        *(state.admin.password, state.flower.password),
    ):
        assert secret not in arguments


def test_every_queue_has_a_worker_and_what_takes_long_holds_up_nothing_else() -> None:
    programs = nexus_programs(State.new(PORTS), Folder(ROOT / ".local"))
    by_name = {program.name: program.argv for program in programs}
    queues = {
        name: argv[argv.index("-Q") + 1].split(",")
        for name, argv in by_name.items()
        if "-Q" in argv
    }

    assert queues == {
        "realtime": ["realtime", "maintenance"],
        "batch": ["batch", "training", "mail"],
        "catalog": ["catalog"],
    }
    assert set(by_name) == {"web", "push", "realtime", "batch", "catalog", "beat", "flower"}


def test_the_sources_that_restart_the_programs_exist() -> None:
    assert all((NEXUS.root / source).exists() for source in NEXUS.sources)


def test_every_variable_that_the_settings_read_starts_the_programs_anew() -> None:
    folder = ROOT / "platform" / "movie_backend" / "settings"
    text = "".join((folder / name).read_text() for name in ("base.py", "local.py"))

    read = set(re.findall(r'\benv\.\w+\(\s*"([A-Z_]+)"', text))

    assert len(read) >= 6
    assert read <= {*NEXUS.variables, *NEXUS.environment, *State.new(PORTS).settings}


def test_only_what_is_counted_gets_the_folder_for_metrics() -> None:
    programs = nexus_programs(State.new(PORTS), Folder(ROOT / ".local"))

    counted = {
        p.name: p.environment["METRICS_DIR"] for p in programs if "METRICS_DIR" in p.environment
    }

    # Relative, as the programs run in the project's folder, whatever that is called.
    assert counted == dict.fromkeys(
        ("web", "push", "realtime", "batch", "catalog"), ".local/metrics"
    )
    assert NEXUS.environment["METRICS_DIR"] == ""
    assert NEXUS.scratch == ("metrics",)


def test_every_command_explains_itself() -> None:
    names = ("up", "down", "status", "logs", "shell", "run", "with-servers")
    for arguments in ([], *([name] for name in names)):
        result = subprocess.run(
            [sys.executable, "-m", "stack", *arguments, "--help"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        assert "usage: python -m stack" in result.stdout


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("".join(f"line {number}\n" for number in range(100_000)))

    assert tail(log, lines=2) == ["line 99998", "line 99999"]
    assert tail(tmp_path / "missing.log") == []


def test_following_a_log_shows_whole_new_lines_also_after_its_rotation(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("old\n")
    lines = logs.follow([log])

    with log.open("a") as stream:
        stream.write("first\nsec")
    assert next(lines) == "first"
    with log.open("a") as stream:
        stream.write("ond\n")
    assert next(lines) == "second"
    log.rename(tmp_path / "web.log.1")
    log.write_text("new\n")
    assert next(lines) == "new"
