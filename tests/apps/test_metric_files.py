"""Totals in files: several processes, and none of them lives as long as its numbers."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from apps.core.metric_files import ProcessNumber, SharedCounts
from tests.scrapes import value

# The models would take each process twice as long to start, and count nothing.
COUNT = """
import os, sys
from django.conf import settings
from django.utils.log import configure_logging
configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
from apps.core.metrics import counter
hits = counter("test_hits_total", "Hits.", ["kind"])
for line in sys.stdin:
    if line.strip() == "fork" and os.fork():
        os.wait()
        continue
    if line.strip() == "show":
        from apps.core.metrics import exposition
        text = exposition()
        print(len(text), flush=True)
        print(text.decode(), end="", flush=True)
        continue
    hits.labels(line.strip()).inc()
    print("counted", flush=True)
    if line.strip() == "fork":
        os._exit(0)
"""


@contextmanager
def counting(
    folder: Path,
    *,
    within: Sequence[str] = (),
    **variables: str,
) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [*within, sys.executable, "-c", COUNT],
        env={**os.environ, "METRICS_DIR": str(folder), **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def count(process: "subprocess.Popen[str]", kind: str) -> None:
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{kind}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "counted\n"


def total(folder: Path, kind: str) -> float:
    return sum(
        sample.value
        for metric in SharedCounts(folder).collect()
        for sample in metric.samples
        if sample.name == "test_hits_total" and sample.labels == {"kind": kind}
    )


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*/counter_*.db"))


def test_processes_count_together(tmp_path: Path) -> None:
    with counting(tmp_path) as one, counting(tmp_path) as other:
        for process in (one, other, one):
            count(process, "x")

        assert total(tmp_path, "x") == 3
        assert files(tmp_path) == ["counter_0.db", "counter_1.db"]


def test_a_process_goes_on_where_a_killed_one_stopped(tmp_path: Path) -> None:
    for lives in range(1, 4):
        with counting(tmp_path) as process:
            count(process, "x")
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert total(tmp_path, "x") == lives

    assert files(tmp_path) == ["counter_0.db"]


def test_a_fork_counts_in_a_file_of_its_own(tmp_path: Path) -> None:
    with counting(tmp_path) as process:
        count(process, "x")
        count(process, "fork")
        count(process, "fork")
        count(process, "x")

        assert (total(tmp_path, "x"), total(tmp_path, "fork")) == (2, 2)
        assert files(tmp_path) == ["counter_0.db", "counter_1.db"]


def test_the_folders_are_nobody_elses(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "metrics"
    with counting(folder) as process:
        count(process, "x")

    assert folder.stat().st_mode & 0o777 == 0o700
    (host,) = folder.iterdir()
    assert host.stat().st_mode & 0o777 == 0o700
    assert total(folder, "x") == 1


@pytest.mark.parametrize("content", [b"", b"no numbers", b"\xff\xff\xff\x7f" + b"\x01" * 100])
def test_a_broken_file_costs_its_own_counts_only(tmp_path: Path, content: bytes) -> None:
    with counting(tmp_path) as process:
        count(process, "x")
        broken = next(tmp_path.glob("*/counter_0.db")).with_name("counter_9.db")
        broken.write_bytes(content)
        (broken.with_name("counter_8.db")).symlink_to("vanished")

        assert total(tmp_path, "x") == 1


@pytest.mark.parametrize("content", [b"", b"no numbers", b"\xff\xff\xff\x7f" + b"\x01" * 100])
def test_a_process_that_inherits_a_broken_file_begins_anew(tmp_path: Path, content: bytes) -> None:
    with counting(tmp_path) as process:
        count(process, "x")
    (broken,) = tmp_path.glob("*/counter_0.db")
    broken.write_bytes(content)

    with counting(tmp_path) as process:
        count(process, "x")
        count(process, "x")

    assert total(tmp_path, "x") == 2


def test_a_folder_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    assert list(SharedCounts(tmp_path / "nowhere").collect()) == []


def shown(process: "subprocess.Popen[str]") -> str:
    """What `/metrics` of this process says."""
    assert process.stdin
    assert process.stdout
    process.stdin.write("show\n")
    process.stdin.flush()
    return process.stdout.read(int(process.stdout.readline()))


def warnings_of(process: "subprocess.Popen[str]") -> list[str]:
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    return [line for line in errors.splitlines() if "METRICS_DIR fails" in line]


def on_a_disk_of(size: str, folder: Path) -> list[str]:
    """The start of a command that alone sees a disk of this size at `folder`."""
    if not shutil.which("unshare"):
        pytest.skip("mounting a small disk needs Linux's unshare")
    mount = f'mount -t tmpfs -o size={size} tmpfs "{folder}" && exec "$@"'
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = ["unshare", *user, "--mount", "sh", "-c", mount, "sh"]
    if subprocess.run([*command, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this user may mount nothing")
    return command


# Nothing fits; the first file alone; both of them, and neither can grow.
@pytest.mark.parametrize("size", ["16k", "80k", "200k"])
def test_a_full_disk_stops_no_process(tmp_path: Path, size: str) -> None:
    with counting(tmp_path, within=on_a_disk_of(size, tmp_path)) as process:
        for number in range(2000):
            count(process, f"kind-{number}")
        count(process, "kind-1999")

        text = shown(process)

        assert value(text, "nexus_up", part="counts") == 0
        assert value(text, "test_hits_total", kind="kind-1999") == 2
        assert len(warnings_of(process)) == 1


# A first file has 64 KiB; the blocks here have 512 bytes.
WITH_SMALL_FILES = ("sh", "-c", 'ulimit -f 195 && exec "$@"', "sh")


def test_a_file_that_may_not_grow_stops_no_process(tmp_path: Path) -> None:
    with counting(tmp_path, within=WITH_SMALL_FILES) as process:
        for number in range(2000):
            count(process, f"kind-{number}")

        assert value(shown(process), "nexus_up", part="counts") == 0
        assert len(warnings_of(process)) == 1
    # What was counted before is still there.
    assert total(tmp_path, "kind-0") == 1


def test_what_is_no_folder_stops_no_process(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with counting(tmp_path / "file" / "metrics") as process:
        count(process, "x")

        text = shown(process)

        assert value(text, "nexus_up", part="counts") == 0
        assert value(text, "test_hits_total", kind="x") == 1
        assert len(warnings_of(process)) == 1


def test_files_that_can_be_used_are_reported_up(tmp_path: Path) -> None:
    with counting(tmp_path) as one, counting(tmp_path) as other:
        count(one, "x")
        count(other, "x")

        text = shown(one)

    assert value(text, "nexus_up", part="counts") == 1
    assert value(text, "test_hits_total", kind="x") == 2


def test_every_page_of_a_file_is_on_the_disk(tmp_path: Path) -> None:
    with counting(tmp_path) as process:
        for number in range(1000):
            count(process, f"kind-{number}")
    (file,) = tmp_path.glob("*/counter_0.db")

    assert file.stat().st_size > 1 << 16
    assert file.stat().st_blocks * 512 >= file.stat().st_size


def test_a_number_that_cannot_be_had_closes_nobody_else_s_file(tmp_path: Path) -> None:
    number = ProcessNumber(tmp_path)
    assert number() == 0
    number._pid = 0  # noqa: SLF001  # as after a fork
    shutil.rmtree(tmp_path)
    with pytest.raises(FileNotFoundError):
        number()
    # The next descriptor is the one that the lock had.
    one, other = socket.socketpair()
    with one, other:
        with pytest.raises(FileNotFoundError):
            number()

        one.sendall(b"still open")
        assert other.recv(100) == b"still open"


def test_containers_of_one_name_share_a_folder(tmp_path: Path) -> None:
    with counting(tmp_path, METRICS_NAME="web") as one:
        with counting(tmp_path, METRICS_NAME="web") as other:
            count(one, "x")
            count(other, "x")
        with counting(tmp_path, METRICS_NAME="web") as recreated:
            count(recreated, "x")

            assert total(tmp_path, "x") == 3
    assert [path.name for path in tmp_path.iterdir()] == ["web"]
    assert files(tmp_path) == ["counter_0.db", "counter_1.db"]


def test_without_a_name_it_is_the_host_s(tmp_path: Path) -> None:
    with counting(tmp_path) as process:
        count(process, "x")

    assert [path.name for path in tmp_path.iterdir()] == [socket.gethostname()]
