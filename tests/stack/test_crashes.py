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


def test_a_killed_worker_is_back_within_five_seconds(stack: LightStack) -> None:
    stack.up()
    worker = stack.pids()["worker"]

    kill(worker)

    broker = stack.broker()
    eventually(
        lambda: broker.get("worker:pid") not in (None, str(worker)),
        within_seconds=5,
    )


def test_killed_servers_are_back_with_their_data(stack: LightStack) -> None:
    stack.up()
    stack.query("CREATE TABLE kept AS SELECT 7 AS number")
    pids = stack.pids()

    kill(pids["postgres"])
    kill(pids["valkey"])

    eventually(lambda: set(stack.pids()) == set(pids), within_seconds=10)
    eventually(lambda: _query(stack, "SELECT number FROM kept") == [(7,)], within_seconds=5)


def test_up_right_after_the_database_was_killed_succeeds(stack: LightStack) -> None:
    stack.up()

    kill(stack.pids()["postgres"])
    stack.up()

    assert stack.query("SELECT 1") == [(1,)]


def test_after_the_supervisor_was_killed_up_replaces_what_it_left(stack: LightStack) -> None:
    stack.up()
    stack.query("CREATE TABLE kept AS SELECT 7 AS number")
    orphans, state = stack.pids(), stack.state
    kill(stack.supervisor_pid())

    status = stack.run("status")
    assert status.returncode == 1
    assert "`make up` replaces them" in status.stdout
    stack.up()

    assert not set(orphans.values()) & set(stack.pids().values())
    assert not [pid for pid in orphans.values() if psutil.pid_exists(pid) and _lives(pid)]
    assert stack.state == state
    assert stack.query("SELECT number FROM kept") == [(7,)]


def test_after_the_supervisor_was_killed_down_ends_what_it_left(stack: LightStack) -> None:
    stack.up()
    kill(stack.supervisor_pid())

    assert "Nexus is down" in stack.down()

    assert stack.processes() == []
    assert "Nothing was running" in stack.down()


def test_after_everything_was_killed_up_starts_again_with_the_data(stack: LightStack) -> None:
    stack.up()
    stack.query("CREATE TABLE kept AS SELECT 7 AS number")
    for process in stack.processes():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()

    stack.up()

    assert stack.query("SELECT number FROM kept") == [(7,)]


def test_what_a_killed_up_was_doing_is_ended_before_it_is_done_again(stack: LightStack) -> None:
    up = stack.popen("up", LIGHT_STEP="import time; time.sleep(60)")
    eventually(lambda: stack.steps_run == 1, within_seconds=30)
    before = {process.pid for process in stack.processes()}
    up.kill()
    up.wait()

    stack.up()

    steps = [p for p in stack.processes() if "time.sleep(60)" in " ".join(p.cmdline())]
    assert steps == []
    assert stack.pids()["postgres"] in before
    assert stack.steps_run == 2


def test_a_lost_state_file_costs_the_passwords_but_not_the_data(stack: LightStack) -> None:
    stack.up()
    stack.query("CREATE TABLE kept AS SELECT 7 AS number")
    old = stack.pids()
    (stack.folder / "stack.json").unlink()

    stack.up()

    assert not set(old.values()) & set(stack.pids().values())
    assert stack.query("SELECT number FROM kept") == [(7,)]


def test_a_folder_removed_under_a_running_stack_makes_way_for_a_new_one(
    stack: LightStack,
) -> None:
    stack.up()
    old = stack.pids()
    shutil.rmtree(stack.folder)

    stack.up()

    assert not [pid for pid in old.values() if _lives(pid)]
    assert set(stack.pids()) == set(old)


def test_a_moved_project_still_knows_its_processes(stack: LightStack, tmp_path: Path) -> None:
    stack.up()
    moved = LightStack(tmp_path / "moved" / ".local")
    stack.folder.parent.rename(moved.folder.parent)

    assert "Nexus is down" in moved.down()

    assert stack.processes() == []


def test_a_copied_folder_does_not_touch_the_original(stack: LightStack, tmp_path: Path) -> None:
    stack.up()
    pids = stack.pids()
    copy = LightStack(tmp_path / "copy" / ".local")
    copy.folder.mkdir(parents=True)
    for name in ("stack.json", "supervisord.conf"):
        shutil.copy(stack.folder / name, copy.folder)

    try:
        copy.up()

        assert stack.pids() == pids
        assert not set(copy.pids().values()) & set(pids.values())
    finally:
        copy.down()
    assert stack.pids() == pids


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become someone else")
def test_an_ordinary_user_needs_no_user_namespace(stack: LightStack) -> None:
    stack.prefix = ("unshare", "--user", "--map-user=1234", "--map-group=1234", "--")
    if subprocess.run([*stack.prefix, "true"], check=False).returncode != 0:
        pytest.skip("this system forbids user namespaces")

    stack.up()

    postgres = psutil.Process(stack.pids()["postgres"])
    assert "unshare" not in " ".join(postgres.cmdline())
    assert stack.query("SELECT 1") == [(1,)]
    assert "Nexus is down" in stack.down()


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
