"""`make test`: the page's tests, then everything else against a copy of the stack with a data directory of its own."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from local_stack.control import delete_data
from local_stack.environment import stack_environment
from local_stack.layout import Layout
from local_stack.ports import choose_ports, free_base
from local_stack.process import signal_group
from local_stack.report import last_lines
from local_stack.state import read_state

_START_SECONDS = 900
_STOP_SECONDS = 20


class TestStackError(RuntimeError):
    """The copy of the stack did not come up."""

    __test__ = False


def run_tests(layout: Layout, pytest_arguments: Sequence[str]) -> int:
    """Run every test; pytest comes last, so its summary is the last line."""
    failed = [_npm(layout, os.environ, "test")]
    data = Path(tempfile.mkdtemp(prefix="bellwether-"))
    data.chmod(0o755)  # mkdtemp closes it; PostgreSQL's account must be able to walk through
    base = str(free_base())
    copy = replace(layout, data=data, ports=choose_ports(base))
    try:
        with running_stack(copy, base) as environment:
            failed.append(_npm(layout, environment, "run", "e2e"))
            failed.append(_pytest(layout, environment, pytest_arguments))
    except TestStackError as error:
        print(f"make test: {error}", file=sys.stderr)
        return 1
    finally:
        delete_data(copy)  # silently: pytest's summary stays the last line
    return 1 if any(failed) else 0


@contextmanager
def running_stack(copy: Layout, base: str) -> Iterator[Mapping[str, str]]:
    """A whole stack with its main job done; its environment, and the addresses the tests want."""
    own = {"BELLWETHER_DATA_DIR": str(copy.data), "BELLWETHER_PORT_BASE": base, "DATA_SOURCE": "sample"}
    output = copy.data / "run.log"
    with output.open("wb") as file:
        command = [sys.executable, "-m", "local_stack", "run"]
        # In a session of its own: Ctrl-C stops the tests, and they stop the stack.
        process = subprocess.Popen(command, env={**os.environ, **own}, stdout=file, stderr=file, start_new_session=True)
    try:
        _wait_until_ready(copy, process, output)
        yield {
            **os.environ,
            **own,
            **stack_environment(copy),
            "BELLWETHER_URL": copy.page_url,
            "BELLWETHER_STATE": str(copy.state_file),
        }
    finally:
        _end(process)


def _wait_until_ready(copy: Layout, process: "subprocess.Popen[bytes]", output: Path) -> None:
    begun = time.monotonic()
    print(f"make test: a copy of the stack starts at {copy.page_url}, data in {copy.data}", flush=True)
    while time.monotonic() - begun < _START_SECONDS:
        state = read_state(copy.state_file)
        if state is not None and state.ready:
            print(f"make test: the stack is ready after {time.monotonic() - begun:.0f} s", flush=True)
            return
        if process.poll() is not None:
            raise TestStackError(f"the stack ended with code {process.returncode}:\n{last_lines(output, 60)}")
        time.sleep(0.5)
    raise TestStackError(f"the stack was not ready after {_START_SECONDS} s:\n{last_lines(output, 60)}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        signal_group(process.pid, signal.SIGKILL)
        process.wait()


def _npm(layout: Layout, environment: Mapping[str, str], *arguments: str) -> bool:
    """Run npm in frontend/ and return whether it failed."""
    command = [sys.executable, str(layout.repository / "bootstrap.py"), "npm", *arguments]
    print(f"make test: npm {' '.join(arguments)}", flush=True)
    failed = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode != 0
    if failed:
        print(f"make test: npm {' '.join(arguments)} FAILED", file=sys.stderr, flush=True)
    return failed


def _pytest(layout: Layout, environment: Mapping[str, str], arguments: Sequence[str]) -> bool:
    command = [sys.executable, "-m", "pytest", *arguments]
    finished = subprocess.run(command, env=environment, cwd=layout.repository, stdin=subprocess.DEVNULL, check=False)
    return finished.returncode != 0
