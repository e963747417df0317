"""One class for each kind of trouble: an event in, a verdict out, and nothing else touched."""

from typing import Final

KINDS: Final = (
    "forecast_move",
    "frozen_price",
    "band_width",
    "degraded_serving",
    "error_rate",
    "latency",
    "service_unreachable",
    "sample_missing",
)
"""The kinds of alerts that are the watcher's: it opens them and it ends them."""
