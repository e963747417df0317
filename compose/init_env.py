"""`make init`: writes .env for Docker Compose from .env.example, with generated secrets.

    python3 compose/init_env.py [FOLDER]     the repository's own folder by default

Standard library only. What .env already sets stays as it is; only variables that it lacks are added.
"""

import base64
import os
import re
import secrets
import sys
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

_SETTING = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")


def main() -> None:
    """Make or complete .env, and say which variables were added."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    example, target = folder / ".env.example", folder / ".env"
    before = target.read_text() if target.exists() else ""
    after = complete(before, example.read_text())
    added = [name for name in settings(after) if name not in settings(before)]
    if after != before:
        write_private(target, after)
    what = f"added {', '.join(added)}" if added else "complete already, nothing changed"
    sys.stdout.write(f"{target}: {what}\n")


def complete(env: str, example: str) -> str:
    """`env` with every variable of `example`: the example's own text when it is new, else the missing lines."""
    if not settings(env):
        return "".join(f"{_filled(line)}\n" for line in example.splitlines())
    missing = settings(example).keys() - settings(env).keys()
    lines = [_filled(line) for line in example.splitlines() if _name(line) in missing]
    return "".join(f"{line}\n" for line in [*env.splitlines(), *lines])


def settings(text: str) -> Mapping[str, str]:
    """The variables that a file sets; comments set nothing."""
    return {match[1]: match[2] for line in text.splitlines() if (match := _SETTING.fullmatch(line))}


def _name(line: str) -> str | None:
    match = _SETTING.fullmatch(line)
    return match[1] if match else None


def _filled(line: str) -> str:
    """The line, with a fresh secret where it names a variable without a value."""
    match = _SETTING.fullmatch(line)
    return line if match is None or match[2] else f"{match[1]}={_GENERATORS.get(match[1], _password)()}"


def _password() -> str:
    return secrets.token_hex(24)


def _access_key() -> str:
    return secrets.token_hex(10)


def _cluster_id() -> str:
    """A Kafka id: 16 random bytes in base64 for URLs; one that begins with a dash would read as an option."""
    while (made := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        continue
    return made


_GENERATORS: Mapping[str, Callable[[], str]] = {"KAFKA_CLUSTER_ID": _cluster_id, "MINIO_ROOT_USER": _access_key}


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    partial = path.with_name(f"{path.name}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    partial.replace(path)


if __name__ == "__main__":
    main()
