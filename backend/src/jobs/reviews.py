"""The job that follows every change of a ticker's series."""

from backend.src.jobs.job_store import Submission
from backend.src.jobs.queue import QUEUES


def review_of(ticker: str, snapshot: str, requested_by: str) -> Submission:
    """The review of a ticker's series as this snapshot holds it; asked for twice while it waits, it is one job."""
    return Submission(
        kind="review",
        queue=QUEUES["review"],
        ticker=ticker,
        body={"ticker": ticker, "snapshot": snapshot},
        requested_by=requested_by,
    )
