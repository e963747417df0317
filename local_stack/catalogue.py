"""The services, declared as data: what each is, what it needs, how it is known to be ready and how it is stopped."""

import shutil
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from local_stack import commands, probes
from local_stack.layout import Layout
from local_stack.probes import Probe

Command = Callable[[Layout], list[str]]


@dataclass(frozen=True)
class Service:
    """One program of the stack."""

    name: str
    command: Command
    probe: Probe | None = None  # None: a one-shot, which is ready once it has ended well
    port: str | None = None
    port_variable: str | None = None  # the environment variable that tells the program its port
    other_ports: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    start_timeout: float = 60.0
    after_ready: Callable[[Layout], Awaitable[None]] | None = None
    after_restart: Command | None = None
    essential: bool = True  # others start after the first start's main job: the forecast comes first
    infrastructure: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    requires: Callable[[Layout], str | None] = lambda _: None  # why it must be left out, if it must

    @property
    def one_shot(self) -> bool:
        """Whether it runs to an end instead of serving."""
        return self.probe is None


def _backend(name: str) -> Service:
    return Service(
        name,
        commands.uvicorn("backend.api.app:create_app", name),
        probes.http_ready(name, "/health/ready"),
        port=name,
        needs=("provision",),
        start_timeout=90,
    )


def _worker(name: str, queues: str) -> Service:
    return Service(
        name,
        commands.celery_worker(name, queues),
        probes.celery_ready(name),
        port=name,
        port_variable="WORKER_METRICS_PORT",
        needs=("provision",),
        start_timeout=90,
        # SIGTERM waits for the running task to end; SIGQUIT gives it back to the broker.
        stop_signal=signal.SIGQUIT,
    )


def _left_out_without(program: str, config: str) -> Callable[[Layout], str | None]:
    def reason(layout: Layout) -> str | None:
        if shutil.which(program) is None:
            return f"{program} is not on PATH"
        return None if (layout.repository / config).exists() else f"{config} is missing"

    return reason


SERVICES: tuple[Service, ...] = (
    Service(
        "postgres",
        lambda _: [sys.executable, "-m", "local_stack.postgres_server"],
        probes.postgres_ready,
        port="postgres",
        after_ready=probes.create_databases,
        infrastructure=True,
        stop_signal=signal.SIGINT,
    ),
    Service("valkey", commands.valkey, probes.redis_ready, port="redis", infrastructure=True),
    Service(
        "kafka",
        commands.kafka,
        probes.kafka_ready,
        port="kafka",
        # The broker keeps everything in memory: after a restart it has no topics.
        after_restart=lambda _: [sys.executable, "-m", "backend.provision", "topics"],
        infrastructure=True,
    ),
    Service(
        "s3",
        commands.seaweedfs,
        probes.s3_ready,
        port="s3",
        other_ports=(
            "s3_grpc",
            "s3_master",
            "s3_master_grpc",
            "s3_volume",
            "s3_volume_grpc",
            "s3_filer",
            "s3_filer_grpc",
        ),
        infrastructure=True,
    ),
    Service(
        "clickhouse",
        commands.clickhouse_gateway,
        probes.http_ready("clickhouse", "/ping"),
        port="clickhouse",
        infrastructure=True,
    ),
    Service(
        "mlflow",
        lambda _: [sys.executable, "-m", "local_stack.mlflow_server"],
        probes.http_ready("mlflow", "/health"),
        port="mlflow",
        needs=("postgres",),
        start_timeout=150,
    ),
    Service(
        "provision",
        lambda _: [sys.executable, "-m", "backend.provision"],
        needs=("postgres", "kafka", "s3", "clickhouse"),
        start_timeout=120,
    ),
    _backend("backend1"),
    _backend("backend2"),
    _worker("celery_train", "train,ingest"),
    _worker("celery_predict", "predict"),
    Service(
        "ws_monitor",
        commands.ws_monitor,
        probes.http_ready("ws_monitor", "/health/ready"),
        port="ws_monitor",
        needs=("provision",),
    ),
    Service(
        "metrics_publisher",
        lambda _: [sys.executable, "-m", "metrics_publisher"],
        probes.http_ready("metrics_publisher", "/health/ready"),
        port="metrics_publisher",
        needs=("provision",),
    ),
    Service(
        "watcher",
        lambda _: [sys.executable, "-m", "backend.monitor.watcher"],
        probes.http_ready("watcher", "/health/ready"),
        port="watcher",
        port_variable="WATCHER_PORT",
        needs=("provision",),
        start_timeout=90,
        essential=False,
    ),
    Service("nginx", commands.nginx, probes.http_ready("page", "/"), port="page"),
    Service(
        "flower",
        commands.flower,
        probes.http_ready("flower", "/healthcheck"),
        port="flower",
        needs=("celery_train", "celery_predict"),
        essential=False,
    ),
    Service(
        "prefect",
        commands.prefect,
        probes.http_ready("prefect", "/api/health"),
        port="prefect",
        env={"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_UI_ENABLED": "true"},
        start_timeout=240,
        essential=False,
    ),
    Service(
        "flows",
        lambda _: [sys.executable, "-m", "backend.src.workflows.schedules"],
        probes.http_ready("flows", "/health/ready"),
        port="flows",
        port_variable="FLOWS_PORT",
        needs=("provision",),
        start_timeout=120,
        # Nothing waits for it, and it waits for nothing: it finds Prefect's server by itself.
        essential=False,
    ),
    Service(
        "prometheus",
        commands.prometheus,
        probes.http_ready("prometheus", "/-/ready"),
        port="prometheus",
        essential=False,
        requires=_left_out_without("prometheus", "monitor/prometheus/prometheus.yml"),
    ),
    Service(
        "alertmanager",
        commands.alertmanager,
        probes.http_ready("alertmanager", "/-/ready"),
        port="alertmanager",
        essential=False,
        requires=_left_out_without("prometheus-alertmanager", "monitor/prometheus/alertmanager.yml"),
    ),
)


def select(only: str | None) -> tuple[Service, ...]:
    """All services, or the comma-separated ones of `only`; needs outside the selection fall away."""
    if not only:
        return SERVICES
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    unknown = sorted(set(wanted) - {service.name for service in SERVICES})
    if unknown:
        known = ", ".join(service.name for service in SERVICES)
        raise SystemExit(f"no service is called {', '.join(unknown)}; there are {known}")
    return tuple(service for service in SERVICES if service.name in wanted)
