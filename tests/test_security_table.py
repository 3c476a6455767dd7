"""docs/SECURITY.md names tests that exist, for each of the ten risks."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "SECURITY.md").read_text()
ROWS = re.findall(r"^\| (API\d+) \|(.+)\|$", TEXT, re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_risk_has_a_row_with_tests() -> None:
    assert [risk for risk, _ in ROWS] == [f"API{number}" for number in range(1, 11)]
    assert all(NAMED.search(row) for _, row in ROWS)


def test_every_test_that_is_named_exists() -> None:
    missing = [
        f"{path}::{name}"
        for path, name in NAMED.findall(TEXT)
        if name not in functions(ROOT / path)
    ]

    assert missing == []


def functions(path: Path) -> set[str]:
    body = ast.parse(path.read_text()).body if path.exists() else []
    return {node.name for node in body if isinstance(node, ast.FunctionDef)}
