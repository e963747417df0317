"""A forecast shows `pending` until its session's bar is there, and then what happened."""

import os
import random
from datetime import date
from pathlib import Path
from typing import Any

import exchange_calendars
import httpx
import pytest

from tests.conftest import Stack, eventually, wait_for_job

pytestmark = pytest.mark.stack


def write_bars(path: Path, sessions: list[date], closes: list[float]) -> None:
    lines = ["Date,Open,High,Low,Close,Volume"]
    lines += [
        f"{day},{c:.4f},{c * 1.01:.4f},{c * 0.99:.4f},{c:.4f},1000" for day, c in zip(sessions, closes, strict=True)
    ]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def ingest(api: httpx.Client, ticker: str) -> dict[str, Any]:
    (job,) = api.post("/api/run-etl", json={"tickers": [ticker], "source": "files"}).json()["jobs"]
    ended = wait_for_job(api, job["task_id"])
    assert ended["state"] == "succeeded", ended["error"]
    return ended


def records(api: httpx.Client, ticker: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.get("/api/predict/", params={"ticker": ticker}).json()["items"]
    return items


def last_sessions(stack: Stack, ticker: str) -> set[str | None]:
    """The newest session that each backend forecasts from."""
    urls = [f"{stack.url(name)}/api/predict/" for name in ("backend1", "backend2")]
    return {httpx.post(url, json={"ticker": ticker}).json().get("last_session") for url in urls}


def test_forecast_is_scored_when_its_bar_arrives(api: httpx.Client, stack: Stack) -> None:
    ticker = f"T{random.randrange(10**8)}"
    calendar = exchange_calendars.get_calendar("XNYS", start="2020-01-01")
    sessions = [day.date() for day in calendar.sessions_in_range("2021-01-04", "2021-12-31")]
    closes = [100 + 0.1 * n for n in range(len(sessions))]
    path = Path(os.environ["FILES_DIR"], f"{ticker}.csv")
    write_bars(path, sessions[:-1], closes[:-1])
    ingest(api, ticker)
    eventually(lambda: last_sessions(stack, ticker) == {str(sessions[-2])}, 20, "both backends serve the ticker")
    made = api.post("/api/predict/", json={"ticker": ticker}).json()
    assert made["degraded"]
    assert "no champion" in made["degraded_reason"]
    assert made["predicted_close"] == made["naive_close"] == pytest.approx(closes[-2], abs=1e-4)
    assert made["target_date"] == str(sessions[-1])
    eventually(lambda: records(api, ticker), 20, "the forecast is in the history")
    assert {record["outcome"] for record in records(api, ticker)} == {"pending"}

    write_bars(path, sessions, closes)
    ingest(api, ticker)
    eventually(lambda: any(each["prediction_id"] == made["prediction_id"] for each in records(api, ticker)), 20, "kept")
    (record,) = [each for each in records(api, ticker) if each["prediction_id"] == made["prediction_id"]]
    assert record["outcome"] == "known"
    assert record["actual_close"] == pytest.approx(closes[-1], abs=1e-3)
    assert record["naive_error"] == pytest.approx(closes[-1] - closes[-2], abs=1e-3)
    eventually(lambda: last_sessions(stack, ticker) == {str(sessions[-1])}, 20, "both backends start from the new bar")
    known = api.post("/api/predict/", json={"ticker": ticker, "target_date": str(sessions[-1])})
    assert known.status_code == 422
