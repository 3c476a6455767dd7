""".env.example names every variable that the code reads, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("platform", "services", "workers", "stack", "manage.py", "tests/conftest.py")

# Handed from one process of ours to the next, or the operating system's own.
INTERNAL = {
    "NEXUS_STACK_DIR",
    "NEXUS_STACK_ID",
    "PATH",
    "PIP_TARGET",
    "PIP_USER",
    "PROMETHEUS_MULTIPROC_DIR",
    "FLOWER_UNAUTHENTICATED_API",
}
# Read by libraries, and set in one of the files that start the platform.
READ_BY_LIBRARIES = {
    "FLOWER_PORT": "stack/programs.py",
    "FORWARDED_ALLOW_IPS": "stack/programs.py",
    "OMP_NUM_THREADS": "stack/programs.py",
    "REMAP_SIGTERM": "docker-compose.yml",
}
READERS = ("environ", "env", "environment", "_environ")


def documented() -> list[str]:
    text = (ROOT / ".env.example").read_text()
    return re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE)


def python_files() -> Iterator[Path]:
    for source in SOURCES:
        path = ROOT / source
        yield from [path] if path.is_file() else path.rglob("*.py")


def names_read(tree: ast.Module) -> Iterator[str]:
    """What env.str("X") and os.environ["X"] name, and constants that are called a variable."""
    constants = dict(_constants(tree))
    for constant, values in constants.items():
        if constant.endswith("VARIABLE"):
            yield from values
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            owner, key = node.func.value, node.args[0]
        elif isinstance(node, ast.Subscript):
            owner, key = node.value, node.slice
        else:
            continue
        if _name(owner) in READERS:
            yield from _strings(key, constants)


def _constants(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            strings = [n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant)]
            yield node.targets[0].id, [s for s in strings if isinstance(s, str)]


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _strings(node: ast.expr, constants: dict[str, list[str]]) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    return constants.get(node.id, []) if isinstance(node, ast.Name) else []


def read_by_code() -> set[str]:
    names = {name for path in python_files() for name in names_read(ast.parse(path.read_text()))}
    return {name for name in names if re.fullmatch(r"[A-Z][A-Z0-9_]+", name)}


def interpolated_by_compose() -> set[str]:
    return set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))


def test_every_variable_that_is_read_is_documented() -> None:
    read = read_by_code() | interpolated_by_compose() | READ_BY_LIBRARIES.keys()

    # A reader that finds nothing would agree with any file.
    assert {"SECRET_KEY", "PORT", "PG_BINDIR", "FLOWER_ADDRESS", "NEXUS_ADMIN_PASSWORD"} <= read
    assert read - INTERNAL - set(documented()) == set()


def test_every_documented_variable_is_read() -> None:
    read = read_by_code() | interpolated_by_compose() | READ_BY_LIBRARIES.keys()

    assert set(documented()) - read == set()
    for name, path in READ_BY_LIBRARIES.items():
        assert name in (ROOT / path).read_text()


def test_no_variable_is_documented_twice() -> None:
    assert sorted(set(documented())) == sorted(documented())


def test_what_production_requires_is_left_to_be_filled_in() -> None:
    from movie_backend.environment_check import REQUIRED

    lines = (ROOT / ".env.example").read_text().splitlines()

    for name in (*REQUIRED, "FLOWER_BASIC_AUTH"):
        assert f"{name}=" in lines
