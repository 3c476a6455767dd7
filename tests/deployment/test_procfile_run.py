"""The Procfile's commands under a process manager, with production settings, on their own servers.

What docker-compose.yml adds to them (containers, networks, mounts) needs an engine and is not
run here; its health checks are.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
import yaml
from honcho.environ import parse_procfile

from stack.ports import free_port
from stack.servers import Postgres, Valkey

from .production import ROOT, environment, random_key

pytestmark = [pytest.mark.flow, pytest.mark.timeout(240)]

HOST = "nexus.example"
METRICS_TOKEN = "a-token-of-metrics"
FLOWER_LOGIN = ("ops", "a-password-of-flower")
ADMIN = ("first.admin@nexus.example", "a password of the first admin")
READY_SECONDS = 60.0
STOP_SECONDS = 30.0
BY_TLS = {"X-Forwarded-Proto": "https", "Host": HOST}
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
PROGRAMS = ("web", "push", "realtime", "batch", "catalog", "beat", "flower")
WORKERS = ("realtime", "batch", "catalog")


@dataclass
class Deployment:
    folder: Path
    variables: dict[str, str]
    manager: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.variables['PORT']}"

    @property
    def flower_url(self) -> str:
        return f"http://127.0.0.1:{self.variables['FLOWER_PORT']}"

    @property
    def environment(self) -> dict[str, str]:
        bin_folder = Path(sys.executable).parent
        path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
        everything = environment(**self.variables) | {"PATH": path}
        # Other tests run the same lines; tracing them in so many processes takes as long as they.
        everything.pop("COVERAGE_PROCESS_CONFIG", None)
        return everything

    @property
    def log(self) -> Path:
        return self.folder / "honcho.log"

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(f"{self.url}{path}", timeout=10, allow_redirects=False, **options)

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )

    def honcho(self, *programs: str) -> "subprocess.Popen[bytes]":
        # `.env` of a developer's own must not take part.
        command = (sys.executable, "-m", "honcho", "--env", os.devnull, "start", "--no-colour")
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*command, *programs],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def eventually(self, condition: Callable[[], object], *, within_seconds: float) -> None:
        deadline = time.monotonic() + within_seconds
        while time.monotonic() < deadline:
            try:
                if condition():
                    return
            except (requests.ConnectionError, requests.Timeout):
                # All start at once, and imports take their time.
                pass
            time.sleep(0.1)
        raise AssertionError(f"not within {within_seconds} s:\n{self.log.read_text()[-6000:]}")


def variables(folder: Path, postgres: Postgres, valkey: Valkey) -> dict[str, str]:
    password = folder / "admin-password"
    password.write_text(f"{ADMIN[1]}\n")
    return {
        "SECRET_KEY": random_key(),
        "SIGNING_KEY": random_key(),
        "METRICS_TOKEN": METRICS_TOKEN,
        "DATABASE_URL": postgres.url,
        "REDIS_URL": valkey.url,
        "ALLOWED_HOSTS": f"127.0.0.1,{HOST}",
        # Nobody listens there: a mail that cannot be sent waits.
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "DEFAULT_FROM_EMAIL": f"Nexus <nexus@{HOST}>",
        "PORT": str(free_port()),
        "FLOWER_PORT": str(free_port()),
        "PUSH_PORT": str(free_port()),
        "FLOWER_BASIC_AUTH": ":".join(FLOWER_LOGIN),
        "NEXUS_ADMIN_EMAIL": ADMIN[0],
        "NEXUS_ADMIN_PASSWORD_FILE": str(password),
        "STATIC_ROOT": str(folder / "static"),
        "RECOMMENDER_CACHE_DIR": str(folder / "models"),
        "METRICS_DIR": str(folder / "metrics"),
        "REMAP_SIGTERM": "SIGQUIT",
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("deployment")
    with Postgres(folder / "pg") as postgres, Valkey(folder / "redis") as valkey:
        deployed = Deployment(folder, variables(folder, postgres, valkey))
        Path(deployed.variables["METRICS_DIR"]).mkdir()
        built = deployed.run(sys.executable, "manage.py", "collectstatic", "--no-input")
        assert built.returncode == 0, built.stdout
        assert deployed.honcho("release").wait() == 0, deployed.log.read_text()
        deployed.manager = deployed.honcho(*PROGRAMS)
        try:
            ready = lambda: deployed.get("/health/ready").status_code == 200  # noqa: E731
            deployed.eventually(ready, within_seconds=READY_SECONDS)
            yield deployed
        finally:
            stop(deployed.manager)


def stop(manager: "subprocess.Popen[bytes]") -> None:
    if manager.poll() is not None:
        return
    family = psutil.Process(manager.pid).children(recursive=True)
    manager.send_signal(signal.SIGTERM)
    manager.wait(STOP_SECONDS)
    _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
    for process in alive:
        process.kill()
    assert not alive


def test_the_whole_platform_is_ready(deployment: Deployment) -> None:
    health = deployment.get("/health/ready").json()

    assert health["status"] == "ok"
    names = ("realtime", "maintenance", "batch", "training", "catalog", "mail")
    queues = {f"queue:{name}" for name in names}
    assert set(health["checks"]) == {"database", "migrations", "broker", "beat", *queues}


def test_the_tour_passes_behind_a_proxy(deployment: Deployment) -> None:
    address = ("--api-url", f"{deployment.url}/api/v1")

    tour = deployment.run(sys.executable, "-m", "stack.tour", "--behind-proxy", *address)

    assert tour.returncode == 0, tour.stdout
    assert "every step was as promised" in tour.stdout


def test_without_tls_the_tour_is_sent_to_https(deployment: Deployment) -> None:
    response = deployment.get("/api/v1/movies/", headers={"Host": HOST})

    assert response.status_code == 308
    assert response.headers["Location"] == f"https://{HOST}/api/v1/movies/"


def test_another_host_is_refused(deployment: Deployment) -> None:
    response = deployment.get("/api/v1/movies/", headers={**BY_TLS, "Host": "elsewhere.example"})

    assert response.status_code == 400


def test_the_admin_is_served_with_its_collected_styles(deployment: Deployment) -> None:
    page = deployment.get("/admin/login/", headers=BY_TLS)

    assert page.status_code == 200
    assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("csrftoken=")
    assert cookie.endswith("; HttpOnly; Max-Age=31449600; Path=/; SameSite=Lax; Secure")
    style = re.search(r'href="(/static/admin/css/base\.\w+\.css)"', page.text)
    assert style
    assert deployment.get(style[1], headers=BY_TLS).status_code == 200


@pytest.mark.parametrize("path", ["/admin/login/", "/api/v1/movies/", "/api/v1/nowhere/"])
def test_a_browser_is_told_to_be_strict(deployment: Deployment, path: str) -> None:
    told = deployment.get(path, headers=BY_TLS).headers

    assert told["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["Referrer-Policy"] == told["Cross-Origin-Opener-Policy"] == "same-origin"
    assert told["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in told["Content-Security-Policy"]
    assert told["Server"] == "gunicorn"
    assert "sessionid" not in told.get("Set-Cookie", "")


@pytest.mark.parametrize("page", ["swagger-ui", "redoc"])
def test_the_documentation_is_served_with_all_that_it_loads(
    deployment: Deployment, page: str
) -> None:
    html = deployment.get(f"/api/schema/{page}/", headers=BY_TLS).text

    loaded = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(loaded) >= 4
    for address in loaded:
        assert re.fullmatch(r"/static/[\w/.-]+\.[0-9a-f]{12}\.(js|css|png)", address)
        assert deployment.get(address, headers=BY_TLS).status_code == 200


def test_the_first_administrator_logs_in_with_the_password_of_the_file(
    deployment: Deployment,
) -> None:
    session = requests.Session()
    session.headers.update({**BY_TLS, "Referer": f"https://{HOST}/admin/login/"})
    session.get(f"{deployment.url}/admin/login/", timeout=10)
    # Secure cookies are not sent back over plain HTTP, which only the proxy's header denies.
    token = session.cookies["csrftoken"]
    session.headers["Cookie"] = f"csrftoken={token}"

    answer = session.post(
        f"{deployment.url}/admin/login/",
        data={"username": ADMIN[0], "password": ADMIN[1], "csrfmiddlewaretoken": token},
        allow_redirects=False,
        timeout=10,
    )

    assert answer.status_code == 302
    assert "sessionid" in answer.headers["Set-Cookie"]


def test_metrics_ask_for_their_token_and_count_web_and_workers(deployment: Deployment) -> None:
    assert deployment.get("/metrics").status_code == 401

    metrics = deployment.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})

    assert metrics.status_code == 200
    assert 'nexus_up{part="broker"} 1' in metrics.text
    # The processes of all of them write their counts to one folder.
    assert "nexus_http_requests_total{" in metrics.text
    for name in WORKERS:
        assert re.search(rf'nexus_tasks_total{{.*task="{name}.record_canary"', metrics.text)


def test_flower_opens_with_its_password_only(deployment: Deployment) -> None:
    assert requests.get(f"{deployment.flower_url}/workers", timeout=10).status_code == 401
    page = requests.get(f"{deployment.flower_url}/workers", auth=FLOWER_LOGIN, timeout=10)

    assert page.status_code == 200
    workers = requests.get(
        f"{deployment.flower_url}/api/workers?refresh=1", auth=FLOWER_LOGIN, timeout=10
    ).json()
    assert {name.split("@")[0] for name in workers} == set(WORKERS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_health_check_of_the_compose_file_passes(deployment: Deployment, name: str) -> None:
    kind, program, *arguments = SERVICES[name]["healthcheck"]["test"]
    assert (kind, program) == ("CMD", "python")
    # In its container each listens on the usual port.
    ports = {
        "8000": deployment.variables["PORT"],
        "8001": deployment.variables["PUSH_PORT"],
        "5555": deployment.variables["FLOWER_PORT"],
    }
    for usual, ours in ports.items():
        arguments = [part.replace(f":{usual}/", f":{ours}/") for part in arguments]

    checked = deployment.run(sys.executable, *arguments)

    assert checked.returncode == 0, checked.stdout


def test_what_the_programs_log_has_no_secrets(deployment: Deployment) -> None:
    log = deployment.log.read_text()

    for name in ("SECRET_KEY", "SIGNING_KEY", "METRICS_TOKEN", "FLOWER_BASIC_AUTH"):
        assert deployment.variables[name] not in log
    assert ADMIN[1] not in log


def test_no_program_ended(deployment: Deployment) -> None:
    # honcho ends them all when one does; only the test that stops them runs later.
    assert "stopped (rc=" not in deployment.log.read_text().split("beat.1", 1)[1]
    assert set(parse_procfile((ROOT / "Procfile").read_text()).processes) == {"release", *PROGRAMS}


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_line_of_a_program_is_json_from_its_start_to_its_stop(
    deployment: Deployment, name: str
) -> None:
    assert deployment.manager
    stop(deployment.manager)

    log = deployment.log.read_text()
    lines = [
        json.loads(line) for line in re.findall(rf"^\S+ {name}\.1 +\| (.*)$", log, re.MULTILINE)
    ]

    assert {line["role"] for line in lines} == {name}
    assert "ERROR" not in {line["level"] for line in lines}
    if name in WORKERS:
        assert any("shutdown (MainProcess)" in line["message"] for line in lines)
