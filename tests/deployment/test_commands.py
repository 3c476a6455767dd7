"""`make up`, the Procfile and docker-compose.yml start the same commands, safely."""

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from honcho.environ import parse_procfile

from stack.programs import nexus_programs, nexus_steps
from stack.secret_files import GIVEN, OPTIONAL, write_missing
from stack.state import Folder, Ports, State

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROCFILE: dict[str, str] = parse_procfile((ROOT / "Procfile").read_text()).processes
DOCKERFILE = (ROOT / "Dockerfile").read_text()

SERVERS = {"postgres", "valkey"}
QUEUE_WORKERS = {"realtime", "batch", "catalog"}
WORKERS = {*QUEUE_WORKERS, "beat"}
PROGRAMS = {"web", "push", *WORKERS, "flower"}
SOFT_SHUTDOWN_SECONDS = 8


def supervised() -> dict[str, list[str]]:
    state = State.new(Ports(1, 2, 3, 4, 5))
    programs = nexus_programs(state, Folder(ROOT / ".local"))
    return {program.name: normalised(program.argv) for program in programs}


def normalised(argv: "tuple[str, ...] | list[str]") -> list[str]:
    return ["python" if part == sys.executable else part for part in argv]


def seconds(duration: str) -> int:
    assert duration.endswith("s"), duration
    return int(duration[:-1])


def test_all_three_start_the_same_programs_with_the_same_commands() -> None:
    from_procfile = {n: shlex.split(c) for n, c in PROCFILE.items() if n != "release"}
    from_compose = {name: SERVICES[name]["command"] for name in PROGRAMS}

    assert supervised().keys() == PROGRAMS
    assert from_procfile == supervised()
    assert from_compose == supervised()


def test_all_three_prepare_the_platform_with_the_same_steps() -> None:
    steps = [
        shlex.join(normalised(step.argv)) for step in nexus_steps(State.new(Ports(1, 2, 3, 4, 5)))
    ]

    assert PROCFILE["release"] == " && ".join(steps)
    assert SERVICES["release"]["command"] == ["sh", "-c", PROCFILE["release"]]


def test_the_image_alone_runs_the_web_server() -> None:
    *_, command = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)

    assert yaml.safe_load(command) == supervised()["web"]


def test_only_what_clients_ask_is_published_and_only_on_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert published == {
        "web": ["${PUBLISHED_ADDRESS:-127.0.0.1}:${PUBLISHED_PORT:-8000}:8000"],
        "push": ["${PUBLISHED_ADDRESS:-127.0.0.1}:${PUBLISHED_PUSH_PORT:-8001}:8001"],
    }
    assert COMPOSE["networks"]["data"] == {"internal": True}
    assert all("network_mode" not in service for service in SERVICES.values())


def test_every_service_but_the_one_shot_is_restarted() -> None:
    policies = {name: service["restart"] for name, service in SERVICES.items()}

    assert policies.pop("release") == "no"
    assert set(policies) == SERVERS | PROGRAMS
    assert set(policies.values()) == {"unless-stopped"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_has_no_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]

    assert service["user"] not in ("root", "0", "0:0")
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert not service.get("privileged")
    assert service["logging"]["options"]["max-size"]
    assert service["deploy"]["resources"]["limits"]["memory"]


def test_our_image_and_our_services_run_under_the_same_number() -> None:
    user = re.search(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)

    assert user
    assert {SERVICES[name]["user"] for name in PROGRAMS | {"release"}} == {user[1]}
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user[1])


def test_the_order_of_starting_is_gated_by_health() -> None:
    healthy = {"condition": "service_healthy"}
    servers = {"postgres": healthy, "valkey": healthy}

    assert SERVICES["release"]["depends_on"] == servers
    for name in ("web", *WORKERS):
        assert SERVICES[name]["depends_on"] == {
            **servers,
            "release": {"condition": "service_completed_successfully"},
        }
    assert SERVICES["flower"]["depends_on"] == dict.fromkeys(QUEUE_WORKERS, healthy)
    # What is waited for to be healthy must be able to say so.
    assert all("healthcheck" in SERVICES[name] for name in SERVERS | PROGRAMS)


@pytest.mark.parametrize("name", sorted(WORKERS))
def test_workers_hand_their_tasks_back_within_the_grace_they_are_given(name: str) -> None:
    service = SERVICES[name]

    assert service["environment"]["REMAP_SIGTERM"] == "SIGQUIT"
    assert seconds(service["stop_grace_period"]) > SOFT_SHUTDOWN_SECONDS


def test_the_soft_shutdown_is_the_one_of_the_settings() -> None:
    from django.conf import settings

    assert settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT == SOFT_SHUTDOWN_SECONDS


