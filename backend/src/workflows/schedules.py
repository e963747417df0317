"""`python -m backend.src.workflows.schedules`: what happens by the clock, and the simulated market's driver.

Prefect's server knocks when a schedule may be due; where it is away, this process looks by itself, a little later.
Either way the work is claimed in Postgres first, so that it is done once. `--once` does what is due now and ends: no
server is needed for that.
"""

import argparse
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from logging import WARNING, getLogger

import httpx
import structlog

from backend.src.workflows.health import serve_health
from backend.src.workflows.parts import Flows, flows
from bellwether_contracts import logging

_LOOK_SECONDS = 60.0
_GRACE = timedelta(minutes=10)
"""Prefect is the first to be asked; what it has not done by then is done without it."""

_SERVER_PAUSE_SECONDS = 30.0

log = structlog.get_logger(__name__)


def catch_up(parts: Flows, stop: threading.Event) -> None:
    """Do what was missed while nobody was there, and from then on what nobody did in time."""
    now = datetime.now(UTC)
    while True:
        try:
            parts.chores.run_due(now=now)
        except Exception as error:
            log.error("schedules fail", error=f"{type(error).__name__}: {error}")
        if stop.wait(_LOOK_SECONDS):
            return
        now = datetime.now(UTC) - _GRACE


def serve(parts: Flows) -> None:
    """Do the work of a service until told to stop."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=parts.simulations.watch, args=(stop,), name="simulations", daemon=True),
        threading.Thread(target=catch_up, args=(parts, stop), name="schedules", daemon=True),
    ]
    for thread in threads:
        thread.start()
    serve_health(parts.runtime.settings.flows_port, parts.runtime.settings.flows_host, threads)
    while True:
        _follow_prefect(parts)
        time.sleep(_SERVER_PAUSE_SECONDS)


def _follow_prefect(parts: Flows) -> None:
    # Prefect takes seconds to import: what it is not needed for has begun by then.
    from backend.src.workflows.deployments import serve_schedules, server

    if not server():
        return
    try:
        httpx.get(f"{server()}/health", timeout=5).raise_for_status()
        serve_schedules(parts.schedules, parts.runtime.instruments.all())
    except Exception as error:
        log.warning("Prefect's server is away", error=f"{type(error).__name__}: {error}"[:300])
    else:
        sys.exit(0)  # it was told to stop


def main() -> None:
    """Serve, or do what is due now."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="do what is due now and end")
    once: bool = parser.parse_args().once
    with flows() as parts:
        logging.configure(parts.runtime.settings.service_name, parts.runtime.settings.log_level)
        getLogger("httpx").setLevel(WARNING)  # a line for each poll of a job helps nobody
        if not once:
            serve(parts)
        found = parts.chores.run_due()
    for name, state in found.items():
        sys.stdout.write(f"{name}: {state}\n")
    sys.exit(1 if any(state.startswith("failed") for state in found.values()) else 0)


if __name__ == "__main__":
    main()
