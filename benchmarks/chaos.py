"""Is every answered forecast stored exactly once, whatever dies? `python benchmarks/chaos.py`.

Starts a copy of the local stack with data and ports of its own. Forecasts are asked for at a steady pace through Nginx
while the broker and then ClickHouse are killed and kept down, and ws_monitor is killed again and again at random. When
all is quiet, ClickHouse's rows are compared with the answers. `--seconds 60` is a short run of the same.
"""

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count, cycle, pairwise
from pathlib import Path
from uuid import UUID

import clickhouse_connect
import httpx
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from local_stack.control import delete_data
from local_stack.layout import Layout, layout_from_environment
from local_stack.ports import choose_ports, free_base
from local_stack.process import is_same_process
from local_stack.state import Phase, read_state
from local_stack.testing import running_stack

TICKERS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")
ANSWER_SECONDS = 15
NOT_READY_SECONDS = 12


@dataclass(frozen=True)
class Plan:
    """What is done to the stack, in seconds from the first forecast."""

    seconds: float
    rate: float
    outage: float
    uptimes: tuple[float, ...]
    """How long ws_monitor is up before each of its kills."""

    @property
    def outages(self) -> dict[str, float]:
        """When each store goes down: the second only after the first has come back."""
        pause = (self.seconds - 2 * self.outage) / 4
        return {"kafka": pause, "clickhouse": 2 * pause + self.outage}


def plan(seconds: float, rate: float, seed: int) -> Plan:
    """Outages of at most a minute, and ws_monitor's kills at random beside them."""
    kills = 20 if seconds >= 180 else max(1, round(seconds / 10))
    chosen = random.Random(seed)  # noqa: S311 - a repeatable disorder, no secret
    uptimes = tuple(chosen.uniform(0, 10) for _ in range(kills))
    return Plan(seconds, rate, min(60.0, 0.3 * seconds), uptimes)


@dataclass
class Tally:
    """What was asked and answered; times are seconds from the first forecast."""

    begun: float = field(default_factory=time.monotonic)
    answered: dict[UUID, float] = field(default_factory=dict)
    refused: list[tuple[float, str]] = field(default_factory=list)
    slowest: float = 0.0
    killed: list[tuple[float, str]] = field(default_factory=list)

    def now(self) -> float:
        """Seconds from the first forecast."""
        return time.monotonic() - self.begun

    def longest_pause(self) -> float:
        """The longest time between two answers."""
        return max(later - earlier for earlier, later in pairwise(sorted(self.answered.values())))


async def ask(client: httpx.AsyncClient, ticker: str, tally: Tally) -> None:
    """One forecast."""
    asked = tally.now()
    try:
        answer = await client.post("/api/predict/", json={"ticker": ticker})
    except httpx.HTTPError as error:
        tally.refused.append((tally.now(), type(error).__name__))
        return
    if answer.is_success:
        tally.answered[UUID(answer.json()["prediction_id"])] = tally.now()
        tally.slowest = max(tally.slowest, tally.now() - asked)
    else:
        tally.refused.append((tally.now(), f"HTTP {answer.status_code}"))


async def ask_steadily(url: str, planned: Plan, tally: Tally, calm: asyncio.Event) -> None:
    """Forecasts at the planned rate, answered or not, for the planned time and until all is done to the stack."""
    tickers = cycle(TICKERS)
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
    async with (
        httpx.AsyncClient(base_url=url, timeout=ANSWER_SECONDS, limits=limits, trust_env=False) as client,
        asyncio.TaskGroup() as asked,
    ):
        for number in count():
            if calm.is_set() and tally.now() >= planned.seconds:
                return
            await asyncio.sleep(max(0.0, number / planned.rate - tally.now()))
            asked.create_task(ask(client, next(tickers), tally))


def kill(layout: Layout, name: str) -> None:
    """SIGKILL a service's process, as soon as it has one."""
    while True:
        state = read_state(layout.state_file)
        row = state.services[name] if state is not None else None
        if row and row.pid and row.create_time and is_same_process(row.pid, row.create_time):
            os.kill(row.pid, signal.SIGKILL)
            return
        time.sleep(0.05)


async def kill_at(layout: Layout, name: str, at: float, tally: Tally) -> None:
    """Kill at a time, or as soon after it as there is something to kill."""
    await asyncio.sleep(max(0.0, at - tally.now()))
    await asyncio.to_thread(kill, layout, name)
    tally.killed.append((tally.now(), name))


def wait_until_up(layout: Layout, name: str) -> None:
    """Until the supervisor says so, or for so long that it can't be: a store that it needs is away."""
    deadline = time.monotonic() + NOT_READY_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.2)
        state = read_state(layout.state_file)
        row = state.services[name] if state is not None else None
        if row and row.state == Phase.UP and row.pid and row.create_time and is_same_process(row.pid, row.create_time):
            return


async def kill_one_after_another(layout: Layout, planned: Plan, tally: Tally) -> None:
    """ws_monitor's kills, at work and while it starts."""
    for uptime in planned.uptimes:
        await asyncio.to_thread(wait_until_up, layout, "ws_monitor")
        await kill_at(layout, "ws_monitor", tally.now() + uptime, tally)


