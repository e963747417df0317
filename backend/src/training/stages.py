"""Where a training is, told again while a search goes on."""

from backend.src.jobs.reporter import Reporter


class Stages:
    """Passes progress on and remembers it: a search repeats it, so that it shows, and can be cancelled."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._fraction = 0.0

    def progress(self, fraction: float, stage: str) -> None:
        """Say how far the work is, from 0 to 1, and what it does now."""
        self._fraction = fraction
        self._reporter.progress(fraction, stage)

    def trial(self, number: int) -> None:
        """Say that a search tries something."""
        self._reporter.progress(self._fraction, f"trial {number + 1} for the next fit")
