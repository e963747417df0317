"""Keeps one service running: starts it, probes it, restarts it with backoff, stops it with all its descendants."""

import asyncio
import random
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from local_stack.catalogue import Service
from local_stack.layout import Layout
from local_stack.process import create_time, descendants, kill_all, signal_group, spawn
from local_stack.state import Phase, ServiceState

FIRST_DELAY_SECONDS = 0.3
LONGEST_DELAY_SECONDS = 30.0
HEALTHY_AFTER_SECONDS = 5.0
CRASH_LOOP_AFTER = 5
START_ATTEMPTS = 3
_PROBE_TIMEOUT_SECONDS = 5.0
_PROBE_EVERY_SECONDS = 0.3
_HELD_EVERY_SECONDS = 0.2


class StartError(RuntimeError):
    """A service did not become ready; the message says how it failed."""


def restart_delay(failures: int, jitter: Callable[[], float] = random.random) -> float:
    """Seconds to wait after the nth failure in a row: at once, then doubling up to half a minute, +-20 %."""
    if failures <= 1:
        return FIRST_DELAY_SECONDS
    return float(min(LONGEST_DELAY_SECONDS, 2.0 ** (failures - 2))) * (0.8 + 0.4 * jitter())


class ServiceRunner:
    """One service and its present process."""

    def __init__(
        self,
        service: Service,
        layout: Layout,
        env: Mapping[str, str],
        state: ServiceState,
        say: Callable[[str], None],
        clean_orphans: Callable[[], None],
    ) -> None:
        """`clean_orphans` kills what a dead process has left behind."""
        self.service = service
        self.state = state
        self.ready = asyncio.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self._helper: subprocess.Popen[bytes] | None = None
        self._layout = layout
        self._env = {**env, "SERVICE_NAME": service.name, **service.env, **_told_port(service, layout)}
        self._say = say
        self._clean_orphans = clean_orphans
        self._exited = asyncio.Event()
        self._failures = 0

    async def run(self) -> None:
        """Bring the service up and keep it up; raises StartError when it never becomes ready."""
        await self._first_start()
        while not self.service.one_shot:
            await self._exited.wait()
            self._note_crash()
            await self._restart()

    @property
    def pids(self) -> list[int]:
        """The processes that the runner has started itself."""
        return [process.pid for process in (self.process, self._helper) if process is not None]

    def poll(self) -> None:
        """Notice the process' end; called on SIGCHLD."""
        if self.process is not None and self.process.poll() is not None:
            self._exited.set()

    async def stop(self, grace_seconds: float) -> None:
        """Ask the process to end, then kill it and everything below it."""
        process = self.process
        if process is not None:
            below = descendants(process.pid)
            if process.poll() is None:
                process.send_signal(self.service.stop_signal)
                await self._sleep_until_exit(grace_seconds)
            signal_group(process.pid, signal.SIGKILL)
            kill_all(below)
            process.wait()
        if self._helper is not None:
            signal_group(self._helper.pid, signal.SIGKILL)
        if self.state.state not in (Phase.LEFT_OUT, Phase.FAILED, Phase.DONE):
            self.state.enter(Phase.STOPPED)
        self.state.pid = None

    async def _first_start(self) -> None:
        for attempt in range(1, START_ATTEMPTS + 1):
            try:
                await self._start(Phase.STARTING)
            except StartError as error:
                self._kill_leftovers()
                if attempt == START_ATTEMPTS:
                    self.state.enter(Phase.FAILED, str(error))
                    raise
                await asyncio.sleep(restart_delay(attempt + 1))
            else:
                return

    async def _restart(self) -> None:
        """Start again until it is ready, however long that takes."""
        while True:
            looping = self._failures >= CRASH_LOOP_AFTER
            await asyncio.sleep(restart_delay(self._failures))
            await self._until_released()
            self.state.restarts += 1
            try:
                await self._start(Phase.CRASH_LOOPING if looping else Phase.RESTARTING)
            except StartError as error:
                self._failures += 1
                self._kill_leftovers()
                self._say(f"{self.service.name} did not come back ({error}); log: {self.state.log}")
                continue
            self._say(f"{self.service.name} is back")
            return

    async def _until_released(self) -> None:
        while self._layout.held(self.service.name).exists():
            self.state.detail = "held down"
            await asyncio.sleep(_HELD_EVERY_SECONDS)

    async def _start(self, phase: Phase) -> None:
        self._spawn(phase)
        await self._become_ready()
        if self.service.after_ready is not None:
            await self.service.after_ready(self._layout)
        if phase is not Phase.STARTING and self.service.after_restart is not None:
            await self._run_to_end(self.service.after_restart(self._layout))
        self.state.enter(Phase.DONE if self.service.one_shot else Phase.UP)
        self.ready.set()

    def _spawn(self, phase: Phase) -> None:
        self._exited = asyncio.Event()
        try:
            command = self.service.command(self._layout)
            self.process = spawn(command, self._env, self._layout.log(self.service.name))
        except (OSError, LookupError, RuntimeError) as error:
            raise StartError(f"it cannot be run: {error}") from error
        self.state.pid, self.state.create_time = self.process.pid, create_time(self.process.pid)
        self.state.enter(phase, self.state.detail)

    async def _become_ready(self) -> None:
        deadline = time.monotonic() + self.service.start_timeout
        reason = "its probe was never answered"
        while time.monotonic() < deadline:
            if self._has_ended():
                return
            problem = await self._probe()
            if problem is None:
                return
            reason = problem
            await self._sleep_until_exit(_PROBE_EVERY_SECONDS)
        raise StartError(f"not ready after {self.service.start_timeout:.0f} s: {reason}")

    def _has_ended(self) -> bool:
        """Whether a one-shot has ended well; any other end raises."""
        if not self._exited.is_set() or self.process is None:
            return False
        code = self.process.returncode
        if self.service.one_shot and code == 0:
            return True
        raise StartError(f"it ended {exit_words(code)} before it was ready")

    async def _probe(self) -> str | None:
        """None when ready, else the reason why not."""
        if self.service.probe is None:
            return "it has not ended yet"
        try:
            # Not wait_for: before Python 3.12 it could lose a cancellation.
            async with asyncio.timeout(_PROBE_TIMEOUT_SECONDS):
                await self.service.probe(self._layout)
        except Exception as error:  # whatever a client library raises means: not ready yet
            return f"{type(error).__name__}: {error}".strip().splitlines()[0][:200]
        return None

    async def _sleep_until_exit(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._exited.wait()

    async def _run_to_end(self, command: Sequence[str]) -> None:
        self._helper = spawn(command, self._env, self._layout.log(self.service.name))
        code = await asyncio.to_thread(self._helper.wait)
        if code != 0:
            raise StartError(f"the command after its restart ended {exit_words(code)}")

    def _note_crash(self) -> None:
        code = self.process.returncode if self.process is not None else 0
        uptime = time.time() - self.state.since
        self._failures = 1 if uptime >= HEALTHY_AFTER_SECONDS else self._failures + 1
        self.ready.clear()
        self._kill_leftovers()
        detail = f"ended {exit_words(code)}"
        self.state.enter(Phase.RESTARTING, detail)
        self._say(f"{self.service.name} {detail} after {uptime:.0f} s, restarting; log: {self.state.log}")

    def _kill_leftovers(self) -> None:
        if self.process is None:
            return
        below = descendants(self.process.pid)
        signal_group(self.process.pid, signal.SIGKILL)
        kill_all(below)
        self.process.wait()
        self._clean_orphans()


def _told_port(service: Service, layout: Layout) -> dict[str, str]:
    if service.port is None or service.port_variable is None:
        return {}
    return {service.port_variable: str(layout.ports[service.port])}


def exit_words(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"with code {code}"
    try:
        return f"by {signal.Signals(-code).name}"
    except ValueError:
        return f"by signal {-code}"
