"""`make fuzz` with few requests; docs/FUZZING.md has the result of many."""

import json
import os
import re
import subprocess

import pytest

from tests.flows.processes import ROOT, python

pytestmark = [pytest.mark.flow, pytest.mark.timeout(400)]

REQUESTS = 12
# The web process sends it to the push process, which does not run here.
ELSEWHERE = {"recommendation_stream"}


def test_no_request_that_a_machine_invents_surprises_the_api() -> None:
    # Other tests run the same lines; tracing them here would take half as long again.
    untraced = {k: v for k, v in os.environ.items() if k != "COVERAGE_PROCESS_CONFIG"}

    fuzzing = subprocess.run(
        python("-m", "tests.fuzzing", "--max-examples", str(REQUESTS)),
        cwd=ROOT,
        env=untraced,
        capture_output=True,
        text=True,
        check=False,
    )

    assert fuzzing.returncode == 0, fuzzing.stdout + fuzzing.stderr
    document = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    operations = sum(len(methods) for methods in document["paths"].values())
    assert f"Selected: {operations}/{operations}\n  Tested: {operations}\n" in fuzzing.stdout
    sent = re.findall(r"^ +(\d+) +(\d+) (\w+)$", fuzzing.stdout, flags=re.MULTILINE)
    assert [int(requests) for requests, _, _ in sent] == [REQUESTS] * operations
    assert {name for _, successes, name in sent if successes == "0"} == ELSEWHERE, fuzzing.stdout
