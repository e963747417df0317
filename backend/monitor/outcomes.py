"""Outcomes that the served bands did not foresee.

One miss of a 95 % band in twenty is the band's promise, and no trouble. A trouble is what the promise makes unlikely:
an outcome far outside, several misses in a row, or more of them lately than the binomial distribution explains.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from clickhouse_connect.driver.client import Client

from backend.monitor.watcher.robust import binomial_tail
from backend.settings import OutcomeSettings
from backend.src.alerting.alert_book import AlertBook, Severity, Trouble
from backend.src.data.instrument_store import InstrumentStore

KIND = "band_breach"
MISS_RATE = 0.05
HORIZON = 1
_LEAST_WIDTH = 1e-9

_OUTCOMES = """
    SELECT s.target_session AS session, s.actual_close AS actual, b.lower_95 AS lower, b.upper_95 AS upper,
        s.model_id AS model_id
    FROM
    (
        SELECT * FROM scores
        WHERE ticker = {ticker:String} AND source = {source:String} AND horizon = {horizon:UInt16}
            AND NOT replayed AND NOT shadow AND outcome = 'known'
        ORDER BY target_session DESC, made_at, prediction_id
        LIMIT 1 BY target_session
        LIMIT {limit:UInt32}
    ) AS s
    INNER JOIN
    (
        SELECT prediction_id, lower_95, upper_95 FROM predictions FINAL WHERE ticker = {ticker:String}
    ) AS b ON b.prediction_id = s.prediction_id
    ORDER BY session
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the first forecast that was served for a session."""

    session: date
    actual: float
    lower: float
    upper: float
    model_id: int | None

    @property
    def distance(self) -> float:
        """From the band's middle, in half-widths, on the logarithm: above 1 is a miss."""
        half = max(math.log(self.upper / self.lower) / 2, _LEAST_WIDTH)
        return abs(math.log(self.actual / math.sqrt(self.lower * self.upper))) / half

    @property
    def missed(self) -> bool:
        """Whether the band missed it."""
        return not self.lower <= self.actual <= self.upper


@dataclass(frozen=True, slots=True)
class Breach:
    """An outcome that makes the band's promise doubtful."""

    outcome: Outcome
    in_a_row: int
    lately: int
    of: int
    severity: Severity


def newest_breach(outcomes: Sequence[Outcome], limits: OutcomeSettings) -> Breach | None:
    """The newest breach that has not ended.

    Args:
        outcomes: In order of their sessions.
        limits: What counts, and how many outcomes inside the band end it.
    """
    inside = 0
    for at in range(len(outcomes), 0, -1):
        if (breach := _breach(outcomes[:at], limits)) is not None:
            return breach
        inside = 0 if outcomes[at - 1].missed else inside + 1
        if inside >= limits.outcome_clear:
            return None
    return None


def _breach(outcomes: Sequence[Outcome], limits: OutcomeSettings) -> Breach | None:
    """Whether the last of these outcomes is one."""
    last = outcomes[-1]
    if not last.missed:
        return None
    window = outcomes[-limits.outcome_window :]
    lately = sum(each.missed for each in window)
    row = next((n for n, each in enumerate(reversed(outcomes)) if not each.missed), len(outcomes))
    far = last.distance > limits.outcome_far
    unlikely = lately > 1 and binomial_tail(lately, len(window), MISS_RATE) < limits.outcome_chance
    if not far and row < limits.outcome_in_a_row and not unlikely:
        return None
    severity: Severity = "critical" if last.distance > 2 * limits.outcome_far else "warning"
    return Breach(last, row, lately, len(window), severity)


class OutcomeReview:
    """Looks at what came of a ticker's forecasts, once for each new outcome."""

    def __init__(
        self, clickhouse: Client, instruments: InstrumentStore, book: AlertBook, limits: OutcomeSettings
    ) -> None:
        self._clickhouse = clickhouse
        self._instruments = instruments
        self._book = book
        self._limits = limits

    def review(self, ticker: str) -> dict[str, Any] | None:
        """Open, update or end the ticker's alert; None while no outcome is known."""
        outcomes = self.outcomes(ticker)
        if not outcomes:
            return None
        breach = newest_breach(outcomes, self._limits)
        if breach is None:
            self._book.resolve(KIND, ticker)
        elif not self._is_known(ticker, breach):
            self._book.fire(_trouble(ticker, breach, self._limits))
        last = outcomes[-1]
        return {
            "last_session": last.session.isoformat(),
            "distance": round(last.distance, 3),
            "breach": None if breach is None else breach.outcome.session.isoformat(),
        }

    def outcomes(self, ticker: str) -> list[Outcome]:
        """The newest known outcomes of what was served of the ticker's series, in order of their sessions."""
        parameters = {
            "ticker": ticker,
            "source": self._instruments.get(ticker).source,
            "horizon": HORIZON,
            # Enough for a whole window before the oldest outcome that is looked at.
            "limit": 2 * self._limits.outcome_window + self._limits.outcome_clear,
        }
        return [Outcome(*row) for row in self._clickhouse.query(_OUTCOMES, parameters=parameters).result_rows]

    def _is_known(self, ticker: str, breach: Breach) -> bool:
        alert = self._book.firing(KIND, ticker)
        return alert is not None and alert.evidence.get("session") == breach.outcome.session.isoformat()


def _trouble(ticker: str, breach: Breach, limits: OutcomeSettings) -> Trouble:
    outcome = breach.outcome
    return Trouble(
        KIND,
        ticker,
        breach.severity,
        f"{ticker} closed at {outcome.actual:.2f} on {outcome.session}, {outcome.distance:.1f} half-widths from the "
        f"middle of its 95 % band; {breach.lately} of the last {breach.of} outcomes were outside.",
        {
            "session": outcome.session.isoformat(),
            "actual": outcome.actual,
            "lower": outcome.lower,
            "upper": outcome.upper,
            "distance": round(outcome.distance, 3),
            "threshold": limits.outcome_far,
            "in_a_row": breach.in_a_row,
            "outside_lately": breach.lately,
            "outcomes": breach.of,
            "model_id": outcome.model_id,
        },
    )
