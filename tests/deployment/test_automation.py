"""Git hooks and continuous integration run the targets that a person would."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
HOOKS: dict[str, Any] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
# YAML 1.1 reads the key `on` as true, which does not matter here.
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
MAKEFILE = (ROOT / "Makefile").read_text()


def targets_of_check() -> list[str]:
    found = re.search(r"^check: ([a-z ]+?) ##", MAKEFILE, re.MULTILINE)
    assert found
    return found[1].split()


def test_hooks_come_from_this_repository_and_call_make() -> None:
    (repository,) = HOOKS["repos"]

    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"] == f"make {hook['id']}"
        assert hook["id"] in targets_of_check()


def test_the_workflow_and_the_local_gate_run_the_same_targets() -> None:
    gate = re.search(
        r"^for target in ([a-z ]+); do$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE
    )
    steps = WORKFLOW["jobs"]["check"]["steps"]

    assert gate
    assert gate[1].split() == targets_of_check()
    assert [step["run"] for step in steps if "run" in step] == [
        "make check PYTHON=python${{ matrix.python }}"
    ]


def test_every_supported_python_is_checked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions = WORKFLOW["jobs"]["check"]["strategy"]["matrix"]["python"]

    assert versions == ["3.11", "3.12", "3.13"]
    assert project["requires-python"] == ">=3.11,<3.14"


def test_the_workflow_may_only_read() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "permissions" not in WORKFLOW["jobs"]["check"]
    for step in WORKFLOW["jobs"]["check"]["steps"]:
        assert re.fullmatch(r"actions/[a-z-]+@v\d+", step.get("uses", "actions/none@v0"))
    assert "secrets." not in (ROOT / ".github/workflows/ci.yml").read_text()


@pytest.mark.parametrize(
    ("schema", "path", "old", "new"),
    [
        ("vendor.compose-spec", "docker-compose.yml", "restart:", "restrat:"),
        ("vendor.github-workflows", ".github/workflows/ci.yml", "runs-on:", "run-on:"),
    ],
)
def test_make_lint_compares_with_the_schema(
    tmp_path: Path, schema: str, path: str, old: str, new: str
) -> None:
    assert f"check_jsonschema --builtin-schema {schema} {path}" in MAKEFILE
    broken = tmp_path / Path(path).name
    broken.write_text((ROOT / path).read_text().replace(old, new))
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]

    assert subprocess.run([*command, ROOT / path], check=False, capture_output=True).returncode == 0
    assert subprocess.run([*command, broken], check=False, capture_output=True).returncode == 1


def test_make_lint_looks_at_the_dockerfile(tmp_path: Path) -> None:
    assert re.search(r"hadolint Dockerfile$", MAKEFILE, re.MULTILINE)
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert hadolint
    broken = tmp_path / "Dockerfile"
    broken.write_text("FROM python:latest\nRUN apt-get install curl\n")

    assert subprocess.run([hadolint, ROOT / "Dockerfile"], check=False).returncode == 0
    assert subprocess.run([hadolint, broken], check=False, capture_output=True).returncode == 1
