"""What the documentation names is there: files, make targets, services, variables, addresses."""

import re
from pathlib import Path

import pytest

from tests.infra.compose_files import COMPOSE_FILES, REPOSITORY, document, variables

DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
TOP = {path.name for path in REPOSITORY.iterdir() if path.is_dir() and not path.name.startswith(".")}
OPERATIONS = (REPOSITORY / "docs" / "operations.md").read_text()


def named_paths(text: str) -> set[str]:
    """Code words that begin with a folder of the repository and hold no pattern."""
    words = re.findall(r"`([\w./-]+)`", text)
    return {word.rstrip("/") for word in words if "/" in word and word.split("/")[0] in TOP}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_named_paths_exist(path: Path) -> None:
    missing = {name for name in named_paths(path.read_text()) if not (REPOSITORY / name).exists()}
    assert missing - {"frontend/dist"} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", path.read_text())
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_named_make_targets_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^ {4}|`)make ([a-z-]+)", path.read_text(), re.MULTILINE))
    assert named - targets == set()


@pytest.mark.parametrize("path", COMPOSE_FILES, ids=lambda path: path.name)
def test_the_table_of_compose_files_names_their_services(path: Path) -> None:
    row = re.search(rf"^\| `{re.escape(path.name)}` \| (.*) \|$", OPERATIONS, re.MULTILINE)
    assert row is not None
    named = re.sub(r"\([^)]*\)|with the page", "", row[1])
    assert {name.strip() for name in named.split(",")} == set(document(path)["services"])


def test_the_table_of_ports_gives_the_real_defaults() -> None:
    defaults = {name: default for name, kind, default in variables() if kind == "-" and name.endswith("_PORT")}
    told: dict[str, str] = {}
    for ports, names in re.findall(r"^\| [^|]+ \| ([\d, ]+) \| ([^|]+_PORT[^|]+) \|$", OPERATIONS, re.MULTILINE):
        told |= dict(zip(re.findall(r"`([A-Z0-9_]+_PORT)`", names), re.findall(r"\d+", ports), strict=True))
    assert told == defaults
