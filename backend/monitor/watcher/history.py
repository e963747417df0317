"""What a fresh watcher knows of the time before it: read from ClickHouse, ticker by ticker as they come up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from clickhouse_connect.driver.client import Client

from backend.monitor.watcher.detectors.band_width import COVERAGE, RECENT_SESSIONS
from backend.monitor.watcher.detectors.levels import MINUTES

_SERVED = "ticker = {ticker:String} AND source = {source:String} AND NOT shadow AND NOT replayed"

_CLOSES = """
    SELECT session, close FROM bars FINAL
    WHERE ticker = {ticker:String} AND source = {source:String} AND session <= {until:Date32}
    ORDER BY session DESC LIMIT {limit:UInt32}
"""
_WIDTHS = f"""
    SELECT model_type, horizon, last_session,
        argMax((upper_{COVERAGE} - lower_{COVERAGE}) / last_close, made_at) AS width
    FROM predictions FINAL
    WHERE {_SERVED} AND last_session < {{until:Date32}}
    GROUP BY model_type, horizon, last_session
    ORDER BY last_session DESC LIMIT {RECENT_SESSIONS} BY model_type, horizon
"""  # noqa: S608 # names and numbers of our own
_MODELLED = f"SELECT DISTINCT horizon FROM predictions FINAL WHERE {_SERVED} AND NOT degraded"  # noqa: S608
_MINUTES = f"""
    WITH samples AS
    (
        SELECT service, toStartOfMinute(min(at)) AS minute,
            maxIf(value, name = 'requests') AS requests, maxIf(value, name = 'error_share') AS share,
            maxIf(value, name = 'prediction_duration:p95') AS p95
        FROM service_metrics FINAL
        WHERE at > now() - INTERVAL 1 DAY AND name IN ('requests', 'error_share', 'prediction_duration:p95')
        GROUP BY service, event_id
    )
    SELECT service, minute, sum(share * requests) / sum(requests) AS share, quantileIf(0.5)(p95, p95 > 0) AS p95
    FROM samples GROUP BY service, minute HAVING sum(requests) > 0
    ORDER BY minute DESC LIMIT {MINUTES} BY service
"""  # noqa: S608
_HEARD = "SELECT service, max(at) FROM service_metrics WHERE at > {since:DateTime64(3)} GROUP BY service"


@dataclass(frozen=True, slots=True)
class Width:
    """How wide a session's last band was, relative to the price."""

    model_type: str
    horizon: int
    session: date
    width: float


@dataclass(frozen=True, slots=True)
class Minute:
    """What a service did in a minute; `p95` is None without forecasts."""

    service: str
    error_share: float
    p95: float | None


class History:
    """Reads the past in the order in which it happened."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def closes(self, ticker: str, source: str, until: date, sessions: int) -> Iterator[tuple[date, float]]:
        """The last closes of a series."""
        parameters = {"ticker": ticker, "source": source, "until": until, "limit": sessions}
        rows = self._client.query(_CLOSES, parameters=parameters).result_rows
        return ((row[0], row[1]) for row in reversed(rows))

    def widths(self, ticker: str, source: str, until: date) -> Iterator[Width]:
        """The last bands of a ticker, of sessions before a day."""
        parameters = {"ticker": ticker, "source": source, "until": until}
        for row in reversed(self._client.query(_WIDTHS, parameters=parameters).result_rows):
            yield Width(*row)

    def modelled(self, ticker: str, source: str) -> list[int]:
        """The horizons at which a model has answered."""
        parameters = {"ticker": ticker, "source": source}
        return [row[0] for row in self._client.query(_MODELLED, parameters=parameters).result_rows]

    def minutes(self) -> Iterator[Minute]:
        """The last minutes of every service that answered requests."""
        for service, _minute, share, p95 in reversed(self._client.query(_MINUTES).result_rows):
            yield Minute(service, share, p95 if p95 > 0 else None)

    def heard(self, since: datetime) -> dict[str, datetime]:
        """When each service was last sampled."""
        result = self._client.query(_HEARD, parameters={"since": since}, tz_mode="aware")
        return {row[0]: row[1] for row in result.result_rows}
