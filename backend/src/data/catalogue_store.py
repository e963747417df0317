"""What serving asks of model_meta_db: cheap marks that move when something changed, and then what changed."""

from dataclasses import dataclass

from sqlalchemy import Select, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, sessionmaker

from backend.src.data.deployment_store import CHALLENGER, CHAMPION
from backend.src.data.instrument_store import PLANTED, SAMPLE
from backend.src.data.orm import Deployment, Model, Snapshot


@dataclass(frozen=True, slots=True)
class Marks:
    """Numbers that grow with every move of an alias and with every new snapshot.

    Moves are counted: of two at once, the one with the lower id may be seen last.
    """

    deployments: int
    snapshot: int


@dataclass(frozen=True, slots=True)
class Placed:
    """Which model an alias points to, and whether its own forecast serves (`model`) or "no change" (`naive`)."""

    model: Model
    serves: str
    serves_reason: str


class CatalogueStore:
    """Reads which series and which champion each ticker is served with."""

    def __init__(self, session_factory: sessionmaker[Session]) -> None:
        self._sessions = session_factory

    def marks(self) -> Marks:
        """How many ledger entries there are, and the newest snapshot, in one round trip; 0 when there is none."""
        deployments = select(func.count()).select_from(Deployment).scalar_subquery()
        newest_snapshot = select(func.coalesce(func.max(Snapshot.seq), 0)).scalar_subquery()
        with self._sessions() as session:
            return Marks(*session.execute(select(deployments, newest_snapshot)).one())

    def snapshots(self) -> dict[str, Snapshot]:
        """The snapshot that each held ticker is served with: the newest of a real source, else the sample's."""
        with self._sessions() as session:
            return {row.ticker: row for row in session.scalars(_served())}

    def source(self, ticker: str) -> str | None:
        """Whose prices a ticker is served with; None while none are held."""
        with self._sessions() as session:
            found = session.scalars(_served().where(Snapshot.ticker == ticker)).one_or_none()
        return found.source if found else None

    def champions(self) -> dict[str, dict[int, Placed]]:
        """The champions of each ticker, by graded horizon."""
        return self._placed(CHAMPION)

    def challengers(self) -> dict[str, dict[int, Placed]]:
        """The challengers of each ticker, by graded horizon."""
        return self._placed(CHALLENGER)

    def _placed(self, alias: str) -> dict[str, dict[int, Placed]]:
        key = (Deployment.ticker, Deployment.horizon)
        newest = (
            select(Deployment)
            .ext(distinct_on(*key))
            .where(Deployment.alias == alias)
            .order_by(*key, Deployment.id.desc())
            .subquery()
        )
        columns = newest.c.horizon, newest.c.serves, newest.c.serves_reason
        query = select(Model, *columns).join(newest, newest.c.model_id == Model.id)
        found: dict[str, dict[int, Placed]] = {}
        with self._sessions() as session:
            for model, horizon, serves, reason in session.execute(query):
                found.setdefault(model.ticker, {})[horizon] = Placed(model, serves, reason)
        return found


def _served() -> Select[Snapshot]:
    real_first = case({SAMPLE: 1, PLANTED: 2}, value=Snapshot.source, else_=0)
    return select(Snapshot).ext(distinct_on(Snapshot.ticker)).order_by(Snapshot.ticker, real_first, Snapshot.seq.desc())
