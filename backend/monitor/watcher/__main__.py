"""`python -m backend.monitor.watcher`: until it is told to stop."""

import signal
import sys
import threading

from backend.monitor.watcher.process import WatcherProcess
from backend.monitor.watcher.settings import WatcherSettings
from bellwether_contracts import logging


def main() -> int:
    """Watch until SIGTERM or SIGINT; the exit status is 1 when the watch ended by itself."""
    settings = WatcherSettings()
    logging.configure(settings.service_name, settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return WatcherProcess(settings, stop).run()


if __name__ == "__main__":
    sys.exit(main())
