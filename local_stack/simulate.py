"""`make simulate`: a market that is replayed on a stack that already runs, followed in this terminal."""

import sys
import time
from typing import Any

import httpx

from local_stack import problems
from local_stack.control import running
from local_stack.layout import Layout

_POLL_SECONDS = 0.5
_PATH = "/api/simulation"


def simulate(layout: Layout, ticker: str, sessions: int, speed: float, scenario: str) -> int:
    """Start a simulated market and show each session until it ends. Ctrl-C stops watching, not the market."""
    body = {"ticker": ticker, "sessions": sessions, "speed": speed, "scenario": scenario}
    return _with_client(layout, lambda client: _start(client, body))


def end_simulation(layout: Layout) -> int:
    """End it and take what it left out of every store."""

    def ended(client: httpx.Client) -> int:
        answer = client.delete(_PATH, timeout=120)
        print("ended, and forgotten" if answer.is_success else problems.told(answer))
        return 0 if answer.is_success else 1

    return _with_client(layout, ended)


def _with_client(layout: Layout, work: Any) -> int:
    if running(layout) is None:
        print(f"Bellwether does not run from {layout.data}; start it with `make run`", file=sys.stderr)
        return 1
    try:
        with httpx.Client(base_url=layout.page_url, timeout=60, trust_env=False) as client:
            return int(work(client))
    except httpx.HTTPError as error:
        print(f"the API at {layout.page_url} does not answer: {error}", file=sys.stderr)
        return 1


def _start(client: httpx.Client, body: dict[str, Any]) -> int:
    answer = client.post(_PATH, json=body)
    if answer.is_error:
        print(f"{body['ticker']} cannot be simulated: {problems.told(answer)}", file=sys.stderr)
        return 1
    market = answer.json()
    page = f"{client.base_url}".rstrip("/")
    print(f"{market['label']}\nas {market['ticker']}: watch it at {page}", flush=True)
    try:
        market = _follow(client, market)
    except KeyboardInterrupt:
        print("\nit goes on; `make simulate END=1` ends it and takes it out of the stores")
        return 0
    print(f"{market['state']}{': ' + market['error'] if market['error'] else ''}")
    return 0 if market["state"] == "finished" else 1


def _follow(client: httpx.Client, market: dict[str, Any]) -> dict[str, Any]:
    told = ""
    while market["running"]:
        stage = market["stage"] or market["state"]
        line = f"  {market['done']:>3} of {market['sessions']}  {market['session']}  {stage}"
        if line != told:
            print(line, flush=True)
        told = line
        time.sleep(_POLL_SECONDS)
        answer = client.get(_PATH)
        # A backend that restarts is no reason to stop watching.
        market = answer.json() if answer.is_success else market
    return market
