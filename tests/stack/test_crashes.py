"""Whatever is killed, the supervisor or the next `up` puts right, and no data is lost."""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from .conftest import LightStack, eventually


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def test_a_killed_worker_is_back_within_five_seconds(running: LightStack) -> None:
    worker = running.pids()["worker"]

    kill(worker)

    broker = running.broker()
    eventually(
        lambda: broker.get("worker:pid") not in (None, str(worker)),
        within_seconds=5,
    )


def test_killed_servers_are_back_with_their_data(running: LightStack) -> None:
    running.query("CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS number")
    pids = running.pids()

    kill(pids["postgres"])
    kill(pids["valkey"])

    eventually(lambda: set(running.pids()) == set(pids), within_seconds=10)
    eventually(lambda: _query(running, "SELECT number FROM kept") == [(7,)], within_seconds=5)


def test_up_right_after_the_database_was_killed_succeeds(running: LightStack) -> None:

    kill(running.pids()["postgres"])
    running.up()

    assert running.query("SELECT 1") == [(1,)]


def test_after_the_supervisor_was_killed_up_replaces_what_it_left(running: LightStack) -> None:
    running.query("CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS number")
    orphans, state = running.pids(), running.state
    kill(running.supervisor_pid())

    status = running.run("status")
    assert status.returncode == 1
    assert "`make up` replaces them" in status.stdout
    running.up()

    assert not set(orphans.values()) & set(running.pids().values())
    assert not [pid for pid in orphans.values() if psutil.pid_exists(pid) and _lives(pid)]
    assert running.state == state
    assert running.query("SELECT number FROM kept") == [(7,)]


def test_after_the_supervisor_was_killed_down_ends_what_it_left(stack: LightStack) -> None:
    stack.up()
    kill(stack.supervisor_pid())

    assert "Nexus is down" in stack.down()

    assert stack.processes() == []
    assert "Nothing was running" in stack.down()


def test_after_everything_was_killed_up_starts_again_with_the_data(running: LightStack) -> None:
    running.query("CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS number")
    for process in running.processes():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()

    running.up()

    assert running.query("SELECT number FROM kept") == [(7,)]


def test_what_a_killed_up_was_doing_is_ended_before_it_is_done_again(stack: LightStack) -> None:
    up = stack.popen("up", LIGHT_STEP="import time; time.sleep(60)")
    eventually(lambda: stack.steps_run == 1, within_seconds=30)
    before = {process.pid for process in stack.processes()}
    up.kill()
    up.communicate()

    stack.up()

    steps = [p for p in stack.processes() if "time.sleep(60)" in " ".join(p.cmdline())]
    assert steps == []
    assert stack.pids()["postgres"] in before
    assert stack.steps_run == 2


def test_a_lost_state_file_costs_the_passwords_but_not_the_data(running: LightStack) -> None:
    running.query("CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS number")
    old = running.pids()
    (running.folder / "stack.json").unlink()

    running.up()

    assert not set(old.values()) & set(running.pids().values())
    assert running.query("SELECT number FROM kept") == [(7,)]


def test_a_folder_removed_under_a_running_stack_makes_way_for_a_new_one(
    running: LightStack,
) -> None:
    old = running.pids()
    shutil.rmtree(running.folder)

    running.up()

    assert not [pid for pid in old.values() if _lives(pid)]
    assert set(running.pids()) == set(old)


def test_a_moved_project_still_knows_its_processes(stack: LightStack, tmp_path: Path) -> None:
    stack.up()
    moved = LightStack(tmp_path / "moved" / ".local")
    stack.folder.parent.rename(moved.folder.parent)

    assert "Nexus is down" in moved.down()

    assert stack.processes() == []


def test_a_copied_folder_does_not_touch_the_original(running: LightStack, tmp_path: Path) -> None:
    pids = running.pids()
    copy = LightStack(tmp_path / "copy" / ".local")
    copy.folder.mkdir(parents=True)
    for name in ("stack.json", "supervisord.conf"):
        shutil.copy(running.folder / name, copy.folder)

    try:
        copy.up()

        assert running.pids() == pids
        assert not set(copy.pids().values()) & set(pids.values())
    finally:
        copy.down()
    assert running.pids() == pids


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become someone else")
def test_an_ordinary_user_needs_no_user_namespace(stack: LightStack) -> None:
    stack.prefix = ("unshare", "--user", "--map-user=65534", "--map-group=65534", "--")
    if subprocess.run([*stack.prefix, "true"], check=False).returncode != 0:
        pytest.skip("this system forbids user namespaces")

    result = stack.run_shell("up", "status", "down")

    assert result.returncode == 0, result.stdout
    assert "Nexus is down" in result.stdout
    assert "command = unshare" not in (stack.folder / "supervisord.conf").read_text()


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _query(stack: LightStack, statement: str) -> object:
    import psycopg2

    try:
        return stack.query(statement)
    except psycopg2.OperationalError:
        return None
