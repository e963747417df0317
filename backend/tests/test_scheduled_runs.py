"""What is due is done once, however often and by however many it is asked for."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from backend.src.data.scheduled_run_store import ScheduledRunStore
from backend.src.runtime import Runtime
from backend.src.workflows.chores import Chores
from backend.src.workflows.due import Schedule

pytestmark = pytest.mark.stack

MONDAY = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


@pytest.fixture
def name(meta_engine: Engine) -> Iterator[str]:
    """A schedule that no other test has."""
    name = f"test {uuid4().hex[:12]}"
    yield name
    with meta_engine.begin() as connection:
        connection.execute(text("DELETE FROM scheduled_runs WHERE schedule = :name"), {"name": name})


@pytest.fixture
def store(meta_sessions: sessionmaker[Session]) -> ScheduledRunStore:
    return ScheduledRunStore(meta_sessions)


class Work:
    """A chore that remembers for whom it was done."""

    def __init__(self, *broken: str) -> None:
        self.broken = broken
        self.done: list[str] = []

    def __call__(self, subject: str) -> dict[str, Any]:
        self.done.append(subject)
        if subject in self.broken:
            raise RuntimeError(f"{subject} does not answer")
        return {"did": subject}


def daily(name: str, subjects: Sequence[str]) -> Schedule:
    """Due every day at noon."""

    def latest(_subject: str, now: datetime) -> datetime:
        noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
        return noon if noon <= now else noon - timedelta(days=1)

    return Schedule(name, "does", "at noon", lambda _held: list(subjects), latest, latest)


def test_of_many_who_ask_at_once_one_does_it(name: str, store: ScheduledRunStore) -> None:
    store.claim(name, "all", MONDAY)
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: store.claim(name, "all", MONDAY + timedelta(days=1)), range(16)))
    assert sorted(claims) == ["claimed", *["done"] * 15]


def test_who_is_seen_for_the_first_time_has_missed_nothing(name: str, store: ScheduledRunStore) -> None:
    assert store.claim(name, "all", MONDAY) == "first seen"
    assert store.claim(name, "all", MONDAY) == "done"
    assert store.latest()[name, "all"].state == "skipped"


def test_a_week_of_missed_runs_is_caught_up_once(name: str, store: ScheduledRunStore, runtime: Runtime) -> None:
    work = Work()
    chores = Chores([daily(name, ["all"])], {name: work}, store, runtime)
    chores.run_due(now=MONDAY)
    for _ in range(3):
        chores.run_due(now=MONDAY + timedelta(days=7, hours=1))
    assert work.done == ["all"]
    run = store.latest()[name, "all"]
    assert (run.due, run.state, run.result) == (MONDAY + timedelta(days=7), "succeeded", {"did": "all"})


def test_a_subject_that_fails_is_told_and_does_not_keep_others_from_theirs(
    name: str, store: ScheduledRunStore, runtime: Runtime
) -> None:
    work = Work("XNYS")
    chores = Chores([daily(name, ["XNYS", "XTAI"])], {name: work}, store, runtime)
    chores.run_due(now=MONDAY)
    found = chores.run_due(now=MONDAY + timedelta(days=1))
    assert work.done == ["XNYS", "XTAI"]
    assert found[f"{name} XTAI"] == "succeeded"
    assert "does not answer" in found[f"{name} XNYS"]
    failed = store.latest()[name, "XNYS"]
    assert failed.state == "failed"
    assert failed.error is not None
    assert "does not answer" in failed.error


def test_what_lost_its_process_is_done_by_the_next_who_asks(
    name: str, store: ScheduledRunStore, meta_engine: Engine
) -> None:
    store.claim(name, "all", MONDAY)
    due = MONDAY + timedelta(days=1)
    assert store.claim(name, "all", due) == "claimed"
    assert store.claim(name, "all", due) == "done"
    with meta_engine.begin() as connection:
        aged = "UPDATE scheduled_runs SET started_at = now() - interval '3 hours' WHERE schedule = :name AND due = :due"
        connection.execute(text(aged), {"name": name, "due": due})
    assert store.claim(name, "all", due) == "claimed"
