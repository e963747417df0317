import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from local_stack.layout import Layout
from local_stack.ports import choose_ports, free_base
from local_stack.runner import restart_delay
from local_stack.state import Phase, ServiceState, StackState, read_state

HARNESS = Path(__file__).with_name("harness.py")


class Stack:
    """A harness that runs, and what it says."""

    def __init__(self, data: Path, base: int, services: tuple[str, ...]) -> None:
        self.layout = Layout(data=data, ports=choose_ports(str(base)))
        self.output = data / "output.txt"
        with self.output.open("ab") as file:
            command = [sys.executable, str(HARNESS), str(data), str(base), *services]
            self.process = subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True)

    @property
    def state(self) -> StackState:
        state = read_state(self.layout.state_file)
        assert state is not None
        return state

    def service(self, name: str) -> ServiceState:
        return self.state.services[name]

    def pid(self, name: str) -> int:
        pid = self.service(name).pid
        assert pid is not None
        return pid

    def wait_ready(self) -> None:
        wait(lambda: self.layout.state_file.exists() and self.state.ready, 30, self.output)

    def stop(self) -> float:
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        return time.monotonic() - begun


def wait(condition: Callable[[], bool], seconds: float, output: Path) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.05)


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    stacks: list[Stack] = []
    base = free_base(25000)

    def start(*services: str) -> Stack:
        stacks.append(Stack(tmp_path, base, services))
        return stacks[-1]

    yield start
    for stack in stacks:
        if stack.process.poll() is None:
            stack.stop()


def test_starts_what_needs_another_service_only_once_that_one_answers(start: Callable[..., Stack]) -> None:
    stack = start("dependent", "alpha")
    stack.wait_ready()
    assert stack.service("dependent").state is Phase.UP
    assert stack.service("dependent").restarts == 0


def test_restarts_a_killed_service_and_says_so(start: Callable[..., Stack]) -> None:
    stack = start("alpha")
    stack.wait_ready()
    killed = stack.pid("alpha")
    os.kill(killed, signal.SIGKILL)
    wait(lambda: stack.service("alpha").restarts == 1 and stack.service("alpha").state is Phase.UP, 15, stack.output)
    assert stack.pid("alpha") != killed
    said = stack.output.read_text()
    assert "alpha ended by SIGKILL" in said
    assert str(stack.layout.log("alpha")) in said


def test_a_killed_service_leaves_no_grandchild_even_one_in_a_session_of_its_own(start: Callable[..., Stack]) -> None:
    stack = start("parent")
    stack.wait_ready()
    grandchild = int((stack.layout.data / "grandchild.pid").read_text())
    assert not gone(grandchild)
    os.kill(stack.pid("parent"), signal.SIGKILL)
    wait(lambda: gone(grandchild), 10, stack.output)


def test_stops_everything_within_ten_seconds_even_what_ignores_the_signal(start: Callable[..., Stack]) -> None:
    stack = start("alpha", "parent", "stubborn")
    stack.wait_ready()
    pids = [stack.pid(name) for name in ("alpha", "parent", "stubborn")]
    pids.append(int((stack.layout.data / "grandchild.pid").read_text()))
    assert stack.stop() < 10
    assert all(gone(pid) for pid in pids)
    assert stack.process.returncode == 0
    assert not stack.state.ready


def test_a_killed_supervisor_takes_its_services_with_it(start: Callable[..., Stack]) -> None:
    stack = start("alpha", "parent")
    stack.wait_ready()
    pids = [stack.pid("alpha"), stack.pid("parent"), int((stack.layout.data / "grandchild.pid").read_text())]
    os.kill(stack.state.pid, signal.SIGKILL)
    stack.process.wait(15)
    assert all(gone(pid) for pid in pids)


def test_a_killed_guardian_makes_the_supervisor_stop_in_good_order(start: Callable[..., Stack]) -> None:
    stack = start("alpha")
    stack.wait_ready()
    alpha, supervisor = stack.pid("alpha"), stack.state.pid
    os.kill(stack.state.guardian_pid, signal.SIGKILL)
    wait(lambda: gone(alpha) and gone(supervisor), 12, stack.output)


def test_a_new_start_ends_what_an_earlier_one_left_behind(start: Callable[..., Stack]) -> None:
    first = start("alpha")
    first.wait_ready()
    left = first.pid("alpha")
    # The supervisor first would let the guardian clean up, so both are frozen before they are killed.
    for pid in (first.state.guardian_pid, first.state.pid):
        os.kill(pid, signal.SIGSTOP)
    for pid in (first.state.guardian_pid, first.state.pid):
        os.kill(pid, signal.SIGKILL)
    first.process.wait(5)
    assert not gone(left)
    second = start("alpha")
    wait(lambda: gone(left), 10, second.output)
    wait(lambda: second.state.alive and second.state.ready, 20, second.output)


def test_names_an_essential_service_that_does_not_start_with_its_words_and_its_log(start: Callable[..., Stack]) -> None:
    stack = start("alpha", "broken")
    assert stack.process.wait(40) == 1
    said = stack.output.read_text()
    assert "broken did not start" in said
    assert "the configuration makes no sense" in said
    assert str(stack.layout.log("broken")) in said


def test_runs_on_without_an_optional_service(start: Callable[..., Stack]) -> None:
    stack = start("alpha", "optional")
    stack.wait_ready()
    wait(lambda: stack.service("optional").state is Phase.FAILED, 30, stack.output)
    assert stack.service("alpha").state is Phase.UP


def test_names_a_taken_port_before_anything_starts(start: Callable[..., Stack], tmp_path: Path) -> None:
    base = free_base(25000)
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", choose_ports(str(base))["backend1"]))
        holder.listen()
        stack = start("alpha")
        assert stack.process.wait(20) == 1
        said = stack.output.read_text()
        assert f"port {holder.getsockname()[1]} (backend1) is taken by process {os.getpid()}" in said
        assert "BELLWETHER_PORT_BASE" in said
    with suppress(FileNotFoundError):
        assert not (tmp_path / "logs" / "alpha.log").exists()


def test_restarts_at_once_at_first_then_ever_later_up_to_half_a_minute() -> None:
    delays = [restart_delay(failures, jitter=lambda: 0.5) for failures in range(1, 9)]
    assert delays == [0.3, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert restart_delay(8, jitter=lambda: 0.0) == 24.0
    assert restart_delay(8, jitter=lambda: 1.0) == pytest.approx(36.0)
