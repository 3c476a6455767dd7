"""What a web process may not load, found out in a process of its own."""

import json
import subprocess
import sys

LOADED = """
import json, sys
from movie_backend.wsgi import application
from django.test import Client
from django.urls import get_resolver
get_resolver().url_patterns
import workers.receivers
print(json.dumps(sorted(name.partition(".")[0] for name in sys.modules)))
print(json.dumps(sorted(name for name in sys.modules if name.startswith("workers."))))
"""


def _loaded() -> tuple[set[str], set[str]]:
    output = subprocess.run(
        [sys.executable, "-c", LOADED], check=True, capture_output=True, text=True
    ).stdout
    packages, modules = output.splitlines()
    return set(json.loads(packages)), set(json.loads(modules))


def test_a_web_process_imports_neither_numpy_nor_services() -> None:
    packages, modules = _loaded()

    assert {"apps", "workers", "celery"} <= packages
    assert not packages & {"numpy", "scipy", "services"}
    assert not {name for name in modules if name.startswith("workers.tasks")}
