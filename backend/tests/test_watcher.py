"""The watcher as a process: a broker and a database of its own, and the stack's ClickHouse."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from backend.src.data.monitor_orm import Alert
from backend.src.runtime import Runtime
from backend.tests import ml_seed
from bellwether_contracts import topics
from bellwether_contracts.events import Band, MetricsSampledV1, PredictionMadeV1
from ws_monitor.tests.servers import Broker, Server, eventually, free_port

pytestmark = pytest.mark.stack

MAX_MEGABYTES = 150


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    server = Broker(tmp_path / "broker.log")
    server.start_with_topics()
    yield server
    server.kill()


class Watcher(Server):
    """The process, restarted as a supervisor would."""

    def __init__(self, broker: Broker, database: Engine, folder: Path) -> None:
        port = free_port()
        env = {
            "MODEL_META_DB_URL": database.url.render_as_string(hide_password=False),
            "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap,
            "WATCHER_PORT": str(port),
            "WATCH_SILENCE_SECONDS": "3600",  # nobody but the test sends samples here
        }
        super().__init__([sys.executable, "-m", "backend.monitor.watcher"], port, folder / "watcher.log", env)

    def start_ready(self) -> None:
        self.start()
        eventually(lambda: httpx.get(self.url("/health/ready")).status_code == 200, 60)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def number(self, name: str) -> float:
        lines = httpx.get(self.url("/metrics")).text.splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))


@pytest.fixture
def watcher(broker: Broker, database: Engine, tmp_path: Path) -> Iterator[Watcher]:
    process = Watcher(broker, database, tmp_path)
    process.start_ready()
    yield process
    process.end()


@pytest.fixture
def market(runtime: Runtime) -> Iterator[ml_seed.Market]:
    yield from ml_seed.market(runtime)


def alerts(database: Engine, kind: str) -> list[Alert]:
    with Session(database) as session:
        return list(session.scalars(select(Alert).where(Alert.kind == kind).order_by(Alert.id)))


def sample(service: str, at: datetime, up: bool) -> MetricsSampledV1:
    return MetricsSampledV1(
        event_id=uuid4(), at=at, service=service, up=up, error=None if up else "refused", interval_seconds=5
    )


def forecast(bars: pd.DataFrame, ticker: str, move: float, **values: Any) -> PredictionMadeV1:
    last = bars.iloc[-1]
    close, day = float(last["close"]), last["session"].date()
    return PredictionMadeV1(
        event_id=uuid4(), at=datetime.now(UTC), ticker=ticker, exchange="XNAS", source=ml_seed.SOURCE,
        last_session=day, target_session=day + timedelta(days=1), horizon=1, last_close=close,
        predicted_close=close * (1 + move), naive_close=close,
        bands=[Band(coverage=80, lower=close * 0.98, upper=close * 1.02)], model_id=1, model_version=1,
        model_type="ridge", served_by="tests", request_id="tests", **values,
    )  # fmt: skip


def test_a_watcher_that_is_killed_neither_doubles_nor_forgets(
    broker: Broker, database: Engine, watcher: Watcher
) -> None:
    start = datetime.now(UTC) - timedelta(seconds=60)
    samples = [sample("backend9", start + timedelta(seconds=5 * n), up=n in (0, 9)) for n in range(10)]
    broker.produce(*samples[:3], (topics.METRICS.name, b'{"type": "poison"}'), *samples[3:5])
    eventually(lambda: [(row.state, row.count) for row in alerts(database, "service_unreachable")] == [("firing", 2)])
    assert watcher.number("bellwether_watch_skipped_messages_total{") == 1
    assert watcher.number("process_resident_memory_bytes") < MAX_MEGABYTES * 2**20
    watcher.kill()
    broker.produce(*samples[5:7])
    watcher.start_ready()
    eventually(lambda: [row.count for row in alerts(database, "service_unreachable")] == [4], 30)
    broker.produce(*samples[:7], *samples[7:])  # as after a broker that forgot where the group was
    eventually(lambda: [row.state for row in alerts(database, "service_unreachable")] == ["resolved"])
    (row,) = alerts(database, "service_unreachable")
    assert (row.subject, row.severity, row.count) == ("backend9", "critical", 6)
    assert (row.first_seen, row.resolved_at) == (samples[3].at, samples[9].at)
    assert watcher.terminate() == 0


def test_a_ticker_is_judged_by_its_past_from_the_first_forecast(
    broker: Broker, database: Engine, watcher: Watcher, market: ml_seed.Market
) -> None:
    ticker = market.ticker()
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.01, 80)))
    flat = dict.fromkeys(("open", "high", "low", "close", "adj_close"), closes)
    days = pd.bdate_range("2026-01-05", periods=80)
    bars = pd.DataFrame({"session": days, **flat, "volume": 1000, "dividend": 0.0, "split_ratio": 1.0})
    market.hold(ticker, bars)
    old = forecast(bars, ticker, 0.5).model_copy(update={"at": datetime.now(UTC) - timedelta(hours=2)})
    broker.produce(old, forecast(bars, ticker, 0.5, shadow=True), forecast(bars, ticker, 0.002))
    eventually(lambda: watcher.number("bellwether_watched_messages_total{") == 3)
    assert alerts(database, "forecast_move") == []
    broker.produce(forecast(bars, ticker, 0.08))
    eventually(lambda: alerts(database, "forecast_move"))
    (row,) = alerts(database, "forecast_move")
    steps = np.diff(np.log(closes[-61:]))
    centre = np.median(steps)
    z = (np.log(1.08) - centre) / (1.4826 * np.median(np.abs(steps - centre)))
    assert (row.subject, row.state) == (ticker, "firing")
    assert row.evidence["z"] == pytest.approx(z, abs=0.01)
    broker.produce(*(forecast(bars, ticker, 0.002) for _ in range(3)))
    eventually(lambda: [each.state for each in alerts(database, "forecast_move")] == ["resolved"])
