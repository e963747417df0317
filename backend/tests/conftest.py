"""What backend tests share: the running stack's settings and stores."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import Engine, make_url, text
from sqlalchemy.orm import Session, sessionmaker

from backend.settings import Settings
from backend.src.data import engines
from backend.src.data.migrate import alembic_config
from backend.src.runtime import Runtime
from backend.tests.ml_seed import Market, market


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Settings of the running stack (`make test` puts them into the environment)."""
    return Settings(service_name="tests")


@pytest.fixture(scope="session")
def meta_engine(settings: Settings) -> Iterator[Engine]:
    engine = engines.postgres(settings.model_meta_db_url.get_secret_value())
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def meta_sessions(meta_engine: Engine) -> sessionmaker[Session]:
    return engines.sessions(meta_engine)


@pytest.fixture(scope="module")
def runtime(settings: Settings) -> Iterator[Runtime]:
    """The wiring of a process, over the running stack's stores."""
    made = Runtime(settings)
    yield made
    made.close()


@pytest.fixture
def stack(settings: Settings) -> Iterator[Market]:
    """Tickers, series and models of the test's own, in a process that has served nothing yet."""
    made = Runtime(settings)
    yield from market(made)
    made.close()


@pytest.fixture
def empty_database(settings: Settings) -> Iterator[Engine]:
    """A database of the test's own beside model_meta_db, without a table."""
    url = make_url(settings.model_meta_db_url.get_secret_value())
    name = f"test_{uuid4().hex}"
    server = engines.postgres(url.render_as_string(hide_password=False)).execution_options(isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = engines.postgres(url.set(database=name).render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def database(empty_database: Engine) -> Engine:
    """A model_meta_db of the test's own, which no running service reads or writes."""
    with empty_database.connect() as connection:
        command.upgrade(alembic_config("meta", connection), "head")
        connection.commit()
    return empty_database
