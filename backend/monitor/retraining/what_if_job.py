"""Gets a ticker's past ready to be replayed with and without retraining."""

from typing import Any

from backend.errors import InvalidRequestError
from backend.monitor.retraining.what_if import WhatIf, WhatIfRequest, make_past
from backend.src.data.orm import Snapshot
from backend.src.jobs.reporter import Reporter
from backend.src.runtime import Runtime
from backend.src.training.panel import Panel


def replay_both(runtime: Runtime, request: WhatIfRequest, reporter: Reporter) -> dict[str, Any]:
    """Would retraining have helped?

    Raises:
        InvalidRequestError: no data for the ticker, or too few sessions.
        JobCancelledError, LeaseLostError: the job must not go on.
    """
    snapshot = runtime.snapshots.latest(request.ticker, request.training.source)
    if snapshot is None:
        raise InvalidRequestError(f"{request.ticker} has no data. POST /api/run-etl ingests it.")
    past = make_past(runtime.snapshots.load(snapshot.sha256), _panel(runtime, request, snapshot))
    found = WhatIf(past, runtime.settings, reporter).run(request)
    reporter.log(found["sentence"])
    return {**found, "source": snapshot.source, "snapshot": snapshot.sha256}


def _panel(runtime: Runtime, request: WhatIfRequest, snapshot: Snapshot) -> Panel | None:
    limit = request.training.model_params().peer_limit
    if not limit:
        return None
    peers = {peer.ticker: peer.sha256 for peer in runtime.snapshots.peers(snapshot, limit)}
    return Panel(request.ticker, peers, runtime.snapshots.load)
