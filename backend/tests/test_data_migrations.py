"""Migrations keep what was there."""

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, text

from backend.src.data.migrate import alembic_config
from backend.src.data.orm import MetaBase

pytestmark = pytest.mark.stack


def migrate(connection: Connection, revision: str) -> None:
    command.upgrade(alembic_config("meta", connection), revision)
    connection.commit()


MODELS = """
INSERT INTO models (ticker, exchange, source, version, model_type, params, seed, feature_names, feature_version,
    horizons, snapshot, train_start, train_end, metrics, evidence, verdict, git_commit)
SELECT 'AAPL', 'XNAS', 'sample', v, 'ridge', '{}', 1, '[]', '1', '[1]', repeat('0', 64), '2012-01-03', '2013-01-03',
    '{}', '{}', '', '' FROM generate_series(1, 2) AS v
"""
SNAPSHOT = """
INSERT INTO snapshots (sha256, ticker, exchange, source, first_session, last_session, rows, uri)
VALUES (repeat('0', 64), 'AAPL', 'XNAS', 'sample', '2012-01-03', '2013-01-03', 1, '')
"""
MOVES = """
INSERT INTO deployments (ticker, alias, model_id, previous_model_id, actor, reason, evidence, at) VALUES
    ('AAPL', 'champion', 1, NULL, 'ann', 'first', '{}', '2026-01-01T00:00Z'),
    ('AAPL', 'champion', 2, 1, 'bob', 'better', '{"skill": 0.1}', '2026-02-01T00:00Z')
"""


def test_an_alias_of_before_becomes_one_a_graded_horizon_in_the_same_order(empty_database: Engine) -> None:
    with empty_database.connect() as connection:
        migrate(connection, "0002")
        for statement in (SNAPSHOT, MODELS, MOVES):
            connection.execute(text(statement))
        connection.commit()
        migrate(connection, "0003")
        moves = connection.execute(
            text("SELECT horizon, model_id, actor, serves, evidence FROM deployments ORDER BY id")
        )
        by_horizon: dict[int, list[tuple[object, ...]]] = {}
        for horizon, *rest in moves:
            by_horizon.setdefault(horizon, []).append(tuple(rest))
        expected = [(1, "ann", "model", {}), (2, "bob", "model", {"skill": 0.1})]
        assert by_horizon == {1: expected, 5: expected, 20: expected}


def test_a_program_of_before_can_go_on_writing_while_the_tables_are_new(empty_database: Engine) -> None:
    with empty_database.connect() as connection:
        migrate(connection, "0003")
        for statement in (SNAPSHOT, MODELS, MOVES):
            connection.execute(text(statement))
        found = connection.execute(text("SELECT DISTINCT horizon, serves FROM deployments")).all()
        assert [tuple(row) for row in found] == [(1, "model")]
        connection.rollback()


def test_the_migrations_make_the_tables_that_the_code_defines(empty_database: Engine) -> None:
    with empty_database.connect() as connection:
        migrate(connection, "head")
        config = alembic_config("meta", connection)
        assert set(MetaBase.metadata.tables) == {
            name
            for (name,) in connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
            if name != "alembic_version"
        }
        command.check(config)
        connection.rollback()


def test_the_migration_can_be_taken_back(empty_database: Engine) -> None:
    with empty_database.connect() as connection:
        migrate(connection, "0002")
        for statement in (SNAPSHOT, MODELS, MOVES):
            connection.execute(text(statement))
        connection.commit()
        migrate(connection, "0003")
        command.downgrade(alembic_config("meta", connection), "0002")
        connection.commit()
        assert connection.execute(text("SELECT model_id FROM deployments ORDER BY id")).scalars().all() == [1, 2]
