"""Answers requests for forecasts from memory alone."""

from datetime import date

from backend.errors import InvalidRequestError, NotFoundError, UpstreamError
from backend.src.data.calendars import is_session, parse_exchange
from backend.src.inference.catalogue import Catalogue
from backend.src.inference.forecast import Forecast
from backend.src.inference.outlook import Outlook

_NAMED_IN_ERRORS = 20
_SUGGESTED = 3


class Forecaster:
    """Looks forecasts up in the catalogue's newest state: no I/O, no waiting."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def forecast(self, ticker: str, target_date: date | None = None, exchange: str | None = None) -> Forecast:
        """The forecast of one session.

        Args:
            ticker: A symbol that is held.
            target_date: A session after the last bar; left out, the next one.
            exchange: If given, it must be the one that the ticker trades on: a MIC or a market's short name.

        Raises:
            NotFoundError: the ticker is not held.
            InvalidRequestError: no session on that day, one that is known already or too far ahead, another exchange,
                or too short a history.
            UpstreamError: the ticker's bars could not be read since this process started.
        """
        return pick(self._outlook(ticker, exchange), target_date)

    def forecast_path(self, ticker: str, n: int, exchange: str | None = None) -> Outlook:
        """The forecasts of the next `n` sessions, each made directly for its horizon.

        Raises:
            InvalidRequestError: `n` is less than 1 or more than can be forecast.
        """
        outlook = self._outlook(ticker, exchange)
        if not 1 <= n <= len(outlook):
            raise InvalidRequestError(
                f"{n} sessions can't be forecast: 1 to {len(outlook)} can.", minimum=1, maximum=len(outlook)
            )
        return outlook[:n]

    def _outlook(self, ticker: str, exchange: str | None) -> Outlook:
        held = self._catalogue.holdings.get(ticker)
        if held is None:
            raise self._unknown(ticker)
        if held.refusal is not None:
            # A new one each time: an error that is raised again and again keeps every traceback.
            raise InvalidRequestError(held.refusal.detail, **held.refusal.extra)
        if not held.outlook:
            raise UpstreamError(f"{ticker} is held, but {held.state_problem}.")
        if exchange is not None:
            _require_exchange(held.outlook[0], exchange)
        return held.outlook

    def _unknown(self, ticker: str) -> NotFoundError:
        held = sorted(self._catalogue.holdings)[:_NAMED_IN_ERRORS]
        named = f"Held: {', '.join(held)}." if held else "No symbol is held yet."
        return NotFoundError(f"{ticker} is not held. {named} POST /api/run-etl ingests a new one.", held=list(held))


def pick(outlook: Outlook, target_date: date | None) -> Forecast:
    """The forecast of a session; of the next one, if none is named.

    Raises:
        InvalidRequestError: no session on that day, one that is known already or too far ahead.
    """
    if target_date is None:
        return outlook[0]
    for forecast in outlook:
        if forecast.target_session == target_date:
            return forecast
    raise _refused(outlook, target_date)


def _require_exchange(forecast: Forecast, asked: str) -> None:
    if forecast.exchange not in parse_exchange(asked):
        raise InvalidRequestError(
            f"{forecast.ticker} trades on {forecast.exchange}, not on {asked}.", allowed=[forecast.exchange]
        )


def _refused(outlook: Outlook, target: date) -> InvalidRequestError:
    last_bar, last = outlook[0].last_session, outlook[-1].target_session
    sessions = [forecast.target_session for forecast in outlook]
    if target <= last_bar:
        why = f"lies in the past: the bars are known through {last_bar}"
    elif is_session(outlook[0].exchange, target) or target > last:
        why = f"is too far ahead: forecasts reach {len(outlook)} sessions, to {last}"
    else:
        why = f"is no trading day of {outlook[0].exchange}"
    later = [session for session in sessions if session > target] if target <= last else []
    suggested = ", ".join(str(session) for session in (later or sessions)[:_SUGGESTED])
    return InvalidRequestError(
        f"{target} {why}. Possible, for example: {suggested}.", allowed=[str(session) for session in sessions]
    )
