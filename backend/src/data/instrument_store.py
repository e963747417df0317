"""The symbols that are held."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from backend.errors import NotFoundError
from backend.src.data.orm import Instrument

SAMPLE = "sample"
"""The source that ships with the program. What a real source delivered is never displaced by it."""

SIMULATION = "simulation"
"""The source that replays another series at speed, under a ticker of its own."""

PLANTED = "planted"
"""The source of what a scenario plants to be learned from. It is trained on, and never served."""

ENDED = frozenset({SAMPLE, SIMULATION})
"""Sources whose series end where they end: no later bar is missing."""

_NAMED_IN_ERRORS = 20


@dataclass(frozen=True, slots=True)
class InstrumentFacts:
    """What a source says of a symbol beside its bars."""

    exchange: str
    currency: str
    name: str
    name_zh: str | None = None


class InstrumentStore:
    """Reads and writes `instruments`."""

    def __init__(self, session_factory: sessionmaker[Session]) -> None:
        self._sessions = session_factory

    def find(self, ticker: str) -> Instrument | None:
        """The instrument, or None when it is not held."""
        with self._sessions() as session:
            return session.get(Instrument, ticker)

    def get(self, ticker: str) -> Instrument:
        """The instrument.

        Raises:
            NotFoundError: It is not held; the error names those that are.
        """
        found = self.find(ticker)
        if found is not None:
            return found
        held = [instrument.ticker for instrument in self.all()]
        named = ", ".join(held[:_NAMED_IN_ERRORS]) + (", ..." if len(held) > _NAMED_IN_ERRORS else "")
        detail = f"{ticker} is not held. Held: {named}." if held else f"{ticker} is not held, and no other symbol yet."
        raise NotFoundError(f"{detail} POST /api/run-etl ingests a new one.", held=list(held[:_NAMED_IN_ERRORS]))

    def all(self) -> list[Instrument]:
        """Every instrument, by ticker."""
        with self._sessions() as session:
            return list(session.scalars(select(Instrument).order_by(Instrument.ticker)))

    def search(self, q: str, limit: int = 20) -> list[Instrument]:
        """Instruments whose ticker or name contains the words; those whose ticker begins with them first."""
        words = q.strip()
        begins = Instrument.ticker.istartswith(words, autoescape=True)
        query = (
            select(Instrument)
            .where(
                or_(
                    Instrument.ticker.icontains(words, autoescape=True),
                    Instrument.name.icontains(words, autoescape=True),
                    func.coalesce(Instrument.name_zh, "").contains(words, autoescape=True),
                )
            )
            .order_by(begins.desc(), Instrument.ticker)
            .limit(limit)
        )
        with self._sessions() as session:
            return list(session.scalars(query))

    def record(self, ticker: str, source: str, facts: InstrumentFacts) -> Instrument:
        """Note that the source holds the ticker, and serve its series unless it is the sample beside real data."""
        values = {
            "exchange": facts.exchange,
            "currency": facts.currency,
            "name": facts.name,
            "name_zh": facts.name_zh,
            "source": source,
        }
        statement = insert(Instrument).values(ticker=ticker, **values)
        statement = statement.on_conflict_do_update(
            index_elements=[Instrument.ticker],
            set_={**values, "name_zh": func.coalesce(statement.excluded.name_zh, Instrument.name_zh)},
            where=or_(statement.excluded.source != SAMPLE, Instrument.source == SAMPLE),
        )
        with self._sessions.begin() as session:
            session.execute(statement)
        return self.get(ticker)
