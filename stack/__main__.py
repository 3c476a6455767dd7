"""Run Nexus on this machine: `python -m stack COMMAND`, or the make target of the same name."""

import argparse
import contextlib
import itertools
import os
import signal
import subprocess
import sys
import xmlrpc.client
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import psutil

from stack import logs, report, secret_files
from stack.ephemeral import run_with_servers
from stack.errors import StackError
from stack.lifecycle import Stack
from stack.programs import NEXUS, Platform, command_environment
from stack.state import Folder

FAILED = 1
NOTHING_RUNS = 3
SIGNAL_EXIT_BASE = 128


class TerminatedError(BaseException):
    """SIGTERM or SIGHUP arrived: clean up as after Control-C."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = SIGNAL_EXIT_BASE + number


def main(arguments: Sequence[str], platform: Platform = NEXUS) -> int:
    options = _parser(platform).parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _terminate)
    errors = report.console(stderr=True)
    try:
        return int(options.run(options, platform))
    except StackError as error:
        report.print_error(errors, error)
    except (OSError, xmlrpc.client.Error, subprocess.SubprocessError, psutil.Error) as error:
        report.print_error(errors, StackError(str(error)))
    except KeyboardInterrupt:
        return SIGNAL_EXIT_BASE + signal.SIGINT
    except TerminatedError as error:
        return error.exit_code
    return FAILED


def _terminate(number: int, _: FrameType | None) -> None:
    raise TerminatedError(number)


def _parser(platform: Platform) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stack", description=__doc__)
    parser.add_argument(
        "--local-dir",
        type=Path,
        default=platform.root / ".local",
        help="where data, logs and stack.json live (default: .local of the project)",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "up", up, "start everything, or what is missing, and wait until it answers")
    _add(commands, "down", down, "stop everything that up started; the data stays")
    _add(commands, "status", status, "show what runs; exit code 0 all, 1 some, 3 nothing")
    log_options = _add(commands, "logs", show_logs, "show the last lines of the logs")
    log_options.add_argument("names", nargs="*", metavar="NAME", help="such as web (default: all)")
    log_options.add_argument("-f", "--follow", action="store_true", help="go on until Control-C")
    log_options.add_argument("-n", "--lines", type=int, default=20, help="lines per log")
    _add(commands, "shell", shell, "open a Django shell on the running platform")
    run_options = _add(commands, "run", run, "run a command on the running platform")
    run_options.add_argument("command", nargs="+", metavar="-- COMMAND")
    server_options = _add(
        commands,
        "with-servers",
        with_servers,
        "run a command with a PostgreSQL and a Redis that end with it; DATABASE_URL and "
        "REDIS_URL, where set, are used instead",
    )
    server_options.add_argument("command", nargs="+", metavar="-- COMMAND")
    secrets_options = _add(
        commands,
        "secrets",
        write_secrets,
        "write the secrets that docker-compose.yml reads; those that are there stay",
    )
    secrets_options.add_argument(
        "--folder", type=Path, default=platform.root / "secrets", help="default: secrets/"
    )
    return parser


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    command: Callable[[argparse.Namespace, Platform], int],
    text: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=command)
    return parser


def _stack(options: argparse.Namespace, platform: Platform) -> Stack:
    return Stack(Folder(options.local_dir.absolute()), platform, _say)


def _say(text: str) -> None:
    # A reader that has seen enough (`make up | head`) is no reason to stop halfway.
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def up(options: argparse.Namespace, platform: Platform) -> int:
    stack = _stack(options, platform)
    outcome = stack.up(os.environ)
    report.print_outcome(report.console(), outcome, stack.folder)
    return 0


def down(options: argparse.Namespace, platform: Platform) -> int:
    stack = _stack(options, platform)
    if stack.down():
        _say(f"Nexus is down. Its data stays in {report.shown(stack.folder.path)}/.")
    else:
        _say("Nothing was running.")
    return 0


def status(options: argparse.Namespace, platform: Platform) -> int:
    stack = _stack(options, platform)
    statuses = stack.statuses()
    if statuses is not None:
        report.print_statuses(report.console(), statuses)
        return 0 if all(found.state == "RUNNING" for found in statuses.values()) else FAILED
    if left := stack.leftovers():
        _say(
            f"Nothing watches over processes {', '.join(map(str, left))}, which a killed run "
            "left. `make up` replaces them, `make down` ends them."
        )
        return FAILED
    _say("Nexus is down. `make up` starts it.")
    return NOTHING_RUNS


def show_logs(options: argparse.Namespace, platform: Platform) -> int:
    folder = _stack(options, platform).folder
    paths = logs.find(folder.logs, options.names)
    added = logs.follow(paths) if options.follow else iter(())
    for line in itertools.chain(logs.last_lines(paths, lines=options.lines), added):
        _say(line)
    return 0


def write_secrets(options: argparse.Namespace, _: Platform) -> int:
    written = secret_files.write_missing(options.folder)
    what = f"wrote {', '.join(written)}" if written else "every file was there already"
    _say(f"{report.shown(options.folder.absolute())}/: {what}. Nobody else may enter this folder.")
    for text in secret_files.not_given(options.folder):
        _say(text)
    return 0


def shell(options: argparse.Namespace, platform: Platform) -> int:
    options.command = [sys.executable, "manage.py", "shell"]
    return run(options, platform)


def run(options: argparse.Namespace, platform: Platform) -> int:
    stack = _stack(options, platform)
    state = stack.folder.read()
    if state is None or stack.statuses() is None:
        raise StackError("Nexus is down: start it with `make up`")
    environment = command_environment(platform, state)
    return subprocess.run(options.command, check=False, env=environment).returncode


def with_servers(options: argparse.Namespace, platform: Platform) -> int:
    del platform
    return run_with_servers(options.command, os.environ)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
