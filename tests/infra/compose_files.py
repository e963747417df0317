"""The Compose files as the tests see them: read as YAML, with `extends` carried out, without Docker."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
COMPOSE_FILES = sorted(REPOSITORY.glob("docker-compose.*.yml"))
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z][A-Z0-9_]*)(?::([-?])([^}]*))?\}")

Service = Mapping[str, Any]


@cache
def document(path: Path) -> dict[str, Any]:
    """One YAML file."""
    loaded: dict[str, Any] = yaml.safe_load(path.read_text())
    return loaded


@cache
def services() -> dict[str, Service]:
    """Every service of every file, by name."""
    found: dict[str, Service] = {}
    for path in COMPOSE_FILES:
        for name in document(path)["services"]:
            assert name not in found, f"{name} is in two files"
            found[name] = resolved(path, name)
    return found


def resolved(path: Path, name: str) -> dict[str, Any]:
    """A service with everything that it extends."""
    own = dict(document(path)["services"][name])
    base = own.pop("extends", None)
    if base is None:
        return own
    if isinstance(base, str):
        return merged(resolved(path, base), own)
    return merged(resolved(path.parent / base["file"], base["service"]), own)


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """As Compose merges: mappings by key, sequences one after the other, all else replaced."""
    result = dict(base)
    for key, value in own.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), Mapping):
            result[key] = merged(base[key], value)
        elif isinstance(value, list) and isinstance(base.get(key), list) and key not in {"command", "entrypoint"}:
            result[key] = [*base[key], *value]
        else:
            result[key] = value
    return result


def variables() -> Iterator[tuple[str, str | None, str | None]]:
    """Each use of a variable: its name, `?` or `-`, and the message or default."""
    for path in [*COMPOSE_FILES, REPOSITORY / "compose" / "service.yml"]:
        text = "\n".join(line for line in path.read_text().splitlines() if not line.lstrip().startswith("#"))
        for match in VARIABLE.finditer(text):
            yield match[1], match[2], match[3]


def is_one_shot(service: Service) -> bool:
    """Whether it runs to an end instead of serving."""
    return str(service["restart"]).startswith("on-failure")


def dockerfiles() -> list[Path]:
    """The Dockerfiles that services are built from."""
    return sorted(
        {REPOSITORY / service["build"]["dockerfile"] for service in services().values() if "build" in service}
    )
