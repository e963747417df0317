"""What was forecast live, by champions and by challengers in shadow, beside what came: one row a target session."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from bellwether_contracts.market import GRADED_HORIZONS

# Asked many times, a session counts once: as it was last answered.
_SQL = """
    SELECT model_id, shadow, horizon, source, target_session, max(last_session) AS session, max(made_at) AS made,
        argMax(naive_error - error, (made_at, prediction_id)) AS forecast,
        argMax(naive_error, (made_at, prediction_id)) AS actual,
        argMax(inside_80, (made_at, prediction_id)) AS inside
    FROM scores
    WHERE ticker = {ticker:String} AND model_id IN {model_ids:Array(Int64)} AND horizon IN {horizons:Array(UInt16)}
        AND NOT replayed AND outcome = 'known'
    GROUP BY model_id, shadow, horizon, source, target_session
    ORDER BY horizon, session
"""


@dataclass(frozen=True, slots=True)
class LiveOutcome:
    """A live forecast whose outcome is known. Returns are logs; `naive` would have missed by `actual`.

    Attributes:
        session: The last session that the forecast knew.
        made_at: When it was last made.
        inside: Whether the outcome lay in its 80 % band.
    """

    model_id: int
    shadow: bool
    horizon: int
    source: str
    target_session: date
    session: date
    made_at: datetime
    forecast: float
    actual: float
    inside: bool


class LiveStore:
    """Reads the view `scores`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def outcomes(self, ticker: str, model_ids: Collection[int]) -> list[LiveOutcome]:
        """Scored live forecasts of some models at the graded horizons, in order of time."""
        parameters = {"ticker": ticker, "model_ids": list(model_ids), "horizons": list(GRADED_HORIZONS)}
        result = self._client.query(_SQL, parameters=parameters, tz_mode="aware")
        return [_outcome(row) for row in result.named_results()]


def _outcome(row: dict[str, Any]) -> LiveOutcome:
    return LiveOutcome(
        model_id=row["model_id"],
        shadow=bool(row["shadow"]),
        horizon=row["horizon"],
        source=row["source"],
        target_session=row["target_session"],
        session=row["session"],
        made_at=row["made"],
        forecast=row["forecast"],
        actual=row["actual"],
        inside=bool(row["inside"]),
    )
