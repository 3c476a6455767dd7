"""A command as a shell meets it: its exit code, and what it wrote where."""

from dataclasses import dataclass

import pytest
from django.core.management import BaseCommand


@dataclass(frozen=True)
class Ended:
    code: int
    output: str
    errors: str


@dataclass(frozen=True)
class Shell:
    command: type[BaseCommand]
    name: str
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: object) -> Ended:
        code = 0
        words = ["manage.py", self.name, *map(str, arguments)]
        try:
            self.command().run_from_argv(words)
        except SystemExit as ended:
            code = int(ended.code or 0)
        output, errors = self.capsys.readouterr()
        return Ended(code, output, errors)
