"""Daily bars from a folder: one `<TICKER>.csv` or `<TICKER>.parquet` for each ticker."""

import re
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from backend.errors import InvalidRequestError
from backend.src.data import calendars
from backend.src.data.instrument_store import InstrumentFacts
from backend.src.ingestion.errors import (
    EmptyAnswerError,
    GarbageAnswerError,
    SourceUnreachableError,
    UnknownTickerError,
)
from backend.src.ingestion.sessions import read_sessions
from backend.src.ingestion.sources.base import Fetched
from bellwether_contracts.market import TICKER_PATTERN

_SUFFIXES = (".parquet", ".csv")
_NAMES = {
    "session": ("session", "date", "datetime", "timestamp", "day", "tradedate"),
    "open": ("open", "o"),
    "high": ("high", "h"),
    "low": ("low", "l"),
    "close": ("close", "c", "last"),
    "adj_close": ("adjclose", "adjustedclose", "adjusted", "adj"),
    "volume": ("volume", "vol", "v"),
    "dividend": ("dividend", "dividends", "exdividend", "divcash"),
    "split_ratio": ("splitratio", "split", "splits", "stocksplits", "splitfactor"),
}
_BY_NAME = {name: column for column, names in _NAMES.items() for name in names}
_NEEDED = ("session", "open", "high", "low", "close", "volume")
_CURRENCIES = {
    "XNYS": "USD",
    "XNAS": "USD",
    "XTAI": "TWD",
    "XHKG": "HKD",
    "XTKS": "JPY",
    "XLON": "GBP",
    "XTSE": "CAD",
    "XASX": "AUD",
    "XKRX": "KRW",
    "XSHG": "CNY",
    "XSES": "SGD",
    "XSWX": "CHF",
    "XSTO": "SEK",
    "XBOM": "INR",
}


class FilesSource:
    """A folder that someone fills. Columns may be named as most exports name them."""

    name = "files"
    incremental = False
    noise = 0.0

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def tickers(self) -> list[str]:
        """The tickers that have a file."""
        self._require_folder()
        found = {path.stem for path in self._folder.iterdir() if path.suffix in _SUFFIXES}
        return sorted(ticker for ticker in found if re.fullmatch(TICKER_PATTERN, ticker))

    def fetch(self, ticker: str, start: date | None = None, end: date | None = None) -> Fetched:
        """The bars in the ticker's file."""
        path = self._path(ticker)
        bars, notes = _tidy(_read(path), path.name)
        days = read_sessions(bars["session"]).dt.date
        # A row without a readable date stays: it is the validation's to refuse, not ours to lose.
        within = days.isna() | ((days >= (start or date.min)) & (days <= (end or date.max)))
        if not within.any():
            raise EmptyAnswerError(f"{path.name} has no bars between {start or 'its begin'} and {end or 'its end'}.")
        mic = calendars.exchange_for(ticker)
        facts = InstrumentFacts(mic, _CURRENCIES.get(mic, "EUR"), ticker)
        return Fetched(bars[within].reset_index(drop=True), facts, notes)

    def _path(self, ticker: str) -> Path:
        # The pattern has no separator, and a name that begins with a dot does not match it: no way out of the folder.
        if not re.fullmatch(TICKER_PATTERN, ticker):
            raise InvalidRequestError(f"{ticker[:20]!r} is not a ticker: letters, digits and . ^ = - are allowed.")
        self._require_folder()
        for suffix in _SUFFIXES:
            path = self._folder / f"{ticker}{suffix}"
            if path.is_file() and path.resolve().parent == self._folder.resolve():
                return path
        held = ", ".join(self.tickers()[:20]) or "none"
        raise UnknownTickerError(f"There is no {ticker}.csv or {ticker}.parquet in FILES_DIR. Files there: {held}.")

    def _require_folder(self) -> None:
        if not self._folder.is_dir():
            raise SourceUnreachableError(f"FILES_DIR {self._folder} is not a folder that can be read.")


def _read(path: Path) -> pd.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path).reset_index()
        return pd.read_csv(path, encoding="utf-8-sig", skipinitialspace=True, float_precision="round_trip")
    except (ValueError, OSError) as error:
        raise GarbageAnswerError(f"{path.name} can't be read as {path.suffix[1:]}: {str(error)[:200]}") from error


def _tidy(frame: pd.DataFrame, file_name: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    bars = _named(frame, file_name)
    if "dividend" not in bars:
        bars["dividend"] = 0.0
    if "split_ratio" not in bars:
        bars["split_ratio"] = 1.0
    bars["dividend"] = bars["dividend"].fillna(0.0)
    # Yahoo's exports write 0 on a day without a split.
    bars["split_ratio"] = bars["split_ratio"].replace(0, 1).fillna(1.0)
    if "adj_close" in bars:
        return bars, ("Adjusted close as in the file.",)
    return _adjusted(bars), ("Adjusted close computed from the splits and dividends in the file; close as traded.",)


def _named(frame: pd.DataFrame, file_name: str) -> pd.DataFrame:
    columns: dict[str, str] = {}
    for original in frame.columns:
        column = _BY_NAME.get(re.sub(r"[^a-z]", "", str(original).lower()))
        if column is not None and column in columns.values():
            raise GarbageAnswerError(f"{file_name} has more than one column for {column}.")
        if column is not None:
            columns[original] = column
    missing = [name for name in _NEEDED if name not in columns.values()]
    if missing:
        raise GarbageAnswerError(f"{file_name} lacks the columns {', '.join(missing)}; needed: {', '.join(_NEEDED)}.")
    return frame[list(columns)].rename(columns=columns)


def _adjusted(bars: pd.DataFrame) -> pd.DataFrame:
    """Adjust as the exchanges do: before an ex-day, prices count 1 / split x (1 - dividend / previous close)."""
    try:
        ordered = bars.sort_values("session", kind="stable").astype({"close": float, "dividend": float})
        split = ordered["split_ratio"].astype(float)
    except (ValueError, TypeError):
        # Unreadable numbers: the rows will be refused one by one, so an adjustment has nothing to stand on.
        return bars.assign(adj_close=bars["close"])
    paid = 1.0 - (ordered["dividend"] / ordered["close"].shift(1)).fillna(0.0)
    step = (paid / split).to_numpy()
    later = np.append(np.cumprod(step[::-1])[::-1][1:], 1.0)
    return ordered.assign(adj_close=ordered["close"] * later)
