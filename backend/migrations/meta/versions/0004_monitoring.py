"""Alerts, drift checks, retraining decisions and scheduled runs; jobs and models name what set them off

Only new tables and columns that may be empty: a program of before goes on beside it.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_JSON = postgresql.JSONB(astext_type=sa.Text())
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    for table in ("jobs", "models"):
        op.add_column(table, sa.Column("trigger", _JSON, nullable=True))
    op.add_column("promotion_decisions", sa.Column("looks", sa.BigInteger(), server_default="1", nullable=False))
    looked_at = sa.Column("looked_at", _TIME, server_default=sa.text("now()"), nullable=False)
    op.add_column("promotion_decisions", looked_at)
    _alerts()
    _drift_checks()
    _retrain_decisions()
    _scheduled_runs()


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("alert_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("evidence", _JSON, nullable=False),
        sa.Column("first_seen", _TIME, nullable=False),
        sa.Column("last_seen", _TIME, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("told_at", _TIME, nullable=False),
        sa.Column("resolved_at", _TIME, nullable=True),
        sa.Column("acknowledged_at", _TIME, nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    firing = sa.text("state = 'firing'")
    op.create_index("uq_alerts_firing", "alerts", ["alert_key"], unique=True, postgresql_where=firing)
    op.create_index("ix_alerts_alert_key", "alerts", ["alert_key", "id"])
    op.create_index("ix_alerts_last_seen", "alerts", ["last_seen"])
    op.create_table(
        "alert_mutes",
        sa.Column("alert_key", sa.Text(), nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", _TIME, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("alert_key", name=op.f("pk_alert_mutes")),
    )


def _drift_checks() -> None:
    op.create_table(
        "drift_checks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticker", sa.String(length=15), nullable=False),
        sa.Column("model_id", sa.BigInteger(), nullable=False),
        sa.Column("first_session", sa.Date(), nullable=False),
        sa.Column("last_session", sa.Date(), nullable=False),
        sa.Column("sessions", sa.BigInteger(), nullable=False),
        sa.Column("reference_sessions", sa.BigInteger(), nullable=False),
        sa.Column("drifted", sa.Boolean(), nullable=False),
        sa.Column("false_alarm_rate", sa.Float(), nullable=False),
        sa.Column("findings", _JSON, nullable=False),
        sa.Column("report_key", sa.Text(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("at", _TIME, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_drift_checks_job_id")),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name=op.f("fk_drift_checks_model_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drift_checks")),
    )
    op.create_index("ix_drift_checks_ticker", "drift_checks", ["ticker", "id"])


def _retrain_decisions() -> None:
    op.create_table(
        "retrain_decisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticker", sa.String(length=15), nullable=False),
        sa.Column("model_id", sa.BigInteger(), nullable=False),
        sa.Column("trigger", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", _JSON, nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("at", _TIME, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_retrain_decisions_job_id")),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name=op.f("fk_retrain_decisions_model_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retrain_decisions")),
    )
    op.create_index("ix_retrain_decisions_ticker", "retrain_decisions", ["ticker", "id"])


def _scheduled_runs() -> None:
    op.create_table(
        "scheduled_runs",
        sa.Column("schedule", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("due", _TIME, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("result", _JSON, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("started_at", _TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("schedule", "subject", "due", name=op.f("pk_scheduled_runs")),
    )


def downgrade() -> None:
    for table in ("scheduled_runs", "retrain_decisions", "drift_checks", "alert_mutes", "alerts"):
        op.drop_table(table)
    for column in ("looked_at", "looks"):
        op.drop_column("promotion_decisions", column)
    for table in ("jobs", "models"):
        op.drop_column(table, "trigger")
