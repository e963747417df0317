"""What the volatility model and the bands are worth on the sample market: `python benchmarks/volatility_and_bands.py`.

Needs no server: real bars from `bokeh_sampledata`, the default model, walk-forward. Prints the measured beside the
promised, and exits with 1 when a promise is broken.
"""

import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd
from bokeh_sampledata import stocks
from numpy.typing import NDArray

from backend.src.data.evaluation_files import OutOfSample
from backend.src.features.bands import track_bands
from backend.src.training.assessment import Walk, walk
from backend.src.training.coverage import winkler
from backend.src.training.evaluation import Competition
from backend.src.training.recipe import Recipe
from backend.src.training.request import TrainRequest
from backend.src.training.volatility_comparison import volatility_comparison

TICKERS = ("AAPL", "GOOG", "IBM", "MSFT", "FB")
N_FOLDS = 8
FIVE_YEARS = pd.DateOffset(years=5)
GAUSSIAN_SESSIONS = 63
_Z_90 = 1.6448536269514722

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Banded:
    """One ticker's 90 % band for the next session, and a Gaussian one on the same rows."""

    ticker: str
    year: NDArray[np.int_]
    error: Floats
    half_width: Floats
    actual: Floats
    gaussian: Floats

    def inside(self) -> NDArray[np.bool_]:
        """Which outcomes fell in."""
        return np.abs(self.error) <= self.half_width


def bars_of(ticker: str) -> pd.DataFrame:
    """Bars of the sample market."""
    data = getattr(stocks, ticker)
    names = ("open", "high", "low", "close", "adj_close", "volume")
    return pd.DataFrame({"session": pd.to_datetime(data["date"]), **{name: data[name] for name in names}})


def walk_of(ticker: str) -> Walk:
    """The walk-forward of the default model."""
    request = TrainRequest(ticker=ticker, n_folds=N_FOLDS)
    return walk(bars_of(ticker), request, Recipe(request), Competition(), lambda *_: None)


def next_session_band(walked: Walk) -> Banded:
    """The 90 % band of the next session beside one of 63 sessions' mean and standard deviation."""
    tested = walked.tested
    tracked = track_bands(tested.forecast, tested.actual, tested.sigma, levels=(90,))
    price = np.log(walked.bars["adj_close"].to_numpy(np.float64))
    deviation = pd.Series(np.diff(price, prepend=np.nan)).rolling(GAUSSIAN_SESSIONS).std().to_numpy()
    place = pd.DatetimeIndex(walked.bars["session"]).get_indexer(tested.sessions)
    rows = tracked.judged[:, 0] & np.isfinite(deviation[place])
    return Banded(
        walked.request.ticker,
        tested.sessions.year.to_numpy()[rows],
        (tested.actual - tested.forecast)[rows, 0],
        tracked.half_width[rows, 0, 0],
        tested.actual[rows, 0],
        _Z_90 * deviation[place][rows],
    )


