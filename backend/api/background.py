"""Loops that run beside the requests: each goes on after a trouble, and says what it was."""

import asyncio
from collections.abc import Callable
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
