"""Simulated markets

Only a new table: a program of before goes on beside it.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "simulations",
        sa.Column("ticker", sa.String(length=15), nullable=False),
        sa.Column("base", sa.String(length=15), nullable=False),
        sa.Column("base_source", sa.String(length=16), nullable=False),
        sa.Column("exchange", sa.String(length=4), nullable=False),
        sa.Column("scenario", sa.String(length=16), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("speed", sa.Float(), nullable=False),
        sa.Column("first_session", sa.Date(), nullable=False),
        sa.Column("opens", sa.Date(), nullable=False),
        sa.Column("planted", sa.Date(), nullable=True),
        sa.Column("today", sa.Date(), nullable=False),
        sa.Column("last_session", sa.Date(), nullable=False),
        sa.Column("sessions", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", _TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", _TIME, nullable=True),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("ticker", name=op.f("pk_simulations")),
    )
    active = sa.text("state IN ('requested', 'running')")
    op.create_index("uq_simulations_active", "simulations", [sa.text("(true)")], unique=True, postgresql_where=active)


def downgrade() -> None:
    op.drop_table("simulations")
