"""Takes everything out of the stores that a simulated market left in them."""

from clickhouse_connect.driver.client import Client
from sqlalchemy import ColumnElement, MetaData, delete, or_
from sqlalchemy.orm import InstrumentedAttribute, Session, sessionmaker

from backend.src.data.monitor_orm import Alert, AlertMute
from backend.src.data.orm import MetaBase, OutboxEvent, RawBase
from backend.src.data.simulation_orm import Simulation
from bellwether_contracts.market import is_simulated
from bellwether_contracts.tables import ALERTS, BARS, PREDICTIONS

_CLICKHOUSE = {BARS: "ticker", PREDICTIONS: "ticker", ALERTS: "subject"}


class SimulatedRows:
    """Deletes by ticker, in every table that has one: a table of tomorrow is no exception."""

    def __init__(
        self, raw_sessions: sessionmaker[Session], meta_sessions: sessionmaker[Session], clickhouse: Client
    ) -> None:
        self._raw = raw_sessions
        self._meta = meta_sessions
        self._clickhouse = clickhouse

    def forget(self, ticker: str) -> None:
        """Delete a simulated ticker's rows, the simulation's own last: until then, it can be asked for again.

        What models and snapshots left on S3 is nobody's after that, and goes with the next clean-up.

        Raises:
            ValueError: The ticker is a real one.
        """
        if not is_simulated(ticker):
            raise ValueError(f"{ticker} is not simulated: nothing of it may be forgotten")
        with self._raw.begin() as session:
            _delete(session, RawBase.metadata, ticker)
        with self._meta.begin() as session:
            # Events that wait to be confirmed would come back after ClickHouse has forgotten them.
            session.execute(delete(OutboxEvent).where(or_(OutboxEvent.key == ticker, _names(OutboxEvent.key, ticker))))
            session.execute(delete(Alert).where(or_(Alert.subject == ticker, _names(Alert.alert_key, ticker))))
            session.execute(delete(AlertMute).where(_names(AlertMute.alert_key, ticker)))
            _delete(session, MetaBase.metadata, ticker)
        for table, column in _CLICKHOUSE.items():
            self._clickhouse.command(
                f"DELETE FROM {table} WHERE {column} = {{ticker:String}}",  # noqa: S608 - our own names
                parameters={"ticker": ticker},
                settings={"lightweight_deletes_sync": 2},
            )
        with self._meta.begin() as session:
            session.execute(delete(Simulation).where(Simulation.ticker == ticker))


def _delete(session: Session, metadata: MetaData, ticker: str) -> None:
    # Those that refer to others first.
    for table in reversed(metadata.sorted_tables):
        if "ticker" in table.columns and table is not Simulation.__table__:
            session.execute(delete(table).where(table.columns["ticker"] == ticker))


def _names(key: InstrumentedAttribute[str], ticker: str) -> ColumnElement[bool]:
    """Keys read `kind:subject`."""
    return key.endswith(f":{ticker}", autoescape=True)
