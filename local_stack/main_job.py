"""The work of the first start, run like a service that ends."""

import sys

from local_stack.catalogue import Service


def main_job() -> Service:
    """Ingest the sample market, train one model per sample ticker, promote."""
    return Service(
        "main_job",
        lambda _: [sys.executable, "-m", "backend.src.workflows.main_job"],
        start_timeout=900,
    )
