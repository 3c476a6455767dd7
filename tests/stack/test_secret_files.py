"""`make secrets`."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from stack.errors import StackError
from stack.secret_files import OPTIONAL, not_given, write_missing

ROOT = Path(__file__).resolve().parents[2]


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def secrets_of(folder: Path) -> dict[str, str]:
    return {name: text for name, text in contents(folder).items() if name not in OPTIONAL}


def test_containers_can_read_the_files_and_other_users_cannot_reach_them(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"

    write_missing(folder)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o444}


def test_a_folder_that_was_open_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    write_missing(tmp_path)

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_secrets_are_long_and_no_two_are_alike(tmp_path: Path) -> None:
    write_missing(tmp_path / "one")
    write_missing(tmp_path / "two")

    one, two = secrets_of(tmp_path / "one"), secrets_of(tmp_path / "two")
    assert all(len(one[name].strip()) >= 50 for name in ("secret_key", "signing_key"))
    assert all(len(text.strip()) >= 32 for text in one.values())
    assert len(set(one.values())) == len(one)
    assert not set(one.values()) & set(two.values())


def test_addresses_contain_the_passwords_of_their_servers(tmp_path: Path) -> None:
    write_missing(tmp_path)

    secret = {name: text.strip() for name, text in contents(tmp_path).items()}
    assert (
        secret["database_url"]
        == f"postgres://nexus:{secret['postgres_password']}@postgres:5432/nexus"
    )
    assert secret["redis_url"] == f"redis://:{secret['redis_password']}@valkey:6379/0"
    assert secret["valkey_conf"] == f"requirepass {secret['redis_password']}"


def test_what_the_platform_can_be_without_is_written_empty_and_said_to_be(tmp_path: Path) -> None:
    write_missing(tmp_path)
    token = tmp_path / "tmdb_api_token"
    lack = f"As long as {token} is empty, nothing is asked of TMDb"

    assert token.read_text().strip() == ""
    assert lack in not_given(tmp_path)

    token.unlink()
    token.write_text("a token\n")
    assert write_missing(tmp_path) == []
    assert token.read_text() == "a token\n"
    assert lack not in not_given(tmp_path)


def test_what_is_there_stays_and_what_is_missing_is_added(tmp_path: Path) -> None:
    write_missing(tmp_path)
    before = contents(tmp_path)
    assert write_missing(tmp_path) == []
    (tmp_path / "secret_key").unlink()
    (tmp_path / "redis_url").unlink()

    assert write_missing(tmp_path) == ["secret_key", "redis_url"]

    after = contents(tmp_path)
    assert after.pop("secret_key") != before.pop("secret_key")
    assert after == before


def test_a_lost_password_that_a_server_knows_is_not_replaced(tmp_path: Path) -> None:
    write_missing(tmp_path)
    (tmp_path / "redis_password").unlink()
    (tmp_path / "secret_key").unlink()
    before = contents(tmp_path)

    with pytest.raises(StackError, match="redis_url, valkey_conf contain it"):
        write_missing(tmp_path)

    assert contents(tmp_path) == before


def test_the_command_names_the_files_and_shows_none_of_them(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "stack", "secrets", "--folder", str(tmp_path)]
    first, second = (
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        for _ in range(2)
    )

    assert "wrote secret_key, signing_key" in first.stdout
    assert "every file was there already" in second.stdout
    assert f"Write {tmp_path / 'email_url'} yourself" in second.stdout
    for text in secrets_of(tmp_path).values():
        assert text.strip() not in first.stdout + second.stdout