def test_only_what_is_counted_shares_the_metrics_folder() -> None:
    counted = {name for name in PROGRAMS if SERVICES[name]["environment"]["METRICS_DIR"]}
    mounted = {
        name
        for name in PROGRAMS
        if "metrics:/var/lib/nexus/metrics" in SERVICES[name].get("volumes", [])
    }

    assert counted == mounted == {"web", "push", *QUEUE_WORKERS}
    # Two services of one name would count into one folder.
    assert {SERVICES[name]["environment"]["METRICS_NAME"] for name in counted} == counted


def test_every_volume_is_declared_and_its_folder_belongs_to_the_image_s_user() -> None:
    mounts = [mount.split(":") for name in SERVICES for mount in SERVICES[name].get("volumes", [])]

    assert {volume for volume, _ in mounts} == set(COMPOSE["volumes"])
    for _, folder in mounts:
        if folder.startswith("/var/lib/nexus"):
            assert re.search(rf"install .*--owner=nexus(.|\n)*{folder}\b", DOCKERFILE)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_secret_a_service_reads_is_given_to_it(name: str) -> None:
    service = SERVICES[name]
    given = {entry["target"] if isinstance(entry, dict) else entry for entry in service["secrets"]}
    text = yaml.safe_dump(
        [service.get("environment"), service["command"], service.get("healthcheck")]
    )

    read = set(re.findall(r"/run/secrets/([\w.]+)", text))

    assert read == given


def test_make_secrets_writes_exactly_the_files_that_are_declared(tmp_path: Path) -> None:
    written = write_missing(tmp_path)

    files = {secret["file"] for secret in COMPOSE["secrets"].values()}
    assert files == {f"secrets/{name}" for name in (*written, *GIVEN)}
    used = [entry for service in SERVICES.values() for entry in service["secrets"]]
    sources = {entry["source"] if isinstance(entry, dict) else entry for entry in used}
    assert sources == set(COMPOSE["secrets"])


def test_the_token_for_tmdb_is_given_to_those_who_need_it() -> None:
    """The catalog worker asks TMDb; web and release ask it to, if there is a token."""
    assert OPTIONAL.keys() == {"tmdb_api_token"}
    given = {name for name, service in SERVICES.items() if "tmdb_api_token" in service["secrets"]}

    assert given == {"web", "catalog", "release"}
    assert "outside" in SERVICES["catalog"]["networks"]


def test_no_secret_stands_in_the_environment_or_in_an_argument() -> None:
    text = (ROOT / "docker-compose.yml").read_text()

    for name in (
        "SECRET_KEY",
        "SIGNING_KEY",
        "METRICS_TOKEN",
        "DATABASE_URL",
        "REDIS_URL",
        "EMAIL_URL",
    ):
        assert not re.search(rf"\b{name}:", text)
        for program in PROGRAMS | {"release"}:
            assert f"{name}_FILE" in SERVICES[program]["environment"]
    others = "POSTGRES_PASSWORD|FLOWER_BASIC_AUTH|NEXUS_ADMIN_PASSWORD|TMDB_API_TOKEN"
    assert not re.search(rf"\b({others}):", text)
    assert "requirepass" not in text


def test_health_checks_ask_for_what_exists() -> None:
    from apps.core import health

    asked = {}
    for name in WORKERS:
        command = SERVICES[name]["healthcheck"]["test"]
        assert command[:4] == ["CMD", "python", "manage.py", "health"]
        asked[name] = set(command[4:])

    queues = {
        name: supervised()[name][supervised()[name].index("-Q") + 1] for name in QUEUE_WORKERS
    }
    assert asked.pop("beat") == {"beat"}
    assert asked == {n: {f"queue:{q}" for q in text.split(",")} for n, text in queues.items()}
    assert set().union(*asked.values()) <= set(health.names())


def test_what_enters_the_image_is_listed_one_by_one() -> None:
    lines = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]

    assert lines[0] == "*"
    entering = {line[1:] for line in lines if line.startswith("!")}
    assert entering == {
        *("LICENSE", "manage.py", "platform", "requirements/production.txt"),
        *("services", "workers"),
    }
    assert all((ROOT / name).exists() for name in entering)
    assert "**/__pycache__" in lines


def test_the_image_is_built_from_the_locked_requirements_and_keeps_no_tools() -> None:
    stages = DOCKERFILE.split("\nFROM ")

    assert len(stages) == 3
    assert "--require-hashes --only-binary :all:" in stages[1]
    assert "requirements/production.txt" in stages[1]
    assert "pip" not in stages[2]
    assert "apt-get" not in DOCKERFILE
    assert (
        re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["python:3.13.13-slim-trixie"] * 2
    )
