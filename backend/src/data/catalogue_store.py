"""What serving asks of model_meta_db: cheap marks that move when something changed, and then what changed."""

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, sessionmaker

from backend.src.data.instrument_store import SAMPLE
from backend.src.data.orm import Deployment, Model, Snapshot

CHAMPION = "champion"


@dataclass(frozen=True, slots=True)
class Marks:
    """Numbers that grow with every move of an alias and with every new snapshot."""

    deployment: int
    snapshot: int


class CatalogueStore:
    """Reads which series and which champion each ticker is served with."""

    def __init__(self, session_factory: sessionmaker[Session]) -> None:
        self._sessions = session_factory

    def marks(self) -> Marks:
        """The newest ledger entry and snapshot, in one round trip; 0 when there is none."""
        newest_deployment = select(func.coalesce(func.max(Deployment.id), 0)).scalar_subquery()
        newest_snapshot = select(func.coalesce(func.max(Snapshot.seq), 0)).scalar_subquery()
        with self._sessions() as session:
            return Marks(*session.execute(select(newest_deployment, newest_snapshot)).one())

    def snapshots(self) -> dict[str, Snapshot]:
        """The snapshot that each held ticker is served with: the newest of a real source, else the sample's."""
        real_first = case((Snapshot.source == SAMPLE, 1), else_=0)
        query = (
            select(Snapshot)
            .ext(distinct_on(Snapshot.ticker))
            .order_by(Snapshot.ticker, real_first, Snapshot.seq.desc())
        )
        with self._sessions() as session:
            return {row.ticker: row for row in session.scalars(query)}

    def champions(self) -> dict[str, Model]:
        """The model that each ticker's champion alias points to."""
        newest = (
            select(Deployment.model_id)
            .ext(distinct_on(Deployment.ticker))
            .where(Deployment.alias == CHAMPION)
            .order_by(Deployment.ticker, Deployment.id.desc())
            .subquery()
        )
        with self._sessions() as session:
            return {
                row.ticker: row for row in session.scalars(select(Model).join(newest, newest.c.model_id == Model.id))
            }
