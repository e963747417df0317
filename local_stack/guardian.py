"""The guardian: a small parent of the supervisor, which ends the services when the supervisor itself is killed.

Both adopt orphaned descendants, so no process of the stack can slip out from under them. The guardian is forked
before anything heavy is imported. If the guardian is killed, the supervisor gets SIGTERM from the kernel and
stops in good order.
"""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import psutil

from local_stack.process import become_subreaper, descendants, die_with_parent, kill_all

_GRACE_SECONDS = 3.0


def guarded(supervise: Callable[[], int]) -> int:
    """Run `supervise` in a child and return its exit code once nothing of it is left."""
    become_subreaper()
    pid = os.fork()
    if pid == 0:
        die_with_parent(signal.SIGTERM)
        become_subreaper()
        os._exit(_exit_code(supervise))
    _forward_signals(pid)
    code = os.waitstatus_to_exitcode(_wait_for(pid))
    _end_leftovers()
    return code if code >= 0 else 128 - code


def _exit_code(supervise: Callable[[], int]) -> int:
    """The child's whole life; it must never return into the parent's code."""
    try:
        return supervise()
    except SystemExit as request:
        return request.code if isinstance(request.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
        return 1


def _forward_signals(pid: int) -> None:
    def forward(_number: int, _frame: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, forward)


def _wait_for(pid: int) -> int:
    """Collect every dead child, adopted ones too, until it is the supervisor."""
    while True:
        found, status = os.waitpid(-1, 0)
        if found == pid:
            return status


def _end_leftovers() -> None:
    left = descendants(os.getpid())
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(left, timeout=_GRACE_SECONDS)
    kill_all(alive)
    psutil.wait_procs(alive, timeout=_GRACE_SECONDS)
