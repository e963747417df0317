"""Aliases by horizon, what each serves and why; policies and decisions of promotion

The ledger grows by what a program of before neither reads nor needs to write: it may go on while this is applied, and
what it records then counts at one session ahead. The defaults go once no such program runs any more.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = "Recorded before forecasts were gated"
_BY_HORIZON = """
INSERT INTO deployments (ticker, alias, horizon, model_id, previous_model_id, actor, reason, evidence, at)
SELECT ticker, alias, h, model_id, previous_model_id, actor, reason, evidence, at
FROM deployments CROSS JOIN unnest(ARRAY[5, 20]) AS h
WHERE horizon = 1
ORDER BY id, h
"""


def upgrade() -> None:
    op.add_column("deployments", sa.Column("horizon", sa.SmallInteger(), server_default="1", nullable=False))
    op.add_column("deployments", sa.Column("serves", sa.String(length=8), server_default="model", nullable=False))
    op.add_column("deployments", sa.Column("serves_reason", sa.Text(), server_default=_BEFORE, nullable=False))
    op.add_column("deployments", sa.Column("mirrored_at", sa.DateTime(timezone=True), nullable=True))
    # An alias of before served every horizon: it becomes one a graded horizon.
    op.execute(_BY_HORIZON)
    op.drop_index("ix_deployments_ticker_alias", table_name="deployments")
    op.create_index("ix_deployments_ticker_alias", "deployments", ["ticker", "alias", "horizon", "id"])
    op.create_index("ix_deployments_unmirrored", "deployments", ["id"], postgresql_where=sa.text("mirrored_at IS NULL"))
    op.create_table(
        "promotion_policies",
        sa.Column("ticker", sa.String(length=15), nullable=False),
        sa.Column("policy", sa.String(length=8), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("ticker", name=op.f("pk_promotion_policies")),
    )
    op.create_table(
        "promotion_decisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticker", sa.String(length=15), nullable=False),
        sa.Column("horizon", sa.SmallInteger(), nullable=False),
        sa.Column("model_id", sa.BigInteger(), nullable=False),
        sa.Column("champion_id", sa.BigInteger(), nullable=False),
        sa.Column("policy", sa.String(length=8), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["champion_id"], ["models.id"], name=op.f("fk_promotion_decisions_champion_id")),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name=op.f("fk_promotion_decisions_model_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion_decisions")),
        sa.UniqueConstraint("model_id", "champion_id", "horizon", name="uq_promotion_decisions_pair"),
    )
    op.create_index("ix_promotion_decisions_champion", "promotion_decisions", ["champion_id", "horizon", "id"])


def downgrade() -> None:
    op.drop_table("promotion_decisions")
    op.drop_table("promotion_policies")
    op.drop_index("ix_deployments_unmirrored", table_name="deployments")
    op.drop_index("ix_deployments_ticker_alias", table_name="deployments")
    op.execute("DELETE FROM deployments WHERE horizon <> 1 OR alias <> 'champion'")
    for column in ("mirrored_at", "serves_reason", "serves", "horizon"):
        op.drop_column("deployments", column)
    op.create_index("ix_deployments_ticker_alias", "deployments", ["ticker", "alias", "id"])
