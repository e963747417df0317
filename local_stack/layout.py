"""Where one copy of the stack lives: its folders, ports and credentials."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_stack.ports import choose_ports

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Credentials:
    """What the local servers ask of their clients; made once per data directory."""

    s3_access_key: str
    s3_secret_key: str
    clickhouse_password: str


@dataclass(frozen=True)
class Layout:
    """One copy of the stack."""

    data: Path
    ports: Mapping[str, int]
    repository: Path = REPOSITORY

    @property
    def logs(self) -> Path:
        """One file per service."""
        return self.data / "logs"

    @property
    def state_file(self) -> Path:
        """What runs, as the supervisor last wrote it."""
        return self.data / "state.json"

    @property
    def lock_file(self) -> Path:
        """Held for as long as the supervisor or its guardian lives."""
        return self.data / "supervisor.lock"

    @property
    def main_job_marker(self) -> Path:
        """Exists once the sample market is in and its models are trained."""
        return self.data / "main-job.done"

    @property
    def page(self) -> Path:
        """The built page."""
        return self.repository / "frontend" / "dist"

    @property
    def page_url(self) -> str:
        """What a person opens."""
        return self.url("page")

    def url(self, service: str) -> str:
        """The loopback HTTP address of a service."""
        return f"http://127.0.0.1:{self.ports[service]}"

    def log(self, service: str) -> Path:
        """The log file of a service."""
        return self.logs / f"{service}.log"

    def held(self, service: str) -> Path:
        """While this file exists, the supervisor does not start the service again after it has ended."""
        return self.data / "held" / service

    def folder(self, service: str) -> Path:
        """The data folder of a service, made when missing."""
        path = self.data / service
        path.mkdir(parents=True, exist_ok=True)
        return path


def layout_from_environment() -> Layout:
    """The copy named by BELLWETHER_DATA_DIR and BELLWETHER_PORT_BASE."""
    named = os.environ.get("BELLWETHER_DATA_DIR")
    data = Path(named).expanduser() if named else REPOSITORY / ".bellwether"
    return Layout(data=data.resolve(), ports=choose_ports(os.environ.get("BELLWETHER_PORT_BASE")))


def load_credentials(layout: Layout) -> Credentials:
    """Read the credentials, generating them at the first start; only the owner may read the file."""
    path = layout.data / "secrets" / "credentials.json"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = {
            "s3_access_key": secrets.token_hex(10),
            "s3_secret_key": secrets.token_hex(20),
            "clickhouse_password": secrets.token_hex(16),
        }
        write_private(path, json.dumps(made))
    return Credentials(**json.loads(path.read_text()))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    partial.replace(path)
