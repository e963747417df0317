"""Yahoo Finance's daily bars, by yfinance's own client: throttled and retried here, parsed there.

Yahoo's open, high, low, close and volume are adjusted for every split up to the moment of the request; its adjusted
close is adjusted for dividends too. Two answers from different days can therefore lie on two bases: `noise` says how
far apart two answers for one bar may be when they are on the same.
"""

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd
import stamina
import yfinance
import yfinance.cache
import yfinance.exceptions
import yfinance.utils

from backend.src.data import calendars
from backend.src.data.instrument_store import InstrumentFacts
from backend.src.ingestion.errors import (
    EmptyAnswerError,
    GarbageAnswerError,
    RateLimitedError,
    SourceUnreachableError,
    UnknownTickerError,
)
from backend.src.ingestion.sources.base import Fetched
from backend.src.ingestion.sources.throttle import TokenBucket

if TYPE_CHECKING:
    import curl_cffi.requests
    import requests

REQUESTS_PER_MINUTE = 20.0
BURST = 5

_COLUMNS = {
    "Open": "open",
    "High": "high",
    "Low": "low",
    "Close": "close",
    "Adj Close": "adj_close",
    "Volume": "volume",
    "Dividends": "dividend",
    "Stock Splits": "split_ratio",
}
_NASDAQ = {"NMS", "NGM", "NCM", "NAS"}
_NOTES = (
    "Prices and volume are adjusted for splits up to the day of the request; the adjusted close for dividends too.",
)


class YahooSource:
    """Yahoo Finance. One instance a process: yfinance keeps one session and one cookie for all threads."""

    name = "yahoo"
    incremental = True
    noise = 1e-6

    def __init__(
        self,
        session: "curl_cffi.requests.Session[Any] | requests.Session | None" = None,
        bucket: TokenBucket | None = None,
        attempts: int = 4,
        first_wait_seconds: float = 1.0,
    ) -> None:
        self._session = session
        self._bucket = bucket or TokenBucket(REQUESTS_PER_MINUTE, BURST)
        self._attempts = attempts
        self._first_wait = first_wait_seconds
        _set_up_client()

    def fetch(self, ticker: str, start: date | None = None, end: date | None = None) -> Fetched:
        """The bars of one ticker. A session that is still open may be among them, unfinished."""
        if yfinance.utils.is_isin(ticker):
            # yfinance would look the ISIN up and answer with the bars of whatever it finds first.
            raise UnknownTickerError(f"{ticker} is an ISIN: give the ticker as Yahoo spells it.")
        mic = calendars.exchange_for(ticker)
        first = start or calendars.calendar_start(mic)
        for attempt in stamina.retry_context(
            on=(SourceUnreachableError, GarbageAnswerError),
            attempts=self._attempts,
            timeout=120,
            wait_initial=self._first_wait,
            wait_max=30 * self._first_wait,
            wait_jitter=self._first_wait,
        ):
            with attempt:
                history, meta = self._request(ticker, mic, first)
        bars = _bars(history)
        bars = bars[bars["session"].dt.date <= (end or date.max)].reset_index(drop=True)
        if bars.empty:
            raise EmptyAnswerError(f"Yahoo has no bars of {ticker} from {first} to {end or 'today'}.")
        return Fetched(bars, _facts(ticker, mic, meta), _NOTES)

    def _request(self, ticker: str, mic: str, first: date) -> tuple[pd.DataFrame, Mapping[str, Any]]:
        self._bucket.take()
        # Told beforehand, the time zone costs no request of its own. yfinance reads the user's dates by it, no bar.
        yfinance.cache.get_tz_cache().store(ticker, calendars.timezone(mic))
        try:
            client = yfinance.Ticker(ticker, session=self._session)
            # No `end`: a range that lies in the past would be answered from yfinance's own memory for ever.
            history = client.history(start=first, interval="1d", auto_adjust=False, actions=True, timeout=20)
            return history, client.get_history_metadata()
        except yfinance.exceptions.YFRateLimitError as error:
            raise RateLimitedError(f"Yahoo answers 429 Too Many Requests for {ticker}: try again later.") from error
        except yfinance.exceptions.YFPricesMissingError as error:
            raise _missing(ticker, first, error.yahoo_reason) from error
        except yfinance.exceptions.YFTickerMissingError as error:
            raise UnknownTickerError(f"Yahoo does not know {ticker}: {error.rationale}.") from error
        except yfinance.exceptions.YFDataException as error:
            raise SourceUnreachableError(f"Yahoo did not answer for {ticker}: {error}") from error
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise GarbageAnswerError(
                f"Yahoo's answer for {ticker} is not market data ({type(error).__name__}: {str(error)[:200]})."
            ) from error
        except OSError as error:
            raise SourceUnreachableError(f"Yahoo can't be reached for {ticker}: {str(error)[:300]}") from error


@cache
def _set_up_client() -> None:
    # yfinance pickles cookies into a cache folder: one of this process alone, which nobody else can write.
    folder = tempfile.mkdtemp(prefix="yfinance-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    yfinance.cache.set_cache_location(folder)
    yfinance.config.debug.hide_exceptions = False


def _missing(ticker: str, first: date, reason: str | None) -> EmptyAnswerError | UnknownTickerError:
    if reason is None or reason.startswith("Data doesn't exist"):
        return EmptyAnswerError(f"Yahoo has no bars of {ticker} from {first} on.")
    return UnknownTickerError(f"Yahoo does not know {ticker}: {reason}.")


def _bars(history: pd.DataFrame) -> pd.DataFrame:
    bars = history[list(_COLUMNS)].rename(columns=_COLUMNS)
    # The index is midnight on the exchange: its date there is the session. In UTC, Taipei's would be the day before.
    bars.insert(0, "session", pd.DatetimeIndex(history.index).tz_localize(None).normalize())
    bars["split_ratio"] = bars["split_ratio"].replace(0.0, 1.0)
    return bars.reset_index(drop=True)


def _facts(ticker: str, mic: str, meta: Mapping[str, Any]) -> InstrumentFacts:
    if mic in calendars.US_EXCHANGES:
        mic = "XNAS" if meta.get("exchangeName") in _NASDAQ else "XNYS"
    name = meta.get("longName") or meta.get("shortName") or ticker
    return InstrumentFacts(mic, str(meta.get("currency") or "USD"), str(name))
