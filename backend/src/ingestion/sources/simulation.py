"""A market that is replayed: the bars of a held series, up to the simulated session of today."""

from datetime import date

import pandas as pd

from backend.src.data.bar_frame import BAR_COLUMNS
from backend.src.data.instrument_store import SIMULATION, InstrumentFacts, InstrumentStore
from backend.src.data.price_store import PriceStore
from backend.src.data.simulation_orm import Simulation
from backend.src.data.simulation_store import SimulationStore
from backend.src.ingestion.errors import EmptyAnswerError, UnknownTickerError
from backend.src.ingestion.scenarios import ALTERNATION, replant
from backend.src.ingestion.sources.base import Fetched

_IN_THE_NAME = {
    "plain": ("simulation", "模擬"),
    "regime": ("simulation, planted change of regime", "模擬，植入體制轉變"),
    "bad_model": ("simulation, planted bad model", "模擬，植入壞模型"),
}


class SimulationSource:
    """The simulated market. It keeps the series that it replays last: each session asks for all of it again."""

    name = SIMULATION
    incremental = False
    noise = 0.0

    def __init__(self, simulations: SimulationStore, prices: PriceStore, instruments: InstrumentStore) -> None:
        self._simulations = simulations
        self._prices = prices
        self._instruments = instruments
        self._kept: tuple[tuple[object, ...], pd.DataFrame] | None = None

    def fetch(self, ticker: str, start: date | None = None, end: date | None = None) -> Fetched:
        """The bars of a simulated ticker, none later than its today."""
        simulation = self._simulations.find(ticker)
        if simulation is None:
            raise UnknownTickerError(f"No market is simulated as {ticker}. POST /api/simulation starts one.")
        bars = self._series(simulation)
        days = bars["session"].dt.date
        within = (days >= (start or date.min)) & (days <= min(end or date.max, simulation.today))
        if not within.any():
            raise EmptyAnswerError(f"{ticker} has no bars between {start} and {end}.")
        return Fetched(bars[within].reset_index(drop=True), self._facts(simulation), (_told(simulation),))

    def _series(self, simulation: Simulation) -> pd.DataFrame:
        key = (simulation.ticker, simulation.requested_at)
        if self._kept is None or self._kept[0] != key:
            self._kept = key, scenario_bars(simulation, self._prices.read(simulation.base, simulation.base_source))
        return self._kept[1]

    def _facts(self, simulation: Simulation) -> InstrumentFacts:
        base = self._instruments.get(simulation.base)
        english, chinese = _IN_THE_NAME[simulation.scenario]
        name_zh = None if base.name_zh is None else f"{base.name_zh}（{chinese}）"
        return InstrumentFacts(base.exchange, base.currency, f"{base.name} ({english})", name_zh)


def scenario_bars(simulation: Simulation, base: pd.DataFrame) -> pd.DataFrame:
    """All bars that a simulation will ever show.

    Args:
        simulation: Which sessions, and what is planted in them.
        base: The series that it replays.
    """
    days = base["session"].dt.date
    kept = (days >= simulation.first_session) & (days <= simulation.last_session)
    bars: pd.DataFrame = base.loc[kept, list(BAR_COLUMNS)].reset_index(drop=True)
    if simulation.scenario != "regime":
        return bars
    first = int((bars["session"].dt.date < simulation.planted).sum())
    return replant(bars, ALTERNATION, first, simulation.seed)


def _told(simulation: Simulation) -> str:
    told = f"A simulation: {simulation.base} as {simulation.base_source} has it, replayed until {simulation.today}."
    return f"{told} Planted from {simulation.planted}: {simulation.scenario}." if simulation.planted else told
