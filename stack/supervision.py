"""supervisord keeps the processes running. Here it is configured, started, asked and stopped."""

import http.client
import os
import re
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from stack import processes
from stack.errors import StackError
from stack.ports import LOOPBACK
from stack.state import Account, Folder, write_private

RPC_SECONDS = 10.0
START_SECONDS = 15.0
POLL_SECONDS = 0.05
LOG_BYTES = "10MB"
LOG_BACKUPS = 3

SERVERS = "servers"
PLATFORM = "platform"

_STARTED = "supervisord started with pid"
_EXITED = re.compile(r" exited: (\S+) \(")

# One failed start may be bad luck, such as a port that its last owner has not quite left.
START_ATTEMPTS = 3


@dataclass(frozen=True)
class Process:
    """One section of the configuration."""

    name: str
    group: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: str = "TERM"
    stop_seconds: int = 20
    user: str | None = None


@dataclass(frozen=True)
class Status:
    name: str
    group: str
    state: str
    pid: int
    uptime_seconds: int
    # How often it ended without having been told to, and was started again.
    restarts: int = 0


@dataclass
class StartWatch:
    """Follows one process while it starts and tells a slow start from one that fails for good."""

    pids: set[int] = field(default_factory=set)
    delays: int = 0
    last_state: str = ""

    def has_failed(self, status: Status) -> bool:
        if status.pid:
            self.pids.add(status.pid)
        if status.state == "BACKOFF" and self.last_state != "BACKOFF":
            self.delays += 1
        self.last_state = status.state
        tried_enough = max(len(self.pids) - 1, self.delays) >= START_ATTEMPTS
        return status.state == "FATAL" or tried_enough


@dataclass(frozen=True)
class Supervisor:
    """The supervisord of one folder; it is asked who it is before anything it says is believed."""

    folder: Folder
    root: Path
    port: int
    login: Account
    stack_id: str

    @property
    def identity(self) -> str:
        return f"nexus-{self.stack_id}"

    @property
    def log(self) -> Path:
        return self.folder.logs / "supervisord.log"

    def is_alive(self) -> bool:
        try:
            if self._rpc.getIdentification() != self.identity:
                return False
            process = psutil.Process(self._rpc.getPID())
        except (OSError, xmlrpc.client.Error, http.client.HTTPException, psutil.Error):
            return False
        # The state may be a copy: then it leads to the supervisor of the original.
        return processes.is_ours(process, self.folder.path, self.stack_id)

    def start(self, configuration: str, *, environment: Mapping[str, str]) -> None:
        """Raises StackError when it does not come up."""
        write_private(self.folder.supervisor_file, configuration)
        # Its own log begins only after its configuration has been read.
        first_words = self.folder.logs / "supervisord-start.log"
        with first_words.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-c", self.folder.supervisor_file],
                # The paths in its file are relative to this: there, `%` and `;` need no quoting.
                cwd=self.folder.path,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                umask=0o077,
                # It outlives the terminal from which it was started.
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.is_alive():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise StackError("supervisord did not start", log=first_words)
            time.sleep(POLL_SECONDS)

    def statuses(self) -> dict[str, Status]:
        ends = unasked_ends(self.log)
        found = map(_status, self._rpc.getAllProcessInfo())
        return {status.name: replace(status, restarts=ends[status.name]) for status in found}

    def start_process(self, process: Process) -> None:
        """Ask for a start; a process that runs already is left alone."""
        try:
            self._rpc.startProcess(f"{process.group}:{process.name}", False)
        except xmlrpc.client.Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                raise StackError(
                    f"{process.name} cannot be started: {fault.faultString}", log=self.log
                ) from fault

    def stop_group(self, group: str) -> None:
        self._rpc_waiting.stopProcessGroup(group, True)

    def shut_down(self, *, timeout_seconds: float) -> None:
        """Stop everything, the platform before the servers, then supervisord itself."""
        process = psutil.Process(self._rpc.getPID())
        self._rpc.shutdown()
        deadline = time.monotonic() + timeout_seconds
        while processes.is_alive(process) and time.monotonic() < deadline:
            # It looks after its children once a second, or when it is spoken to.
            self.is_alive()
            time.sleep(POLL_SECONDS)

    def family(self) -> list[psutil.Process]:
        """Itself and every process below it."""
        process = psutil.Process(self._rpc.getPID())
        return [process, *process.children(recursive=True)]

    @property
    def _rpc(self) -> Any:
        return self._server(timeout_seconds=RPC_SECONDS)

    @property
    def _rpc_waiting(self) -> Any:
        return self._server(timeout_seconds=60.0)

    def _server(self, *, timeout_seconds: float) -> Any:
        address = f"http://{self.login.name}:{self.login.password}@{LOOPBACK}:{self.port}/RPC2"
        transport = _Transport(timeout_seconds)
        return xmlrpc.client.ServerProxy(address, transport=transport).supervisor


