"""Starts the services in the order of their needs, keeps them up, writes the state file, stops everything."""

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

from local_stack.catalogue import Service
from local_stack.environment import service_environment
from local_stack.layout import Layout
from local_stack.main_job import main_job
from local_stack.ports import require_free
from local_stack.process import adopted_children, create_time, reap_and_kill, tree_rss, trim_log
from local_stack.report import address_of, follow, last_lines, table
from local_stack.runner import ServiceRunner, StartError
from local_stack.state import Phase, ServiceState, StackState

APPLICATION_GRACE_SECONDS = 4.0
INFRASTRUCTURE_GRACE_SECONDS = 3.5
_STATE_EVERY_SECONDS = 1.0
_MEMORY_EVERY = 15
_LEAST_FREE_BYTES = 2 * 10**9


class StackError(RuntimeError):
    """The stack cannot run; the message is for the person at the terminal."""


class Supervisor:
    """All runners of one copy of the stack."""

    def __init__(self, layout: Layout, services: Sequence[Service], *, with_main_job: bool) -> None:
        """Nothing is started yet."""
        self._layout = layout
        self._env = service_environment(layout)
        self._started = time.monotonic()
        self._stop_asked = asyncio.Event()
        self._essential_done = asyncio.Event()
        self._with_main_job = with_main_job and not layout.main_job_marker.exists()
        self._state = StackState(
            pid=os.getpid(),
            create_time=create_time(os.getpid()) or 0.0,
            guardian_pid=os.getppid(),
            data_dir=str(layout.data),
            page_url=layout.page_url,
            ports=dict(layout.ports),
        )
        self._runners = {service.name: self._runner(service) for service in services}

    async def run(self) -> None:
        """Bring everything up and keep it so until a signal asks to stop; raises StackError."""
        self._check_room()
        self._install_signal_handlers()
        background = asyncio.create_task(self._keep_state())
        tasks = [asyncio.create_task(self._supervise(runner)) for runner in self._runners.values()]
        boot = asyncio.create_task(self._boot())
        stopping = asyncio.create_task(self._stop_asked.wait())
        try:
            await _until_stopped(stopping, boot, *tasks)
        finally:
            for task in (background, boot, *tasks, stopping):
                task.cancel()
            await asyncio.gather(background, boot, *tasks, return_exceptions=True)
            await self._stop_all()

    def ask_to_stop(self) -> None:
        """End `run` in good order."""
        self._stop_asked.set()

    def _runner(self, service: Service) -> ServiceRunner:
        port = self._layout.ports[service.port] if service.port else None
        state = ServiceState(
            service.name, address_of(service, self._layout), str(self._layout.log(service.name)), port=port
        )
        self._state.services[service.name] = state
        return ServiceRunner(service, self._layout, self._env, state, self._say, self._clean_orphans)

    def _check_room(self) -> None:
        free = shutil.disk_usage(self._layout.data).free
        if free < _LEAST_FREE_BYTES:
            raise StackError(f"only {free / 1e9:.1f} GB are free under {self._layout.data}; 2 GB are needed")
        services = [runner.service for runner in self._runners.values()]
        wanted = [port for s in services for port in (s.port, *s.other_ports) if port and not s.requires(self._layout)]
        require_free(self._layout.ports, wanted)

    def _install_signal_handlers(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGCHLD, self._on_child_exit)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.ask_to_stop)

    def _on_child_exit(self) -> None:
        for runner in self._runners.values():
            runner.poll()

    def _clean_orphans(self) -> None:
        known = [pid for runner in self._runners.values() for pid in runner.pids]
        reap_and_kill(adopted_children(known))

    async def _supervise(self, runner: ServiceRunner) -> None:
        service = runner.service
        reason = service.requires(self._layout)
        if reason:
            runner.state.enter(Phase.LEFT_OUT, reason)
            return
        if not service.essential:
            await self._essential_done.wait()
        for need in service.needs:
            if need in self._runners:
                await self._runners[need].ready.wait()
        try:
            await runner.run()
        except StartError as error:
            self._start_failed(runner, error)

    def _start_failed(self, runner: ServiceRunner, error: StartError) -> None:
        words = f"{runner.service.name} did not start: {error}; log: {runner.state.log}"
        if runner.service.essential:
            raise StackError(f"{words}\n{last_lines(self._layout.log(runner.service.name))}") from error
        self._say(words)

    async def _boot(self) -> None:
        """Announce what comes up, then do the main job on the first start, then print the table."""
        essential = [runner for runner in self._runners.values() if runner.service.essential]
        await asyncio.gather(*(self._announce(runner) for runner in essential))
        if self._with_main_job:
            await self._do_main_job()
        self._essential_done.set()
        self._state.ready = True
        self._write_state()
        print(table(self._state, memory=False), flush=True)
        where = (
            f"Bellwether is at {self._layout.page_url}" if "nginx" in self._runners else "the chosen services are up"
        )
        self._say(f"{where}   (Ctrl-C or `make stop` ends it)")

    async def _announce(self, runner: ServiceRunner) -> None:
        await runner.ready.wait()
        self._say(f"{runner.service.name:18} {runner.state.address}")

    async def _do_main_job(self) -> None:
        """Ingest the sample market, train and promote; the marker is written only when that went well."""
        self._say("first start: the sample market comes in and its models are trained")
        service = main_job()
        runner = self._runners[service.name] = self._runner(service)
        printing = asyncio.create_task(follow(self._layout.log(service.name), self._say))
        try:
            await runner.run()
        except StartError as error:
            self._start_failed(runner, error)
        finally:
            await asyncio.sleep(0.3)  # the last lines
            printing.cancel()
        self._layout.main_job_marker.touch()

    async def _keep_state(self) -> None:
        turn = 0
        while True:
            if turn % _MEMORY_EVERY == 0:
                self._measure()
            self._write_state()
            turn += 1
            await asyncio.sleep(_STATE_EVERY_SECONDS)

    def _measure(self) -> None:
        for runner in self._runners.values():
            runner.state.rss = tree_rss(runner.state.pid) if runner.state.pid else 0
            trim_log(self._layout.log(runner.service.name))

    def _write_state(self) -> None:
        self._state.write(self._layout.state_file)

    async def _stop_all(self) -> None:
        self._say("stopping")
        begun = time.monotonic()
        for infrastructure, grace in ((False, APPLICATION_GRACE_SECONDS), (True, INFRASTRUCTURE_GRACE_SECONDS)):
            group = [r for r in self._runners.values() if r.service.infrastructure is infrastructure]
            await asyncio.gather(*(runner.stop(grace) for runner in group))
        self._clean_orphans()
        self._state.ready = False
        self._write_state()
        self._say(f"stopped in {time.monotonic() - begun:.1f} s")

    def _say(self, words: str) -> None:
        # A terminal that has gone away must not keep the services from being stopped.
        with suppress(OSError, ValueError):
            print(f"{time.monotonic() - self._started:6.1f}s  {words}", flush=True)


async def _until_stopped(stopping: "asyncio.Task[bool]", *tasks: "asyncio.Task[None]") -> None:
    """Return when the first task is done; raise at once what any other raises."""
    pending: set[asyncio.Task[bool] | asyncio.Task[None]] = {stopping, *tasks}
    while not stopping.done():
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()


def run_supervisor(layout: Layout, services: Sequence[Service], *, with_main_job: bool) -> int:
    """Run until asked to stop; the exit code of `make run`."""

    async def run() -> None:
        await Supervisor(layout, services, with_main_job=with_main_job).run()

    try:
        asyncio.run(run())
    except (StackError, RuntimeError) as error:
        print(f"bellwether: {error}", file=sys.stderr, flush=True)
        return 1
    return 0
