"""The table of simulated markets, in model_meta_db."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.src.data.orm import MetaBase


class Simulation(MetaBase):
    """A series that is replayed session by session. `today` is its clock: no bar after it is known yet.

    The first model learns from what came before the first `today`. The first session that is replayed is `opens`: what
    lies in between comes in with it, as after a break. `planted` is where the scenario departs from what happened.
    """

    __tablename__ = "simulations"

    ticker: Mapped[str] = mapped_column(String(15), primary_key=True)
    base: Mapped[str] = mapped_column(String(15))
    base_source: Mapped[str] = mapped_column(String(16))
    exchange: Mapped[str] = mapped_column(String(4))
    scenario: Mapped[str] = mapped_column(String(16))
    seed: Mapped[int] = mapped_column(BigInteger)
    speed: Mapped[float]
    first_session: Mapped[date]
    opens: Mapped[date]
    planted: Mapped[date | None]
    today: Mapped[date]
    last_session: Mapped[date]
    sessions: Mapped[int]
    done: Mapped[int] = mapped_column(server_default=text("0"))
    state: Mapped[str] = mapped_column(String(16))
    stage: Mapped[str | None]
    error: Mapped[str | None]
    requested_by: Mapped[str]
    requested_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        # One at a time: it is a show for a visitor, not a load test.
        Index(
            "uq_simulations_active",
            text("(true)"),
            unique=True,
            postgresql_where=text("state IN ('requested', 'running')"),
        ),
    )
