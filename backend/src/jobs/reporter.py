"""How work that runs as a job tells of itself, without knowing where the words go."""

from typing import Any, Protocol


class Reporter(Protocol):
    """Progress, log lines and partial results of one job.

    Every method may raise `JobCancelledError` or `LeaseLostError`: work stops at the next report after someone
    cancelled it or another worker took it over.
    """

    def progress(self, fraction: float, stage: str) -> None:
        """Say how far the work is, from 0 to 1, and what it does now."""

    def log(self, line: str) -> None:
        """Write one line that a person can read while the job runs."""

    def partial(self, result: dict[str, Any]) -> None:
        """Publish what is known so far; it replaces the previous partial result."""
