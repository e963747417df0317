"""The job system on the stack's real Postgres. Kinds are the tests' own, so that no worker takes them."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session, sessionmaker

from backend.errors import ConflictError, InvalidRequestError, LeaseLostError, UpstreamError
from backend.src.data.orm import Job
from backend.src.jobs import job_store
from backend.src.jobs.job_store import JobStore, Lease, Submission, guard
from backend.src.jobs.runner import Handler, JobReporter, JobRunner

pytestmark = pytest.mark.stack

KIND = "test-kind"


@pytest.fixture
def store(meta_sessions: sessionmaker[Session]) -> Iterator[JobStore]:
    yield JobStore(meta_sessions)
    with meta_sessions.begin() as session:
        session.execute(delete(Job).where(Job.kind == KIND))


@pytest.fixture
def submit(store: JobStore) -> Callable[..., Job]:
    def make(body: dict[str, Any] | None = None, **fields: Any) -> Job:
        wanted = Submission(KIND, "nobody", None, body or {"nonce": uuid4().hex}, "tests", **fields)
        return store.submit(wanted)[0]

    return make


def run(store: JobStore, job: Job, handler: Handler) -> str:
    return JobRunner(store, {KIND: handler}, "test-worker").run(job.id)


def expire(sessions: sessionmaker[Session], job_id: UUID) -> None:
    """Let a lease run out, as it does when its worker was killed."""
    with sessions.begin() as session:
        session.execute(update(Job).where(Job.id == job_id).values(lease_until=Job.lease_until - timedelta(minutes=1)))


def test_same_intent_twice_is_the_same_job_while_it_is_active(submit: Callable[..., Job], store: JobStore) -> None:
    body = {"nonce": uuid4().hex}
    first, second = submit(body), submit(body)
    assert first.id == second.id
    store.cancel(first.id)
    assert submit(body).id != first.id


def test_a_hundred_identical_posts_at_once_make_one_job(submit: Callable[..., Job]) -> None:
    body = {"nonce": uuid4().hex}
    ids: list[UUID] = []
    threads = [threading.Thread(target=lambda: ids.append(submit(body).id)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 20
    assert len(set(ids)) == 1


def test_idempotency_key_gives_the_same_job_even_after_its_end(submit: Callable[..., Job], store: JobStore) -> None:
    key, body = uuid4().hex, {"nonce": uuid4().hex}
    job = submit(body, idempotency_key=key)
    assert run(store, job, lambda _lease, _reporter: {"done": True}) == "succeeded"
    assert submit(body, idempotency_key=key).id == job.id
    with pytest.raises(ConflictError):
        submit({"nonce": "another"}, idempotency_key=key)


def test_job_is_taken_once(submit: Callable[..., Job], store: JobStore) -> None:
    job = submit()
    assert store.take(job.id, "a") is not None
    assert store.take(job.id, "b") is None


def test_a_replaced_worker_can_write_nothing(
    submit: Callable[..., Job], store: JobStore, meta_sessions: sessionmaker[Session]
) -> None:
    job = submit()
    late = store.take(job.id, "a")
    assert late is not None
    expire(meta_sessions, job.id)
    new = store.take(job.id, "b")
    assert new is not None
    assert new.fence > late.fence
    with pytest.raises(LeaseLostError):
        store.report(late, progress=0.5)
    assert not store.renew(late)
    assert not store.finish(late, "succeeded", result={"from": "late"})
    with meta_sessions.begin() as session, pytest.raises(LeaseLostError):
        guard(session, late)
    assert store.finish(new, "succeeded", result={"from": "new"})
    assert store.get(job.id).result == {"from": "new"}


def test_reaper_sends_a_lost_job_again_and_gives_up_after_three_workers(
    submit: Callable[..., Job], store: JobStore, meta_sessions: sessionmaker[Session]
) -> None:
    job = submit()
    for attempt in range(1, job_store.MAX_ATTEMPTS + 1):
        lease = store.take(job.id, "doomed")
        assert lease is not None
        assert lease.attempt == attempt
        expire(meta_sessions, job.id)
        _reap_until(store, lambda: store.get(job.id).state != "running")
    assert store.get(job.id).state == "failed"
    assert "3 times" in (store.get(job.id).error or "")


def test_reaper_names_queued_jobs_without_a_message(submit: Callable[..., Job], store: JobStore) -> None:
    job = submit()
    named: list[UUID] = []
    # One of the stack's own reapers may come first: then it has sent the job, and none names it again.
    _reap_until(store, lambda: job.id in named or store.get(job.id).sent_at is not None, named)
    store.mark_sent(job.id)
    assert job.id not in _reap_once(store)


def test_reaper_names_a_queued_job_again_when_its_message_is_old(
    submit: Callable[..., Job], store: JobStore, meta_sessions: sessionmaker[Session]
) -> None:
    job = submit()
    store.mark_sent(job.id)
    long_ago = datetime.now(UTC) - 2 * job_store.RESEND_AFTER
    with meta_sessions.begin() as session:
        session.execute(update(Job).where(Job.id == job.id).values(sent_at=long_ago))
    named: list[UUID] = []
    _reap_until(store, lambda: job.id in named or store.get(job.id).sent_at != long_ago, named)


def _reap_once(store: JobStore) -> list[UUID]:
    return [job_id for job_id, _queue in store.reap()]


def _reap_until(store: JobStore, true: Callable[[], bool], named: list[UUID] | None = None) -> None:
    """Reap until something holds: the stack's own reapers share the lock and may come first."""
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        reaped = _reap_once(store)
        if named is not None:
            named.extend(reaped)
        time.sleep(0.05)


