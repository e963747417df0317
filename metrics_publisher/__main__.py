"""`python -m metrics_publisher`: until it is told to stop."""

import signal
import threading
from logging import getLogger

from bellwether_contracts import logging
from metrics_publisher.publisher import Publisher
from metrics_publisher.settings import PublisherSettings


def main() -> None:
    """Publish until SIGTERM or SIGINT."""
    settings = PublisherSettings()
    logging.configure(settings.service_name, settings.log_level)
    getLogger("httpx").setLevel("WARNING")  # a scrape that worked is no news
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Publisher(settings).run(stop)


if __name__ == "__main__":
    main()
