"""For how long what is kept, in every store, and the clean-up that takes out what is older.

Nothing goes that a model, the ledger, a decision or a forecast refers to: a job that made a model stays with it, a
snapshot that something was trained on stays for ever.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from backend.src.runtime import Runtime
from backend.src.workflows.kept_files import KeptFiles
from backend.src.workflows.kept_rows import CLICKHOUSE_RULES, POSTGRES_RULES, ClickHouseRows, PostgresRows

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """What a store holds of a kind."""

    amount: int
    unit: str
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that is kept.

    Attributes:
        store: Where.
        what: What it is, in words.
        setting: What says how long; empty where that is no setting.
        days: How long; None means for ever.
        held: What there is now.
        sweep: Takes out what is older than a moment; says how much that was.
    """

    store: str
    what: str
    setting: str
    days: int | None
    held: Callable[[], Held]
    sweep: Callable[[datetime], int] | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A kind as it is shown."""

    store: str
    what: str
    setting: str
    kept_days: int | None
    amount: int
    unit: str
    oldest: datetime | None


class Retention:
    """Knows every kind, and cleans up."""

    def __init__(self, runtime: Runtime, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._kinds = kinds(runtime)
        self._now = now

    def records(self) -> list[Record]:
        """Every kind with what is held of it."""
        return [Record(k.store, k.what, k.setting, k.days, **asdict(k.held())) for k in self._kinds]

    def clean_up(self) -> dict[str, Any]:
        """Take out what was kept long enough. Doing it twice changes nothing.

        Returns:
            How much went, by kind.
        """
        gone: dict[str, Any] = {}
        for kind in self._kinds:
            if kind.sweep is not None and kind.days is not None:
                gone[f"{kind.store}: {kind.what}"] = kind.sweep(self._now() - timedelta(days=kind.days))
        log.info("cleaned up", **{name: count for name, count in gone.items() if count})
        return gone


def kinds(runtime: Runtime) -> Sequence[Kind]:
    """Everything that the platform keeps."""
    settings = runtime.settings

    def days(setting: str) -> int | None:
        return getattr(settings, setting) or None

    found = []
    for table in POSTGRES_RULES:
        rows = PostgresRows(runtime.raw_engine if table.raw else runtime.meta_engine, table)
        found.append(
            Kind("Postgres", table.what, table.setting, days(table.setting), _counted(rows.held), rows.delete_older)
        )
    for rule in CLICKHOUSE_RULES:
        stored = ClickHouseRows(runtime.clickhouse, rule)
        kept = days(rule.setting) if rule.setting else rule.ttl_days
        sweep = stored.delete_older if rule.setting else None
        found.append(Kind("ClickHouse", rule.what, rule.setting, kept, _counted(stored.held), sweep))
    files = KeptFiles(runtime.meta_engine, runtime.s3, settings.s3_bucket)
    setting = "retention_files_days"
    found.append(
        Kind(
            "S3",
            "snapshots, models, evaluations and reports that nothing refers to",
            setting,
            days(setting),
            lambda: Held(*files.orphans_held()),
            files.delete_older,
        )
    )
    return found


def _counted(held: Callable[[], tuple[int, datetime | None]]) -> Callable[[], Held]:
    def counted() -> Held:
        rows, oldest = held()
        return Held(rows, "rows", oldest)

    return counted