class _Transport(xmlrpc.client.Transport):
    """The standard one waits for ever on a server that hangs."""

    def __init__(self, timeout_seconds: float) -> None:
        super().__init__()
        self._timeout_seconds = timeout_seconds

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = super().make_connection(host)
        connection.timeout = self._timeout_seconds
        return connection


def unasked_ends(log: Path) -> Counter[str]:
    """By process, how often supervisord has seen it end by itself since it was started.

    An end that was asked for is logged as `stopped`. Beyond the log's 10 MB they are forgotten.
    """
    ends: Counter[str] = Counter()
    try:
        lines = log.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return ends
    for line in lines:
        if _STARTED in line:
            ends.clear()
        elif found := _EXITED.search(line):
            ends[found[1]] += 1
    return ends


def _status(info: Any) -> Status:
    running = info["statename"] == "RUNNING"
    return Status(
        name=info["name"],
        group=info["group"],
        state=info["statename"],
        pid=info["pid"],
        uptime_seconds=info["now"] - info["start"] if running else 0,
    )


def configuration(supervisor: Supervisor, layout: Sequence[Process]) -> str:
    """The text of supervisord.conf: the same processes give the same text."""
    sections = [
        _section(
            "supervisord",
            identifier=supervisor.identity,
            nodaemon="true",
            silent="true",
            logfile="logs/supervisord.log",
            logfile_maxbytes=LOG_BYTES,
            logfile_backups=LOG_BACKUPS,
            pidfile="supervisord.pid",
            minfds=256,
            minprocs=1,
            **_option(user="root" if os.geteuid() == 0 else None),
        ),
        _section(
            "inet_http_server",
            port=f"{LOOPBACK}:{supervisor.port}",
            username=supervisor.login.name,
            password=supervisor.login.password,
        ),
        _section(
            "rpcinterface:supervisor",
            **{
                "supervisor.rpcinterface_factory": (
                    "supervisor.rpcinterface:make_main_rpcinterface"
                )
            },
        ),
    ]
    directory = _directory(supervisor)
    sections += [_program(process, directory=directory) for process in layout]
    for priority, group in enumerate((SERVERS, PLATFORM)):
        if members := [process.name for process in layout if process.group == group]:
            # Groups stop in falling order of priority, the programs of one group together.
            sections.append(
                _section(f"group:{group}", programs=",".join(members), priority=priority)
            )
    return "\n".join(sections)


def _program(process: Process, *, directory: str) -> str:
    return _section(
        f"program:{process.name}",
        command=_command_line(process.argv),
        directory=directory,
        environment=",".join(
            f'{key}="{_environment_value(value)}"' for key, value in process.environment.items()
        ),
        # `up` starts each when what it stands on answers.
        autostart="false",
        autorestart="true",
        startsecs=1,
        startretries=100,
        stopsignal=process.stop_signal,
        stopwaitsecs=process.stop_seconds,
        killasgroup="true",
        redirect_stderr="true",
        stdout_logfile=f"logs/{process.name}.log",
        stdout_logfile_maxbytes=LOG_BYTES,
        stdout_logfile_backups=LOG_BACKUPS,
        **_option(user=process.user),
    )


def _directory(supervisor: Supervisor) -> str:
    path = os.path.relpath(supervisor.root, supervisor.folder.path)
    if any(mark in path for mark in (" ;", " #", "\n")):
        raise StackError(f"supervisord cannot be told of the folder {path}: it has ' ;' or ' #'")
    return path.replace("%", "%%")


def _environment_value(value: str) -> str:
    if any(mark in value for mark in ('"', " ;", " #", "\n")):
        raise StackError(f"supervisord cannot be told of {value}: it has '\"', ' ;' or ' #'")
    return value.replace("%", "%%")


def _option(*, user: str | None) -> dict[str, str]:
    return {"user": user} if user else {}


def _section(title: str, **options: object) -> str:
    lines = [f"{key} = {value}" for key, value in options.items()]
    return "\n".join([f"[{title}]", *lines, ""])


def _command_line(argv: Sequence[str]) -> str:
    # In this file a space before `;` or `#` begins a comment, and `%` an expansion. Two quoted
    # pieces side by side are one argument, so the space can be parted from its neighbour.
    quoted = shlex.join(argv).replace(" ;", " '';").replace(" #", " ''#")
    return quoted.replace("%", "%%")
