"""Work that runs beside the requests: it goes on after a trouble and says what it was, or ends the process."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

import structlog

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Loop:
    """Work that is done again and again in a thread."""

    name: str
    every_seconds: float
    work: Callable[[], object]


async def repeat(loop: Loop) -> None:
    """Run a loop until cancelled. A failure is logged once until the loop works again."""
    failing = False
    while True:
        try:
            await asyncio.to_thread(loop.work)
        except Exception as error:
            if not failing:
                log.error("background loop fails", loop=loop.name, error=f"{type(error).__name__}: {error}")
            failing = True
        else:
            if failing:
                log.info("background loop works again", loop=loop.name)
            failing = False
        await asyncio.sleep(loop.every_seconds)


def essential(work: Coroutine[None, None, None], *, name: str) -> asyncio.Task[None]:
    """Start work that the process is of no use without: if it ever ends by itself, the process ends too.

    A supervisor starts a dead process again; nobody notices a living one that has stopped recording.
    """
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_end_process)
    return task


def _end_process(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        log.critical("essential work ended", task=task.get_name(), exc_info=task.exception())
        os.kill(os.getpid(), signal.SIGTERM)
