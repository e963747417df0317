"""The work around a check: the review's step, and the report that is made on demand or when drift begins."""

from typing import Any
from uuid import UUID

from backend.monitor.drift.monitor import DriftMonitor, Unchecked
from backend.monitor.drift.reporting import ReportInput, make_report
from backend.src.data.monitor_orm import DriftCheck
from backend.src.jobs.job_store import Submission
from backend.src.jobs.queue import QUEUES
from backend.src.jobs.reporter import Reporter
from backend.src.runtime import Runtime

_ACTOR = "policy:drift"


def drift_step(runtime: Runtime, ticker: str) -> dict[str, Any] | None:
    """Check a ticker; where drift begins, ask for the report."""
    found = DriftMonitor(runtime).check(ticker)
    if isinstance(found, Unchecked):
        return found.as_json()
    if found.findings["newly_drifted"] and found.drifted and found.report_key is None:
        runtime.queue.submit(_report_of(found))
    return {"check_id": found.id, "drifted": found.drifted, "last_session": str(found.last_session)}


def _report_of(check: DriftCheck) -> Submission:
    return Submission(
        kind="drift",
        queue=QUEUES["drift"],
        ticker=check.ticker,
        body={"ticker": check.ticker},
        requested_by=_ACTOR,
        trigger={"trigger": "drift", "check_id": check.id},
    )


def check_with_report(runtime: Runtime, ticker: str, job_id: UUID, reporter: Reporter) -> dict[str, Any]:
    """Check a ticker and make the report.

    Returns:
        The check; or why there was nothing to check, and then there is no report.

    Raises:
        ReportError: the report could not be made; the check stands.
        UpstreamError: a store is away.
    """
    reporter.progress(0.0, "checking")
    monitor = DriftMonitor(runtime)
    check = monitor.check(ticker)
    if isinstance(check, Unchecked):
        reporter.log(f"Nothing to compare: {check.state}.")
        return check.as_json()
    reporter.progress(0.2, "making the report")
    model = runtime.models.get(check.model_id, deleted_too=True)
    history, window = monitor.history(model).rows, monitor.window(check, model)
    settings = runtime.settings
    wanted = ReportInput(history.frame(), window.frame(), settings.drift_false_alarm_rate)
    html = make_report(wanted, settings.drift_report_seconds)
    reporter.progress(0.9, "storing the report")
    key = runtime.reports.put(html)
    runtime.drift.set_report(check.id, key, job_id)
    reporter.log(f"{ticker}, {check.first_session} to {check.last_session}: {'' if check.drifted else 'no '}drift.")
    return {"state": "checked", "check_id": check.id, "drifted": check.drifted, "report_key": key}
