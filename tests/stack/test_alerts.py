"""Alerts as a user of the API meets them."""

import os
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import create_engine, delete

from backend.src.alerting.alert_book import AlertBook, Trouble
from backend.src.data import engines
from backend.src.data.monitor_orm import Alert, AlertMute
from tests.conftest import Stack, eventually

pytestmark = pytest.mark.stack


@pytest.fixture
def book() -> Iterator[AlertBook]:
    engine = create_engine(os.environ["MODEL_META_DB_URL"])
    yield AlertBook(engines.sessions(engine))
    with engine.begin() as connection:
        connection.execute(delete(AlertMute).where(AlertMute.alert_key.startswith("test_api:")))
        connection.execute(delete(Alert).where(Alert.kind == "test_api"))
    engine.dispose()


@pytest.fixture
def subject() -> str:
    return f"T{uuid4().hex[:10]}"


def test_an_alert_is_listed_acknowledged_muted_and_ends(api: httpx.Client, book: AlertBook, subject: str) -> None:
    alert = book.fire(Trouble("test_api", subject, "warning", "It is wrong.", {"z": 7.5, "why": None}))
    (item,) = api.get("/api/alerts", params={"subject": subject, "state": "firing"}).json()["items"]
    assert item == api.get(f"/api/alerts/{alert.id}").json()
    assert (item["alert_key"], item["count"], item["evidence"]) == (f"test_api:{subject}", 1, {"z": 7.5, "why": None})
    assert (item["acknowledged_by"], item["muted_until"], item["resolved_at"]) == (None, None, None)

    seen = api.post(f"/api/alerts/{alert.id}/acknowledge", json={"actor": "ann"})
    assert (seen.status_code, seen.json()["acknowledged_by"]) == (200, "ann")
    muted = api.post(f"/api/alerts/{alert.id}/mute", json={"minutes": 10, "actor": "ann"})
    assert muted.json()["muted_until"] > item["last_seen"]
    assert api.delete(f"/api/alerts/{alert.id}/mute").json()["muted_until"] is None

    book.resolve("test_api", subject)
    assert api.get("/api/alerts", params={"subject": subject, "state": "firing"}).json()["items"] == []
    (ended,) = api.get("/api/alerts", params={"subject": subject, "kind": "test_api"}).json()["items"]
    assert ended["resolved_at"]
    refused = api.post(f"/api/alerts/{alert.id}/acknowledge", json={"actor": "bob"})
    assert refused.status_code == 409
    assert "has ended" in refused.json()["detail"]


def test_alerts_come_page_by_page(api: httpx.Client, book: AlertBook, subject: str) -> None:
    for number in range(3):
        book.fire(Trouble("test_api", f"{subject}{number}", "info", "."))
    wanted: dict[str, str | int] = {"kind": "test_api", "severity": "info", "limit": 2}
    first = api.get("/api/alerts", params=wanted).json()
    rest = api.get("/api/alerts", params={**wanted, "offset": 2}).json()
    assert [each["subject"] for each in [*first["items"], *rest["items"]]] == [f"{subject}{n}" for n in (2, 1, 0)]
    assert (first["has_more"], rest["has_more"]) == (True, False)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("GET", "/api/alerts?state=open", None, 422, "firing"),
        ("GET", "/api/alerts?subject=%27--", None, 422, "subject"),
        ("GET", "/api/alerts/9007199254740990", None, 404, "no alert"),
        ("POST", "/api/alerts/9007199254740990/acknowledge", {"actor": "ann"}, 404, "no alert"),
        ("POST", "/api/alerts/9007199254740990/mute", {"actor": "ann", "minutes": 5}, 404, "no alert"),
        ("DELETE", "/api/alerts/9007199254740990/mute", None, 404, "no alert"),
        ("POST", "/api/alerts/1/mute", {"actor": "ann", "minutes": 10081}, 422, "minutes"),
        ("POST", "/api/alerts/1/mute", {"minutes": 5}, 422, "actor"),
        ("POST", "/api/alerts/1/acknowledge", {"actor": "a\u0000b"}, 422, "actor"),
        ("POST", "/api/alerts/1/acknowledge", {"actor": "ann", "why": "x"}, 422, "why"),
    ],
)
def test_what_can_not_be_is_refused_with_the_reason(
    api: httpx.Client, method: str, path: str, body: dict[str, object] | None, status: int, words: str
) -> None:
    answer = api.request(method, path, json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.text


def test_prometheus_sees_what_fires_and_that_it_has_ended(stack: Stack, book: AlertBook, subject: str) -> None:
    def gauges() -> set[str]:
        text = httpx.get(f"{stack.url('backend1')}/metrics").text
        return {line for line in text.splitlines() if line.startswith('bellwether_alerts{kind="test_api"')}

    for number in range(2):
        book.fire(Trouble("test_api", f"{subject}{number}", "critical", "."))
    line = 'bellwether_alerts{kind="test_api",severity="critical"}'
    eventually(lambda: f"{line} 2.0" in gauges(), 15, "both are counted")
    for number in range(2):
        book.resolve("test_api", f"{subject}{number}")
    eventually(lambda: f"{line} 0.0" in gauges(), 15, "none is left")


def test_a_supervisors_question_is_no_request_of_a_users(stack: Stack) -> None:
    """Its 503 while a backend starts would look like errors."""
    backend = stack.url("backend1")
    assert httpx.get(f"{backend}/health/ready").status_code == 200
    httpx.get(f"{backend}/api/alerts")
    counted = [line for line in httpx.get(f"{backend}/metrics").text.splitlines() if "http_requests_total{" in line]
    assert any('route="/api/alerts"' in line for line in counted)
    assert not any("/health/" in line for line in counted)
