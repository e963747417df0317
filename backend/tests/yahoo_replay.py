"""Yahoo on the wire, from saved answers: yfinance runs its own code down to the HTTP adapter."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from backend.src.ingestion.sources.throttle import TokenBucket
from backend.src.ingestion.sources.yahoo import YahooSource

SAVED = Path(__file__).parent / "data" / "yahoo"


class SavedAnswers(HTTPAdapter):
    """Answers chart requests with saved files, in turn; the last one stays."""

    def __init__(self, *answers: tuple[int, str] | OSError) -> None:
        super().__init__()
        self._answers = list(answers)
        self.asked: list[dict[str, list[str]]] = []

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        url = urlsplit(request.url or "")
        if "/v8/finance/chart/" not in url.path:
            return self._respond(request, 200, b"crumb")
        self.asked.append(parse_qs(str(url.query)))
        answer = self._answers[0] if len(self._answers) == 1 else self._answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return self._respond(request, answer[0], (SAVED / answer[1]).read_bytes())

    def _respond(self, request: requests.PreparedRequest, status: int, body: bytes) -> requests.Response:
        headers: Mapping[str, str] = {"Content-Type": "application/json"}
        raw = urllib3.HTTPResponse(io.BytesIO(body), headers=headers, status=status, preload_content=False)
        return self.build_response(request, raw)


def yahoo(*answers: tuple[int, str] | OSError, attempts: int = 1) -> tuple[YahooSource, SavedAnswers]:
    """A Yahoo source that gets these answers, and a record of what it asked."""
    saved = SavedAnswers(*answers)
    session = requests.Session()
    session.mount("https://", saved)
    bucket = TokenBucket(per_minute=60_000, burst=1000)
    return YahooSource(session=session, bucket=bucket, attempts=attempts, first_wait_seconds=0.01), saved
