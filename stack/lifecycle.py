"""Brings the platform up, whatever an earlier, killed or finished run left, and takes it down."""

import hashlib
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import psutil

from stack import processes, supervision
from stack.errors import StackError
from stack.ports import is_free
from stack.programs import Platform, Program, Step
from stack.state import Folder, Ports, State
from stack.supervision import PLATFORM, Process, StartWatch, Status, Supervisor
from stack.topology import Topology, resolve

READY_SECONDS = 60.0
STEP_SECONDS = 600.0
SHUTDOWN_SECONDS = 60.0
GRACE_SECONDS = 25.0
POLL_SECONDS = 0.1

Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    state: State
    was_running: bool
    seconds: float


@dataclass(frozen=True)
class Stack:
    """The processes of one platform whose state is kept in one folder."""

    folder: Folder
    platform: Platform
    say: Say

    def up(self, environment: Mapping[str, str]) -> Outcome:
        """Everything runs and answers when this returns. If it raises, nothing runs."""
        started = time.monotonic()
        self.folder.create()
        with self.folder.locked(lambda: self.say("Waiting for another command of this stack ...")):
            try:
                state, was_running = self._bring_up(environment)
            except BaseException:
                self.say("Stopping what was started ...")
                self._take_down()
                raise
        return Outcome(state, was_running, time.monotonic() - started)

    def down(self) -> bool:
        """Stop what runs; tells whether anything did. The data stays."""
        if not self.folder.path.exists():
            return bool(self._remove_leftovers(None))
        self.folder.create()
        with self.folder.locked(lambda: self.say("Waiting for another command of this stack ...")):
            return self._take_down()

    def statuses(self) -> dict[str, Status] | None:
        """What runs, by name; None when the supervisor does not."""
        state = self.folder.read()
        if state is None:
            return None
        supervisor = self._supervisor(state)
        return supervisor.statuses() if supervisor.is_alive() else None

    def leftovers(self) -> list[int]:
        """Process ids of this stack, whether or not a supervisor watches them."""
        return [process.pid for process in self._started(self.folder.read())]

    def _bring_up(self, environment: Mapping[str, str]) -> tuple[State, bool]:
        known = self.folder.read()
        alive = False
        if known is not None and (alive := self._supervisor(known).is_alive()):
            self._remove_strays(self._supervisor(known))
        else:
            self._take_down()
        state = self._with_ports(known, keep=alive)
        topology = resolve(self.folder, state, environment)
        state = topology.state
        supervisor = self._supervisor(state)
        programs = self.platform.programs(state, self.folder)
        layout = [*topology.processes(), *map(_as_process, programs)]
        settings = self._settings_digest(state, environment)
        configuration = f"; settings {settings}\n{supervision.configuration(supervisor, layout)}"
        if not (alive and self._is_current(configuration)):
            self._take_down()
            for name in self.platform.scratch:
                self.folder.empty(name)
            self.folder.write(replace(state, sources=""))
            supervisor.start(configuration, environment=self._environment(state, environment))
        self._start_servers(supervisor, topology)
        return self._run_platform(supervisor, state, programs, environment)

    def _run_platform(
        self,
        supervisor: Supervisor,
        state: State,
        programs: Sequence[Program],
        environment: Mapping[str, str],
    ) -> tuple[State, bool]:
        sources = fingerprint(self.platform)
        known = self.folder.read()
        current = known is not None and known.sources == sources
        if not current:
            self.folder.write(replace(state, sources=""))
            supervisor.stop_group(PLATFORM)
            for step in self.platform.steps(state):
                self._run_step(step, self._environment(state, environment))
        was_running = current and _all_running(supervisor.statuses())
        for program in programs:
            supervisor.start_process(_as_process(program))
        self._wait_ready(supervisor, programs, quiet=was_running)
        state = replace(state, sources=sources)
        self.folder.write(state)
        return state, was_running

    def _with_ports(self, known: State | None, *, keep: bool) -> State:
        if known is None:
            return State.new(Ports.free(preferred=None, is_free=is_free))
        if keep:
            return known
        return replace(known, ports=Ports.free(preferred=known.ports, is_free=is_free))

    def _settings_digest(self, state: State, environment: Mapping[str, str]) -> str:
        # The environment of supervisord is not in its file, but a change of it needs a new one.
        read = {name: environment.get(name) for name in self.platform.variables}
        settings = sorted((state.settings | read).items())
        return hashlib.sha256(repr(settings).encode()).hexdigest()

    def _is_current(self, configuration: str) -> bool:
        try:
            return self.folder.supervisor_file.read_text() == configuration
        except FileNotFoundError:
            return False

    def _environment(self, state: State, environment: Mapping[str, str]) -> dict[str, str]:
        return {
            **environment,
            **self.platform.environment,
            **state.settings,
            **processes.marker(self.folder.path, state.stack_id),
        }

    def _start_servers(self, supervisor: Supervisor, topology: Topology) -> None:
        for server, process in topology.own:
            started = time.monotonic()
            if not _is_running(supervisor, process.name):
                server.prepare()
            supervisor.start_process(process)
            watch = StartWatch()
            server.wait_ready(is_running=partial(_is_starting, supervisor, process.name, watch))
            self.say(f"{process.name} is ready ({time.monotonic() - started:.1f} s)")

    def _run_step(self, step: Step, environment: Mapping[str, str]) -> None:
        started = time.monotonic()
        log = self.folder.logs / f"{step.name}.log"
        with log.open("wb") as output:
            try:
                result = subprocess.run(
                    step.argv,
                    check=False,
                    cwd=self.platform.root,
                    env={**environment, **step.environment},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=STEP_SECONDS,
                )
            except subprocess.TimeoutExpired as error:
                raise StackError(
                    f"{step.title}: no end after {STEP_SECONDS:.0f} s", log=log
                ) from error
        if result.returncode != 0:
            raise StackError(f"{step.title}: exit code {result.returncode}", log=log)
        self.say(f"{step.title}: done ({time.monotonic() - started:.1f} s)")
        if step.is_reported:
            for line in log.read_text().splitlines():
                self.say(f"  {line}")

    def _wait_ready(
        self, supervisor: Supervisor, programs: Sequence[Program], *, quiet: bool
    ) -> None:
        started = time.monotonic()
        waiting = [(program, StartWatch()) for program in programs]
        while waiting:
            statuses = supervisor.statuses()
            for program, watch in list(waiting):
                status = statuses[program.name]
                seconds = time.monotonic() - started
                log = self.folder.logs / f"{program.name}.log"
                if watch.has_failed(status):
                    raise StackError(f"{program.name} ends instead of starting", log=log)
                if _is_ready(program, status):
                    waiting.remove((program, watch))
                    if not quiet:
                        self.say(f"{program.name} is ready ({seconds:.1f} s)")
                elif seconds > READY_SECONDS:
                    raise StackError(f"{program.name} did not answer in {seconds:.0f} s", log=log)
            time.sleep(POLL_SECONDS)

    def _take_down(self) -> bool:
        state = self.folder.read()
        supervised = state is not None and self._shut_down_supervisor(self._supervisor(state))
        left = self._remove_leftovers(state)
        return supervised or bool(left)

    def _shut_down_supervisor(self, supervisor: Supervisor) -> bool:
        if not supervisor.is_alive():
            return False
        supervisor.shut_down(timeout_seconds=SHUTDOWN_SECONDS)
        return True

    def _remove_leftovers(self, state: State | None) -> list[psutil.Process]:
        found = self._started(state)
        processes.stop(found, grace_seconds=GRACE_SECONDS)
        return found

    def _remove_strays(self, supervisor: Supervisor) -> None:
        """End what a killed `up` or a killed worker left running beside the supervised ones."""
        family = {process.pid for process in supervisor.family()}
        found = self._started(self.folder.read())
        processes.stop(
            [process for process in found if process.pid not in family],
            grace_seconds=GRACE_SECONDS,
        )

    def _started(self, state: State | None) -> list[psutil.Process]:
        return processes.started_by(self.folder.path, state.stack_id if state else None)

    def _supervisor(self, state: State) -> Supervisor:
        return Supervisor(
            folder=self.folder,
            root=self.platform.root,
            port=state.ports.supervisor,
            login=state.supervisor,
            stack_id=state.stack_id,
        )


def _as_process(program: Program) -> Process:
    return Process(program.name, PLATFORM, program.argv, program.environment)


def _is_ready(program: Program, status: Status) -> bool:
    return (
        status.state == "RUNNING"
        and status.uptime_seconds >= program.steady_seconds
        and program.is_ready()
    )


def _all_running(statuses: Mapping[str, Status]) -> bool:
    return all(status.state == "RUNNING" for status in statuses.values())


def _is_running(supervisor: Supervisor, name: str) -> bool:
    return supervisor.statuses()[name].state in ("STARTING", "RUNNING")


def _is_starting(supervisor: Supervisor, name: str, watch: StartWatch) -> bool:
    return not watch.has_failed(supervisor.statuses()[name])


def fingerprint(platform: Platform) -> str:
    """Changes when a source file does: then the programs must start anew."""
    digest = hashlib.sha256()
    for source in platform.sources:
        for path in _files(platform.root / source):
            stat = path.stat()
            digest.update(
                f"{path.relative_to(platform.root)} {stat.st_size} {stat.st_mtime_ns}\n".encode()
            )
    return digest.hexdigest()


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    return sorted(path for path in source.rglob("*.py"))
