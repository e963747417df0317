"""The platform's own API, as a program that starts jobs and waits for them sees it."""

import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import httpx
import stamina

from backend.errors import BellwetherError

JobJson = dict[str, Any]

_DONE = frozenset({"succeeded", "failed", "cancelled"})
_MODELS_PAGE = 500


class PlatformError(BellwetherError):
    """The API refused a request, or a job did not end in time."""

    title = "Platform refused"

    def __init__(self, detail: str, *, answered: int | None = None) -> None:
        super().__init__(detail)
        self.answered = answered
        """The status that the API answered, if it did."""


def _is_passing(error: Exception) -> bool:
    """Whether the API may answer when asked again: a restart, not a refusal."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in {429, 502, 503, 504}
    return isinstance(error, httpx.TransportError)


class Platform:
    """Starts jobs and follows them. Asking twice is safe: the same request while a job is active is the same job."""

    def __init__(self, client: httpx.Client, poll_seconds: float = 1.0, timeout_seconds: float = 1800.0) -> None:
        self._client = client
        self._poll_seconds = poll_seconds
        self._timeout_seconds = timeout_seconds

    def ingest(self, tickers: Sequence[str], source: str | None) -> dict[str, str]:
        """Ingest tickers, one job each: ticker to job id."""
        answer = self._ask("POST", "/api/run-etl", json={"tickers": list(tickers), "source": source})
        return {ticker: job["task_id"] for ticker, job in zip(tickers, answer["jobs"], strict=True)}

    def train(self, ticker: str, **recipe: Any) -> str:
        """Train a ticker, by default its default model: the id of the job."""
        return str(self._ask("POST", "/api/train", json={"ticker": ticker, **recipe})["task_id"])

    def job(self, job_id: str) -> JobJson:
        """A job as it stands."""
        return self._ask("GET", f"/api/jobs/{job_id}")

    def predict(self, ticker: str, target: date) -> dict[str, Any]:
        """The forecast of a session."""
        return self._ask("POST", "/api/predict/", json={"ticker": ticker, "target_date": str(target)})

    def check_drift(self, ticker: str) -> str:
        """Compare a ticker's newest sessions with its champion's training, with the report: the id of the job."""
        return str(self._ask("POST", "/api/drift", json={"ticker": ticker})["task_id"])

    def set_policy(self, ticker: str, policy: str) -> None:
        """Say what becomes of a ticker's challengers."""
        self._ask("PUT", f"/api/models/policy/{ticker}", json={"policy": policy})

    def promote(self, model_id: int, reason: str) -> None:
        """Make a model champion whatever the evidence says."""
        self._ask("POST", f"/api/models/{model_id}/promote", json={"reason": reason, "force": True})

    def champion(self, ticker: str) -> dict[str, Any] | None:
        """The model that serves a ticker, or None."""
        page = self._ask("GET", "/api/models/", params={"ticker": ticker, "limit": _MODELS_PAGE})
        return next((model for model in page["items"] if "champion" in model["aliases"]), None)

    def wait(self, jobs: dict[str, str], tell: Callable[[str, JobJson], None]) -> dict[str, JobJson]:
        """Follow jobs until all have ended.

        Args:
            jobs: Job ids by a label of the caller's.
            tell: Called with a label and its job whenever the job's state or stage changed.

        Returns:
            The ended jobs by their labels, whatever they ended as.

        Raises:
            PlatformError: Some did not end in time.
        """
        ended: dict[str, JobJson] = {}
        seen: dict[str, tuple[str, str | None]] = {}
        deadline = time.monotonic() + self._timeout_seconds
        while len(ended) < len(jobs):
            for label in [label for label in jobs if label not in ended]:
                job = self.job(jobs[label])
                now = (job["state"], job["stage"])
                if seen.get(label) != now:
                    seen[label] = now
                    tell(label, job)
                if job["state"] in _DONE:
                    ended[label] = job
            if len(ended) < len(jobs):
                self._pause(deadline, [label for label in jobs if label not in ended])
        return ended

    def _pause(self, deadline: float, waiting: list[str]) -> None:
        if time.monotonic() > deadline:
            raise PlatformError(f"Jobs of {', '.join(waiting)} did not end within {self._timeout_seconds:g} s.")
        time.sleep(self._poll_seconds)

    def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        try:
            for attempt in stamina.retry_context(on=_is_passing, attempts=10, timeout=90, wait_max=10):
                with attempt:
                    response = self._client.request(method, path, **request)
                    response.raise_for_status()
        except httpx.HTTPStatusError as error:
            told = f"{method} {path}: {_told(error.response)}"
            raise PlatformError(told, answered=error.response.status_code) from error
        except httpx.TransportError as error:
            raise PlatformError(f"{method} {path}: the API can't be reached ({error}).") from error
        answer: dict[str, Any] = response.json()
        return answer


def _told(response: httpx.Response) -> str:
    try:
        return f"{response.status_code} {response.json()['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"{response.status_code} {response.text[:200]}"
