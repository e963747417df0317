"""A supervisor of tiny real programs, run as a program: `python harness.py DATA_DIR PORT_BASE SERVICE...`."""

import signal
import sys
from pathlib import Path

from local_stack.catalogue import Command, Service
from local_stack.layout import Layout
from local_stack.ports import choose_ports
from local_stack.probes import http_ready

_SERVER = """
import http.server, sys
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
_PARENT = (
    """
import subprocess, sys, pathlib
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
pathlib.Path(sys.argv[2]).write_text(str(child.pid))
"""
    + _SERVER
)
_STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + _SERVER
_DEPENDENT = (
    """
import urllib.request, sys
urllib.request.urlopen("http://127.0.0.1:" + sys.argv[2], timeout=5).read()
"""
    + _SERVER
)
_BROKEN = "raise SystemExit('the configuration makes no sense')"


def _program(source: str, port: str, *, beside: str | None = None, pid_file: bool = False) -> Command:
    def command(layout: Layout) -> list[str]:
        extra = [str(layout.ports[beside])] if beside else []
        extra += [str(layout.data / "grandchild.pid")] if pid_file else []
        return [sys.executable, "-c", source, str(layout.ports[port]), *extra]

    return command


def _service(name: str, source: str, port: str, **options: object) -> Service:
    return Service(name, _program(source, port), http_ready(port, "/"), port=port, **options)  # type: ignore[arg-type]


SERVICES = {
    "alpha": _service("alpha", _SERVER, "backend1"),
    "dependent": Service(
        "dependent",
        _program(_DEPENDENT, "backend2", beside="backend1"),
        http_ready("backend2", "/"),
        port="backend2",
        needs=("alpha",),
    ),
    "parent": Service(
        "parent", _program(_PARENT, "ws_monitor", pid_file=True), http_ready("ws_monitor", "/"), port="ws_monitor"
    ),
    "stubborn": _service("stubborn", _STUBBORN, "mlflow", stop_signal=signal.SIGTERM),
    "broken": _service("broken", _BROKEN, "flower"),
    "optional": _service("optional", _BROKEN, "flower", essential=False),
}


def main() -> int:
    from local_stack.guardian import guarded
    from local_stack.run import _sweep_leftovers
    from local_stack.supervisor import run_supervisor

    layout = Layout(data=Path(sys.argv[1]), ports=choose_ports(sys.argv[2]))
    _sweep_leftovers(layout)
    services = [SERVICES[name] for name in sys.argv[3:]]
    return guarded(lambda: run_supervisor(layout, services, with_main_job=False))


if __name__ == "__main__":
    sys.exit(main())