def recent_coverage(tested: OutOfSample, level: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Hits and judged rows of each horizon over the last five years; Winkler scores and widths summed. [H] each"""
    tracked = track_bands(tested.forecast, tested.actual, tested.sigma, levels=(level,))
    recent = tested.sessions > tested.sessions[-1] - FIVE_YEARS
    judged = tracked.judged & recent[:, np.newaxis]
    half = np.where(judged, tracked.half_width[:, 0], 0.0)
    error = np.where(judged, tested.actual - tested.forecast, 0.0)
    inside = tracked.inside[:, 0] & judged
    return inside.sum(axis=0), judged.sum(axis=0), winkler(half, error, level).sum(axis=0), 2 * half.sum(axis=0)


def constant_scores(walked: Walk, level: int, index: int) -> tuple[Floats, Floats]:
    """The same sums of naive's constant bands on the same rows: Winkler scores and widths. [H] each"""
    tested, bands = walked.tested, walked.bands()
    recent = tested.sessions > tested.sessions[-1] - FIVE_YEARS
    judged = bands.tracked.judged & recent[:, np.newaxis]
    half = np.where(judged, bands.constant[:, index], 0.0)
    actual = np.where(judged, tested.actual, 0.0)
    return winkler(half, actual, level).sum(axis=0), 2 * half.sum(axis=0)


def print_volatility(walks: list[Walk]) -> bool:
    """RMSE of the next session's log variance relative to "as today"."""
    found = {w.request.ticker: volatility_comparison(w.rows, w.folds) or {} for w in walks}
    rows = {w.request.ticker: len(w.tested.labelled()) for w in walks}
    for ticker, ratios in found.items():
        print(f"  {ticker:5} " + "  ".join(f"{name} {ratio:.3f}" for name, ratio in ratios.items()))
    weights = np.array(list(rows.values()))
    pooled = {
        name: float(np.sqrt(np.average([r[name] ** 2 for r in found.values()], weights=weights)))
        for name in ("har", "ewma", "garch")
    }
    print("  all   " + "  ".join(f"{name} {ratio:.3f}" for name, ratio in pooled.items()))
    return pooled["har"] <= 0.84 and pooled["har"] < pooled["ewma"]


def print_next_session(bands: list[Banded]) -> bool:
    """Coverage and Winkler score of the 90 % band."""
    inside = np.concatenate([band.inside() for band in bands])
    years = {
        (band.ticker, int(year)): float(band.inside()[band.year == year].mean())
        for band in bands
        for year in np.unique(band.year)
        if (band.year == year).sum() >= 100
    }
    worst = min(years, key=lambda key: years[key])
    own = np.concatenate([winkler(band.half_width, band.error, 90) for band in bands]).mean()
    gaussian = np.concatenate([winkler(band.gaussian, band.actual, 90) for band in bands]).mean()
    coverage = float(inside.mean())
    print(f"  coverage {coverage:.4f} of {len(inside):,} (0.89-0.91); worst ticker-year {worst}: {years[worst]:.3f}")
    print(f"  Winkler score {own:.5f}, of a {GAUSSIAN_SESSIONS}-session Gaussian band {gaussian:.5f}")
    return 0.89 <= coverage <= 0.91 and years[worst] >= 0.87 and bool(own <= gaussian)


def print_horizons(walks: list[Walk]) -> bool:
    """Coverage of the 80 % band at every horizon over the last five years, pooled, and how sharp it is."""
    sums = [recent_coverage(w.tested, 80) for w in walks]
    inside, judged, score, width = (np.sum(part, axis=0) for part in zip(*sums, strict=True))
    constant, constant_width = (
        np.sum(part, axis=0) for part in zip(*(constant_scores(w, 80, 1) for w in walks), strict=True)
    )
    coverage = inside / judged
    print("  horizon  coverage  Winkler/constant  width/constant")
    for h in range(len(coverage)):
        ratios = score[h] / constant[h], width[h] / constant_width[h]
        print(f"  {h + 1:7}  {coverage[h]:8.4f}  {ratios[0]:16.3f}  {ratios[1]:14.3f}")
    return bool(((coverage >= 0.78) & (coverage <= 0.82) & (score < constant)).all())


def main() -> int:
    """Measure, print, judge."""
    walks = [walk_of(ticker) for ticker in TICKERS]
    print("Next session's log variance, RMSE relative to naive (<= 0.84, below EWMA's):")
    kept = [print_volatility(walks)]
    print("90 % band of the next session (worst ticker-year >= 0.87, Winkler no worse than the Gaussian band's):")
    kept.append(print_next_session([next_session_band(w) for w in walks]))
    print("80 % band over the last five years, all tickers (0.78-0.82, sharper than constant bands around naive):")
    kept.append(print_horizons(walks))
    print("kept" if all(kept) else f"broken: {kept}")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
