"""`python -m backend.src.workflows.main_job`: the work of the first start.

Ingests the sample market and trains one model for each of its tickers. A ticker that has a champion is left alone, so
running it again does nothing; exit status 1 names what failed.
"""

import os
import sys
from collections.abc import Callable, Sequence

import httpx

from backend.src.ingestion.sources.sample import TICKERS
from backend.src.workflows.platform import JobJson, Platform, PlatformError


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _tell(kind: str) -> Callable[[str, JobJson], None]:
    def tell(ticker: str, job: JobJson) -> None:
        words = job["error"] if job["state"] == "failed" else job["stage"]
        _say(f"  {kind} {ticker}: {job['state']}" + (f" ({words})" if words else ""))

    return tell


def run(platform: Platform, tickers: Sequence[str], source: str) -> list[str]:
    """Bring every ticker to a champion: what failed, in words; nothing when all is well."""
    missing = [ticker for ticker in tickers if platform.champion(ticker) is None]
    if not missing:
        _say(f"every ticker has a champion: {', '.join(tickers)}")
        return []
    _say(f"ingest {', '.join(missing)} from {source}")
    ingested = platform.wait(platform.ingest(missing, source), _tell("ingest"))
    failed = _failures("ingest", ingested)
    ready = [ticker for ticker in missing if ingested[ticker]["state"] == "succeeded"]
    _say(f"train {', '.join(ready) or 'nothing'}")
    trained = platform.wait({ticker: platform.train(ticker) for ticker in ready}, _tell("train"))
    failed += _failures("train", trained)
    for ticker in ready:
        if trained[ticker]["state"] == "succeeded" and platform.champion(ticker) is None:
            failed.append(f"{ticker}: trained, but no model was made champion")
    return failed


def _failures(kind: str, jobs: dict[str, JobJson]) -> list[str]:
    return [
        f"{ticker}: {kind} {job['state']}: {job['error'] or 'no reason given'}"
        for ticker, job in jobs.items()
        if job["state"] != "succeeded"
    ]


def main() -> None:
    """Run against the API at BELLWETHER_API_URL."""
    url = os.environ.get("BELLWETHER_API_URL")
    if not url:
        sys.exit("main job: BELLWETHER_API_URL is not set: it names the API, as in http://127.0.0.1:8080")
    with httpx.Client(base_url=url, timeout=30) as client:
        try:
            failed = run(Platform(client), TICKERS, "sample")
        except PlatformError as error:
            sys.exit(f"main job: {error.detail}")
    if failed:
        sys.exit("main job failed:\n  " + "\n  ".join(failed))
    _say("main job done")


if __name__ == "__main__":
    main()
