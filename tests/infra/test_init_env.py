"""`make init` gives every secret a value of its own and never changes what is set."""

import base64
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.compose_files import REPOSITORY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(REPOSITORY / ".env.example", tmp_path)
    return tmp_path


def init(folder: Path) -> str:
    command = [sys.executable, str(REPOSITORY / "compose" / "init_env.py"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


def values(folder: Path) -> dict[str, str]:
    return dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", (folder / ".env").read_text(), re.MULTILINE))


def test_every_secret_is_generated_and_none_is_shared(folder: Path) -> None:
    init(folder)
    made = {name: value for name, value in values(folder).items() if name != "COMPOSE_PROFILES"}
    assert len(made) == 9
    assert len(set(made.values())) == 9
    assert all(re.fullmatch(r"[A-Za-z0-9]{20,}", value) for name, value in made.items() if name != "KAFKA_CLUSTER_ID")


def test_only_the_owner_may_read_it(folder: Path) -> None:
    init(folder)
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600


def test_the_cluster_id_is_one_that_kafka_takes(folder: Path) -> None:
    init(folder)
    cluster_id = values(folder)["KAFKA_CLUSTER_ID"]
    assert len(base64.urlsafe_b64decode(f"{cluster_id}==")) == 16
    assert not cluster_id.startswith("-")


def test_a_second_run_changes_nothing(folder: Path) -> None:
    init(folder)
    before = (folder / ".env").read_text()
    assert "nothing changed" in init(folder)
    assert (folder / ".env").read_text() == before


def test_a_new_variable_is_added_and_what_is_set_stays(folder: Path) -> None:
    (folder / ".env").write_text("RAW_DB_PASSWORD=mine\n# DATA_SOURCE=yahoo\nDATA_SOURCE=sample\n")
    assert "CLICKHOUSE_PASSWORD" in init(folder)
    text = (folder / ".env").read_text()
    assert text.startswith("RAW_DB_PASSWORD=mine\n# DATA_SOURCE=yahoo\nDATA_SOURCE=sample\n")
    assert text.count("RAW_DB_PASSWORD=") == 1
    assert values(folder)["CLICKHOUSE_PASSWORD"]
