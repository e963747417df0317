"""The clean-up on real stores: what is old goes, what something refers to stays."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from backend.src.runtime import Runtime
from backend.src.workflows.kept_files import KeptFiles
from backend.src.workflows.kept_rows import CLICKHOUSE_RULES, POSTGRES_RULES, ClickHouseRows, PostgresRows
from backend.src.workflows.retention import Retention

pytestmark = pytest.mark.stack

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
"""Older than anything that another test could have made: the clean-up here takes nothing of theirs."""

SINCE = LONG_AGO + timedelta(days=365)


@pytest.fixture
def mine(meta_engine: Engine) -> Iterator[str]:
    """A ticker of this test's own; its rows go with it."""
    ticker = f"R{uuid4().hex[:9].upper()}"
    yield ticker
    with meta_engine.begin() as connection:
        for table in ("drift_checks", "models", "snapshots", "jobs"):
            connection.execute(text(f"DELETE FROM {table} WHERE ticker = :ticker"), {"ticker": ticker})


def add_job(engine: Engine, ticker: str, state: str = "succeeded") -> str:
    job_id = str(uuid4())
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO jobs (id, kind, queue, intent_key, ticker, body, state, requested_by, created_at)"
                " VALUES (:id, 'ingest', 'ingest', md5(random()::text), :ticker, '{}', :state, 'test', :at)"
            ),
            {"id": job_id, "ticker": ticker, "state": state, "at": LONG_AGO},
        )
    return job_id


def add_snapshot(engine: Engine, ticker: str) -> str:
    sha256 = f"{uuid4().hex}{uuid4().hex}"
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO snapshots (sha256, ticker, exchange, source, first_session, last_session, rows, uri,"
                " created_at) VALUES (:sha, :ticker, 'XNAS', 'files', '2000-01-03', '2000-12-29', 1, '', :at)"
            ),
            {"sha": sha256, "ticker": ticker, "at": LONG_AGO},
        )
    return sha256


def add_model(
    engine: Engine, ticker: str, version: int, snapshot: str, job_id: str | None, evidence: str = "{}"
) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO models (ticker, exchange, source, version, model_type, params, seed, feature_names,"
                " feature_version, horizons, snapshot, train_start, train_end, metrics, evidence, verdict, git_commit,"
                " job_id) VALUES (:ticker, 'XNAS', 'files', :version, 'ridge', '{}', 1, '[]', '1', '[1]', :snapshot,"
                " '2000-01-03', '2000-12-29', '{}', CAST(:evidence AS jsonb), '', '', CAST(:job AS uuid))"
            ),
            {"ticker": ticker, "version": version, "snapshot": snapshot, "evidence": evidence, "job": job_id},
        )


def left(engine: Engine, table: str, column: str, ticker: str) -> set[str]:
    with engine.connect() as connection:
        rows = connection.execute(text(f"SELECT {column} FROM {table} WHERE ticker = :t"), {"t": ticker})
        return {str(row[0]) for row in rows}


def test_old_jobs_go_but_for_those_that_run_or_made_a_model(meta_engine: Engine, mine: str) -> None:
    ended, running, made = add_job(meta_engine, mine), add_job(meta_engine, mine, "running"), add_job(meta_engine, mine)
    add_model(meta_engine, mine, 1, add_snapshot(meta_engine, mine), made)
    jobs = PostgresRows(meta_engine, next(rule for rule in POSTGRES_RULES if rule.table == "jobs"))
    assert jobs.delete_older(LONG_AGO - timedelta(days=1)) == 0
    jobs.delete_older(SINCE)
    assert left(meta_engine, "jobs", "id", mine) == {running, made}
    assert ended not in {running, made}


def test_a_snapshot_stays_while_it_is_the_newest_or_a_model_learned_from_it(
    runtime: Runtime, meta_engine: Engine, mine: str
) -> None:
    learned, in_a_panel, superseded, newest = (add_snapshot(meta_engine, mine) for _ in range(4))
    add_model(meta_engine, mine, 1, learned, None)
    add_model(meta_engine, mine, 2, learned, None, f'{{"panel": {{"peers": {{"X": "{in_a_panel}"}}}}}}')
    KeptFiles(meta_engine, runtime.s3, runtime.settings.s3_bucket).delete_older(SINCE)
    assert left(meta_engine, "snapshots", "sha256", mine) == {learned, in_a_panel, newest}
    assert superseded not in {learned, in_a_panel, newest}


def test_a_file_goes_when_nothing_refers_to_it_and_not_before_its_time(
    runtime: Runtime, meta_engine: Engine, mine: str
) -> None:
    referred = f"datasets/{add_snapshot(meta_engine, mine)}.parquet"
    orphan = f"datasets/{uuid4().hex}{uuid4().hex}.parquet"
    bucket, s3 = runtime.settings.s3_bucket, runtime.s3
    for key in (referred, orphan):
        s3.put_object(Bucket=bucket, Key=key, Body=b"bars")
    files = KeptFiles(meta_engine, s3, bucket)
    assert orphan in {file.key for file in files._orphans()}
    assert referred not in {file.key for file in files._orphans()}
    files.delete_older(datetime.now(UTC) - timedelta(days=1))
    found = {item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix=orphan).get("Contents", [])}
    assert found == {orphan}  # it is young: its row may be on its way
    s3.delete_object(Bucket=bucket, Key=orphan)
    s3.delete_object(Bucket=bucket, Key=referred)


def test_old_shadows_go_and_what_was_served_stays(runtime: Runtime) -> None:
    ticker = f"R{uuid4().hex[:9].upper()}"
    insert = (
        "INSERT INTO predictions (prediction_id, made_at, ticker, exchange, source, last_session, target_session,"
        " horizon, last_close, predicted_close, naive_close, lower_50, upper_50, lower_80, upper_80, lower_95,"
        " upper_95, model_type, degraded, served_by, request_id, shadow) VALUES "
    )
    rows = [
        f"(generateUUIDv4(), '{at:%Y-%m-%d %H:%M:%S}', '{ticker}', 'XNAS', 'files', '2001-01-02', '2001-01-03', 1,"
        f" 1, 1, 1, 1, 1, 1, 1, 1, 1, 'ridge', false, 'test', 'test', {shadow})"
        for at, shadow in ((LONG_AGO, "true"), (LONG_AGO, "false"), (SINCE, "true"))
    ]
    runtime.clickhouse.command(insert + ", ".join(rows))
    shadows = ClickHouseRows(runtime.clickhouse, next(rule for rule in CLICKHOUSE_RULES if rule.only == "shadow"))
    shadows.delete_older(LONG_AGO + timedelta(days=1))
    query = "SELECT made_at, shadow FROM predictions WHERE ticker = {t:String}"
    found = {(row[0].year, row[1]) for row in runtime.clickhouse.query(query, parameters={"t": ticker}).result_rows}
    assert found == {(2001, False), (2002, True)}


def test_every_store_says_what_it_keeps_and_for_how_long(runtime: Runtime) -> None:
    records = Retention(runtime).records()
    assert {record.store for record in records} == {"Postgres", "ClickHouse", "S3"}
    served = next(record for record in records if record.what == "served forecasts")
    assert (served.setting, served.kept_days) == ("retention_predictions_days", None)
    numbers = next(record for record in records if record.what == "numbers of the services")
    assert numbers.kept_days == 14