async def keep_down(layout: Layout, name: str, at: float, planned: Plan, tally: Tally) -> None:
    """Kill a service and have the supervisor leave it down for the planned time."""
    held = layout.held(name)
    held.parent.mkdir(exist_ok=True)
    await asyncio.sleep(max(0.0, at - tally.now()))
    held.touch()
    await kill_at(layout, name, at, tally)
    await asyncio.sleep(planned.outage)
    held.unlink()
    say(f"{tally.now():6.1f} s  {name} may come back after {planned.outage:.0f} s")


async def disturb(layout: Layout, planned: Plan) -> Tally:
    """The forecasts and all that is done meanwhile."""
    tally, calm = Tally(), asyncio.Event()
    asking = asyncio.create_task(ask_steadily(layout.page_url, planned, tally, calm))
    await asyncio.gather(
        kill_one_after_another(layout, planned, tally),
        *(keep_down(layout, name, at, planned, tally) for name, at in planned.outages.items()),
    )
    calm.set()
    await asking
    return tally


@dataclass(frozen=True)
class Stored:
    """What ClickHouse has of the answered forecasts."""

    rows: Mapping[UUID, int]
    final: Mapping[UUID, int]

    def missing(self, tally: Tally) -> int:
        """Answered and not there."""
        return sum(one not in self.final for one in tally.answered)

    def doubled(self, tally: Tally) -> int:
        """Answered and there more than once as ClickHouse's FINAL reads it, which is how all of ours reads it."""
        return sum(self.final.get(one, 0) > 1 for one in tally.answered)


def stored(clickhouse_url: str) -> Stored:
    """Every served forecast's rows."""
    client = clickhouse_connect.get_client(dsn=clickhouse_url, autogenerate_session_id=False)
    try:
        counts = [
            Counter({row[0]: row[1] for row in client.query(query).result_rows})
            for table in ("predictions", "predictions FINAL")
            for query in (f"SELECT prediction_id, count() FROM {table} WHERE NOT shadow GROUP BY 1",)  # noqa: S608
        ]
    finally:
        client.close()
    return Stored(*counts)


def wait_for_quiet(clickhouse_url: str, tally: Tally, patience: float) -> tuple[Stored | None, float]:
    """Ask ClickHouse until nothing is missing, and twice more; what it has then, and the seconds until it was so."""
    begun, found = time.monotonic(), None
    waited = 0.0
    while time.monotonic() - begun < patience:
        with suppress(ClickHouseError):
            found = stored(clickhouse_url)
            waited = time.monotonic() - begun
            if not found.missing(tally):
                time.sleep(15)  # a late repeat would come now
                return stored(clickhouse_url), waited
        time.sleep(0.5)
    return found, waited


def report(planned: Plan, tally: Tally, found: Stored | None, waited: float) -> bool:
    """Print the table; whether all was well."""
    asked = len(tally.answered) + len(tally.refused)
    lost = len(tally.answered) if found is None else found.missing(tally)
    doubled = 0 if found is None else found.doubled(tally)
    kills = Counter(name for _, name in tally.killed)
    rows: dict[str, object] = {
        "forecasts asked for": f"{asked:,} at {planned.rate:g} a second, through Nginx",
        "kept down": f"kafka {planned.outage:.0f} s, then clickhouse {planned.outage:.0f} s",
        "ws_monitor killed": f"{kills['ws_monitor']} times at random",
        "answered": f"{len(tally.answered):,} ({len(tally.answered) / asked:.2%})",
        "refused": str(dict(Counter(why for _, why in tally.refused)) or "none"),
        "longest pause between answers": f"{tally.longest_pause():.2f} s",
        "slowest answer": f"{tally.slowest:.2f} s",
        "last missing one stored": f"{waited:.1f} s after the last forecast",
        "lost": lost,
        "doubled": doubled,
    }
    if found is not None:
        mine = [found.rows.get(one, 0) for one in tally.answered]
        rows["rows before ClickHouse merges repeats"] = f"{sum(mine):,} ({sum(mine) - len(mine) + lost:,} repeats)"
        rows["stored without an answer"] = len(found.final.keys() - tally.answered.keys())
    for name, value in rows.items():
        say(f"{name:<40}{value}")
    return lost == 0 and doubled == 0


def say(words: str) -> None:
    """Print a line at once."""
    print(words, flush=True)  # noqa: T201


def in_own_stack(work: Callable[[Layout, Mapping[str, str]], bool]) -> bool:
    """Do something with a fresh copy of the stack, and delete it afterwards."""
    data = Path(tempfile.mkdtemp(prefix="bellwether-"))
    data.chmod(0o755)  # mkdtemp closes it; PostgreSQL's account must be able to walk through
    base = str(free_base())
    copy = replace(layout_from_environment(), data=data, ports=choose_ports(base))
    try:
        with running_stack(copy, base) as environment:
            return work(copy, environment)
    finally:
        delete_data(copy)


def main() -> int:
    """Run and print; the exit status is 1 when a forecast was lost or is there twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=220)
    parser.add_argument("--rate", type=float, default=50, help="forecasts a second")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--patience", type=float, default=300, help="seconds to wait for the last one")
    options = parser.parse_args()
    planned = plan(options.seconds, options.rate, options.seed)

    def work(layout: Layout, environment: Mapping[str, str]) -> bool:
        tally = asyncio.run(disturb(layout, planned))
        say(f"{tally.now():6.1f} s  the last forecast was asked for")
        found, waited = wait_for_quiet(environment["CLICKHOUSE_URL"], tally, options.patience)
        return report(planned, tally, found, waited)

    return 0 if in_own_stack(work) else 1


if __name__ == "__main__":
    sys.exit(main())
