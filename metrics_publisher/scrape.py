"""One scrape: a service's Prometheus text as totals, gauges and histograms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


class Series(NamedTuple):
    """A name and its labels."""

    name: str
    labels: frozenset[tuple[str, str]]


class ScrapeError(Exception):
    """The service could not be scraped, and why."""


@dataclass(frozen=True)
class Scrape:
    """The numbers of one service at one moment."""

    at: float
    """Seconds of a monotonic clock."""
    values: Mapping[Series, float] = field(default_factory=dict)

    def named(self, name: str) -> dict[Series, float]:
        """All series of one name."""
        return {series: value for series, value in self.values.items() if series.name == name}


def fetch(client: httpx.Client, url: str) -> str:
    """Get the text.

    Raises:
        ScrapeError: no answer, or not a good one.
    """
    try:
        answer = client.get(url)
    except httpx.HTTPError as error:
        raise ScrapeError(f"{type(error).__name__}: {error}") from error
    if answer.status_code != httpx.codes.OK:
        raise ScrapeError(f"HTTP {answer.status_code}")
    return answer.text


def parse(text: str, at: float, names: frozenset[str]) -> Scrape:
    """Keep the series of these sample names.

    Raises:
        ScrapeError: the text is not Prometheus text.
    """
    try:
        families = list(text_string_to_metric_families(text))
    except ValueError as error:
        raise ScrapeError(f"not Prometheus text: {error}") from error
    samples: Iterable[Sample] = (sample for family in families for sample in family.samples)
    return Scrape(at, {Series(s.name, frozenset(s.labels.items())): float(s.value) for s in samples if s.name in names})
