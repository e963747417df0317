"""Rows that are kept for a time: which, and what keeps them longer."""

from dataclasses import dataclass
from datetime import UTC, datetime

from clickhouse_connect.driver.client import Client
from sqlalchemy import Engine, text


@dataclass(frozen=True, slots=True)
class PostgresRule:
    """Rows of one table.

    Attributes:
        at: The column that tells their age.
        stays: What must not be true of a row that goes, as SQL; the row is `t`.
        raw: In raw_db, else in model_meta_db.
    """

    what: str
    setting: str
    table: str
    at: str
    stays: str = "false"
    raw: bool = False


@dataclass(frozen=True, slots=True)
class ClickHouseRule:
    """Rows of one table; without a setting, the store itself lets them go after `ttl_days`."""

    what: str
    setting: str
    table: str
    at: str
    only: str = "true"
    ttl_days: int | None = None


_JOB_STAYS = """
    t.state IN ('queued', 'running')
    OR EXISTS (SELECT FROM models m WHERE m.job_id = t.id)
    OR EXISTS (SELECT FROM drift_checks d WHERE d.job_id = t.id)
    OR EXISTS (SELECT FROM retrain_decisions r WHERE r.job_id = t.id)
    OR EXISTS (SELECT FROM jobs j WHERE j.retry_of = t.id)
"""

POSTGRES_RULES = (
    PostgresRule("ended jobs with their logs", "retention_jobs_days", "jobs", "created_at", _JOB_STAYS),
    PostgresRule("alerts that ended", "retention_alerts_days", "alerts", "last_seen", "t.state = 'firing'"),
    PostgresRule(
        "drift checks",
        "retention_drift_days",
        "drift_checks",
        "at",
        # The last one says how the champion stands.
        "t.id = (SELECT max(d.id) FROM drift_checks d WHERE d.ticker = t.ticker)",
    ),
    PostgresRule(
        "scheduled runs",
        "retention_runs_days",
        "scheduled_runs",
        "started_at",
        # The newest says that the schedule is known: without it, the next due would be its first.
        "t.due = (SELECT max(s.due) FROM scheduled_runs s WHERE (s.schedule, s.subject) = (t.schedule, t.subject))",
    ),
    PostgresRule("refused bars", "retention_quarantine_days", "quarantine", "at"),
    PostgresRule(
        "runs of the ingest",
        "retention_runs_days",
        "ingest_runs",
        "started_at",
        "t.started_at = (SELECT max(i.started_at) FROM ingest_runs i WHERE i.ticker = t.ticker)",
        raw=True,
    ),
)

CLICKHOUSE_RULES = (
    ClickHouseRule("served forecasts", "retention_predictions_days", "predictions", "made_at", "NOT shadow"),
    ClickHouseRule("challengers' forecasts", "retention_shadow_days", "predictions", "made_at", "shadow"),
    ClickHouseRule("changes of alerts", "retention_alerts_days", "alerts", "at"),
    ClickHouseRule("numbers of the services", "", "service_metrics", "at", ttl_days=14),
)


class PostgresRows:
    """Counts and deletes by a rule. Its texts are our own; the moment is a bound parameter."""

    def __init__(self, engine: Engine, rule: PostgresRule) -> None:
        self._engine = engine
        self._rule = rule

    def held(self) -> tuple[int, datetime | None]:
        """How many rows there are, and from when the oldest is."""
        rule = self._rule
        with self._engine.connect() as connection:
            query = text(f"SELECT count(*), min(t.{rule.at}) FROM {rule.table} t")  # noqa: S608
            rows, oldest = connection.execute(query).one()
        return int(rows), oldest

    def delete_older(self, moment: datetime) -> int:
        """Delete what is older and may go; how many rows that were."""
        rule = self._rule
        gone = text(f"DELETE FROM {rule.table} t WHERE t.{rule.at} < :moment AND NOT ({rule.stays})")  # noqa: S608
        with self._engine.begin() as connection:
            return connection.execute(gone, {"moment": moment}).rowcount


class ClickHouseRows:
    """Counts and deletes by a rule. Its texts are our own; the moment is a bound parameter."""

    def __init__(self, client: Client, rule: ClickHouseRule) -> None:
        self._client = client
        self._rule = rule

    def held(self) -> tuple[int, datetime | None]:
        """How many rows there are, and from when the oldest is."""
        rule = self._rule
        query = f"SELECT count(), min({rule.at}) FROM {rule.table} WHERE {rule.only}"  # noqa: S608
        rows, oldest = self._client.query(query).result_rows[0]
        return int(rows), oldest.replace(tzinfo=UTC) if rows else None

    def delete_older(self, moment: datetime) -> int:
        """Delete what is older; how many rows that were."""
        rule = self._rule
        which = f"{rule.only} AND {rule.at} < {{moment:DateTime64(3, 'UTC')}}"
        parameters = {"moment": moment.astimezone(UTC)}
        counted = self._client.query(f"SELECT count() FROM {rule.table} WHERE {which}", parameters=parameters)  # noqa: S608
        rows = int(counted.result_rows[0][0])
        if rows:
            self._client.command(
                f"DELETE FROM {rule.table} WHERE {which}",  # noqa: S608
                parameters=parameters,
                settings={"lightweight_deletes_sync": 2},
            )
        return rows