def test_work_outlives_the_lease_because_it_is_renewed(
    submit: Callable[..., Job], store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = timedelta(milliseconds=400)
    monkeypatch.setattr(job_store, "LEASE", short)
    monkeypatch.setattr("backend.src.jobs.runner.LEASE", short)
    job = submit()

    def slow(_lease: Lease, reporter: JobReporter) -> dict[str, Any]:
        time.sleep(1.2)
        reporter.progress(0.9, "nearly")
        return {"ok": True}

    assert run(store, job, slow) == "succeeded"
    ended = store.get(job.id)
    assert (ended.state, ended.attempt, ended.progress) == ("succeeded", 1, 1.0)


def test_cancel_stops_running_work_at_its_next_report(submit: Callable[..., Job], store: JobStore) -> None:
    job = submit()
    reached: list[str] = []

    def cancelled_midway(_lease: Lease, reporter: JobReporter) -> dict[str, Any]:
        reporter.progress(0.1, "one")
        store.cancel(job.id)
        reporter.progress(0.2, "two")
        reached.append("after the cancel")
        return {}

    assert run(store, job, cancelled_midway) == "cancelled"
    assert reached == []
    assert store.get(job.id).state == "cancelled"
    with pytest.raises(ConflictError):
        store.cancel(job.id)


def test_a_failing_job_says_failed_and_why(submit: Callable[..., Job], store: JobStore) -> None:
    def refuse(_lease: Lease, _reporter: JobReporter) -> dict[str, Any]:
        raise InvalidRequestError("Too little history: 12 sessions, at least 120 are needed.")

    job = submit()
    assert run(store, job, refuse) == "failed"
    ended = store.get(job.id)
    assert ended.state == "failed"
    assert ended.error == "Too little history: 12 sessions, at least 120 are needed."
    assert ended.result is None
    assert "Too little history" in store.log_tail(job.id)[-1].line


def test_a_passing_trouble_is_tried_again_and_then_fails(submit: Callable[..., Job], store: JobStore) -> None:
    def away(_lease: Lease, _reporter: JobReporter) -> dict[str, Any]:
        raise UpstreamError("MLflow does not answer.")

    job = submit()
    assert [run(store, job, away) for _ in range(job_store.MAX_ATTEMPTS)] == ["requeued", "requeued", "failed"]
    assert store.get(job.id).state == "failed"
    assert run(store, job, away) == "not taken"
