"""Whether this process does its work, for who asks over HTTP."""

import json
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def serve_health(port: int, host: str, threads: Sequence[threading.Thread]) -> ThreadingHTTPServer:
    """Answer `/health/ready` from a thread of its own: 200 while every given thread lives."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/health/ready":
                self.send_error(404)
                return
            checks = {thread.name: "ok" if thread.is_alive() else "it has ended" for thread in threads}
            ready = all(check == "ok" for check in checks.values())
            body = json.dumps({"status": "ready" if ready else "not ready", "checks": checks}).encode()
            self.send_response(200 if ready else 503)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nobody reads a line for each probe."""

    server = ThreadingHTTPServer((host, port), Handler)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server
