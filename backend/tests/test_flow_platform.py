"""Following jobs over the API, against a server that follows a script."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from backend.src.workflows import main_job
from backend.src.workflows.platform import Platform, PlatformError

Answer = tuple[int, dict[str, Any]]
Script = Callable[[str, str, dict[str, Any] | None], Answer]


@contextmanager
def platform_that(script: Script, timeout_seconds: float = 10) -> Iterator[Platform]:
    """A platform client whose server answers as the script says."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, answer = script(self.command, self.path, json.loads(body) if body else None)
            payload = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = _answer

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}") as client:
            yield Platform(client, poll_seconds=0.01, timeout_seconds=timeout_seconds)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Market:
    """A platform's jobs and champions, kept by ticker."""

    def __init__(self, champions: set[str] = frozenset(), broken: dict[str, str] | None = None) -> None:  # type: ignore[assignment]
        self.champions = set(champions)
        self.broken = broken or {}
        self.requests: list[tuple[str, str]] = []
        self.polls: dict[str, int] = {}

    def __call__(self, method: str, path: str, body: dict[str, Any] | None) -> Answer:
        self.requests.append((method, path))
        if path == "/api/run-etl":
            assert body is not None
            return 202, {"jobs": [{"task_id": f"ingest-{ticker}"} for ticker in body["tickers"]]}
        if path == "/api/train":
            assert body is not None
            return 202, {"task_id": f"train-{body['ticker']}"}
        if path.startswith("/api/models/"):
            ticker = path.split("ticker=")[1].split("&")[0]
            aliases = ["champion"] if ticker in self.champions else []
            return 200, {"items": [{"aliases": aliases}]}
        return 200, self._job(path.rsplit("/", 1)[1])

    def _job(self, job: str) -> dict[str, Any]:
        self.polls[job] = self.polls.get(job, 0) + 1
        if self.polls[job] == 1:
            return {"state": "running", "stage": "at work", "error": None}
        if job in self.broken:
            return {"state": "failed", "stage": None, "error": self.broken[job]}
        kind, ticker = job.split("-")
        if kind == "train":
            self.champions.add(ticker)
        return {"state": "succeeded", "stage": None, "error": None}


def test_the_first_start_ingests_trains_and_checks_each_ticker(capsys: pytest.CaptureFixture[str]) -> None:
    market = Market()
    with platform_that(market) as platform:
        assert main_job.run(platform, ["AAPL", "IBM"], "sample") == []
    assert market.champions == {"AAPL", "IBM"}
    assert "train IBM: succeeded" in capsys.readouterr().out


def test_a_ticker_that_has_a_champion_is_left_alone() -> None:
    market = Market(champions={"AAPL", "IBM"})
    with platform_that(market) as platform:
        assert main_job.run(platform, ["AAPL", "IBM"], "sample") == []
    assert all(method == "GET" for method, _ in market.requests)


def test_what_failed_is_named_and_does_not_stop_the_others() -> None:
    market = Market(broken={"ingest-IBM": "no such file", "train-MSFT": "too few rows"})
    with platform_that(market) as platform:
        failed = main_job.run(platform, ["AAPL", "IBM", "MSFT"], "sample")
    assert failed == ["IBM: ingest failed: no such file", "MSFT: train failed: too few rows"]
    assert market.champions == {"AAPL"}
    assert "train-IBM" not in market.polls


def test_a_training_that_leaves_no_champion_is_a_failure() -> None:
    market = Market()

    def forgetful(method: str, path: str, body: dict[str, Any] | None) -> Answer:
        answer = market(method, path, body)
        market.champions.clear()
        return answer

    with platform_that(forgetful) as platform:
        assert main_job.run(platform, ["AAPL"], "sample") == ["AAPL: trained, but no model was made champion"]


def test_a_backend_that_restarts_is_asked_again() -> None:
    market, down = Market(), [503, 502]

    def restarting(method: str, path: str, body: dict[str, Any] | None) -> Answer:
        return (down.pop(), {"detail": "restarting"}) if down else market(method, path, body)

    with platform_that(restarting) as platform:
        assert platform.train("AAPL") == "train-AAPL"
    assert down == []


def test_a_refusal_is_told_in_the_api_s_own_words_and_not_repeated() -> None:
    asked = []

    def refusing(method: str, path: str, _: dict[str, Any] | None) -> Answer:
        asked.append((method, path))
        return 404, {"detail": "ZZZ is not held. Held: AAPL."}

    with platform_that(refusing) as platform, pytest.raises(PlatformError, match="404 ZZZ is not held"):
        platform.train("ZZZ")
    assert asked == [("POST", "/api/train")]


def test_a_job_that_does_not_end_is_named() -> None:
    with (
        platform_that(lambda *_: (200, {"state": "running", "stage": None}), timeout_seconds=0.1) as platform,
        pytest.raises(PlatformError, match="AAPL"),
    ):
        platform.wait({"AAPL": "1"}, lambda *_: None)
