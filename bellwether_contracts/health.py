"""Liveness, readiness and a process's own numbers over HTTP, for programs that serve nothing else."""

import json
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

Answer = tuple[HTTPStatus, str, bytes]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    """Probes come every few seconds: they are no news."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class HealthServer:
    """Serves `/health/live`, `/health/ready` and `/metrics` from a thread."""

    def __init__(
        self, host: str, port: int, problems: Callable[[], dict[str, str]], registry: CollectorRegistry
    ) -> None:
        self._problems = problems
        self._registry = registry
        self._server = make_server(host, port, self._serve, _Server, _QuietHandler)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        status, kind, body = self._answer(environ["PATH_INFO"])
        start(f"{status.value} {status.phrase}", [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, path: str) -> Answer:
        match path:
            case "/health/live":
                return HTTPStatus.OK, "application/json", b'{"status":"live"}'
            case "/health/ready":
                return self._ready()
            case "/metrics":
                return HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(self._registry)
            case _:
                return _problem(HTTPStatus.NOT_FOUND, "there are /health/live, /health/ready and /metrics", {})

    def _ready(self) -> Answer:
        found = self._problems()
        if found:
            detail = "; ".join(f"{part}: {why}" for part, why in sorted(found.items()))
            return _problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, found)
        return HTTPStatus.OK, "application/json", b'{"status":"ready"}'


def _problem(status: HTTPStatus, detail: str, checks: dict[str, str]) -> Answer:
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail, "checks": checks}
    return status, "application/problem+json", json.dumps(body).encode()
