"""What backend tests share: the running stack's settings and stores."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from backend.settings import Settings
from backend.src.data import engines


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
