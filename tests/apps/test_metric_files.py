"""Totals in files: several processes, and none of them lives as long as its numbers."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from apps.core.metric_files import SharedCounts

COUNT = """
import os, sys
import django
django.setup()
from apps.core.metrics import counter
hits = counter("test_hits_total", "Hits.", ["kind"])
for line in sys.stdin:
    if line.strip() == "fork" and os.fork():
        os.wait()
        continue
    hits.labels(line.strip()).inc()
    print("counted", flush=True)
    if line.strip() == "fork":
        os._exit(0)
"""


@contextmanager
def counting(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", COUNT],
        env={**os.environ, "METRICS_DIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
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
