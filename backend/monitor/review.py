"""The closed loop, once around: what is done when the market has answered for a ticker.

Each step looks at what is stored and may be done again at any time: a second review of the same series finds nothing
left to do.
"""

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from backend.errors import BellwetherError, UpstreamError
from backend.src.jobs.runner import JobReporter
from backend.src.runtime import Runtime

log = structlog.get_logger(__name__)

Step = Callable[[str], dict[str, Any] | None]
"""Looks at a ticker; says what it found and did, or None when there was nothing to look at."""


class ReviewError(BellwetherError):
    """Some steps failed; the others were done."""

    title = "Review incomplete"


def steps(runtime: Runtime) -> dict[str, Step]:
    """The steps in the order in which they build on each other."""
    from backend.monitor.drift.service import drift_step
    from backend.monitor.outcomes import OutcomeReview
    from backend.monitor.promotion_review import promotion_review
    from backend.monitor.retraining.retrainer import Retrainer
    from backend.monitor.rollback import rollback_review

    return {
        "outcomes": OutcomeReview(runtime.clickhouse, runtime.instruments, runtime.alerts, runtime.settings).review,
        "drift": lambda ticker: drift_step(runtime, ticker),
        "retrain": Retrainer(runtime).consider,
        "promotion": promotion_review(runtime).review,
        "rollback": rollback_review(runtime).review,
    }


class Reviewer:
    """Takes a ticker through the steps."""

    def __init__(self, steps: Mapping[str, Step]) -> None:
        self._steps = steps

    def review(self, ticker: str, reporter: JobReporter) -> dict[str, Any]:
        """Do every step. One that fails does not keep the later ones from their work.

        Returns:
            What each step found, by its name.

        Raises:
            ReviewError: steps failed; it names them.
            UpstreamError: a store is away.
        """
        found: dict[str, Any] = {}
        failed: dict[str, str] = {}
        for done, (name, step) in enumerate(self._steps.items()):
            reporter.progress(done / len(self._steps), name)
            try:
                found[name] = step(ticker)
            except UpstreamError:
                raise  # a store that restarts: the job goes back to the queue
            except BellwetherError as error:
                log.warning("review step failed", ticker=ticker, step=name, error=error.detail)
                failed[name] = error.detail
        if failed:
            raise ReviewError("; ".join(f"{name}: {why}" for name, why in failed.items()))
        return found
