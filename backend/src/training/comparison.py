"""Has a challenger shown to be better than the champion, on the same rows? No store is touched."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from backend.src.data.evaluation_files import OutOfSample
from backend.src.features.bands import Tracked, track_bands
from backend.src.features.windows import Floats
from backend.src.registry.gate import BAND, Check, Finding
from backend.src.training.pairs import NO_PAIRS, Pairs
from backend.src.training.sequential import WARM_UP, e_values, needed
from backend.src.training.significance import better_p_value

COVERAGE_SLACK = 0.01
"""How much further from its promise a challenger's coverage may be than the champion's: about a standard error."""

LATENCY_FACTOR = 1.5
LATENCY_FREE_US = 1000.0
"""A challenger's call may take this many microseconds, or `LATENCY_FACTOR` times as long as the champion's."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A model in a comparison.

    Attributes:
        rows: What it forecast in its walk-forward, as it would have been served.
        tracked: The bands around that.
        latency_us: What one call takes.
    """

    model_id: int
    rows: OutOfSample
    tracked: Tracked
    latency_us: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found at a horizon.

    Attributes:
        passed: Whether everything speaks for the challenger.
        reason: In words.
        evidence: The numbers.
    """

    passed: bool
    reason: str
    evidence: dict[str, Any]


def contender(model_id: int, rows: OutOfSample, served: Floats, latency_us: float) -> Contender:
    """A model with its forecasts as served (`as_served`)."""
    shown = OutOfSample(rows.sessions, rows.fold, served, rows.sigma, rows.actual)
    return Contender(model_id, shown, track_bands(served, rows.actual, rows.sigma), latency_us)


def compare(
    champion: Contender, challenger: Contender, finding: Finding, rank: int, live: Pairs = NO_PAIRS
) -> Comparison:
    """Compare two models on the sessions that both forecast out of sample, at the horizon of `finding`.

    Args:
        champion: Who serves.
        challenger: Who would. The outcomes are taken from its snapshot: it is the newer one.
        finding: Whether the challenger may serve a forecast of its own there.
        rank: The how-manieth kind of challenger of this champion it is.
        live: What both forecast live since the challenger was trained; it follows on the others.
    """
    horizon = finding.horizon
    tested = _walked(challenger, champion, horizon)
    added = live.after(tested)
    pairs = tested.then(added)
    losses = _accuracy(pairs, horizon, rank)
    coverage = _coverage(pairs)
    latency = {"champion_us": champion.latency_us, "challenger_us": challenger.latency_us}
    checks = [
        Check("may serve", finding.serves == "model", finding.reason),
        _accuracy_check(losses),
        _coverage_check(coverage),
        _latency_check(champion.latency_us, challenger.latency_us),
    ]
    evidence = {"champion": champion.model_id, "horizon": horizon, **losses, "coverage": coverage, "latency": latency}
    return _comparison(checks, {**evidence, "live": {**added.as_json(), "scored": len(live)}})


def _comparison(checks: list[Check], evidence: dict[str, Any]) -> Comparison:
    passed = all(check.passed for check in checks)
    told = [check.detail for check in checks if check.passed == passed]
    return Comparison(passed, "; ".join(told), {**evidence, "checks": [asdict(check) for check in checks]})


def _walked(challenger: Contender, champion: Contender, horizon: int) -> Pairs:
    """The sessions that both forecast in their walk-forwards and whose outcome is known."""
    column, level = horizon - 1, champion.tracked.levels.index(BAND)
    where = champion.rows.sessions.get_indexer(challenger.rows.sessions)
    ours = np.flatnonzero((where >= 0) & np.isfinite(challenger.rows.actual[:, column]))
    theirs = where[ours]
    return Pairs(
        sessions=challenger.rows.sessions[ours],
        champion=champion.rows.forecast[theirs, column],
        challenger=challenger.rows.forecast[ours, column],
        actual=challenger.rows.actual[ours, column],
        judged=champion.tracked.judged[theirs, column] & challenger.tracked.judged[ours, column],
        champion_inside=champion.tracked.inside[theirs, level, column],
        challenger_inside=challenger.tracked.inside[ours, level, column],
    )


def _accuracy(pairs: Pairs, horizon: int, rank: int) -> dict[str, Any]:
    loss, reference = pairs.losses()
    path = e_values(pairs.champion, pairs.challenger, pairs.actual, horizon)
    return {
        "sessions": len(pairs),
        "skill": pairs.skill(),
        "dm_p_value": better_p_value(loss, reference, horizon),
        "e_value": float(path[-1]) if len(path) else 1.0,
        "e_needed": needed(rank),
        "rank": rank,
    }


def _coverage(pairs: Pairs) -> dict[str, Any]:
    if not pairs.judged.any():
        return {"sessions": 0, "champion": None, "challenger": None}
    return {
        "sessions": int(pairs.judged.sum()),
        "champion": float(pairs.champion_inside[pairs.judged].mean()),
        "challenger": float(pairs.challenger_inside[pairs.judged].mean()),
    }


def _accuracy_check(found: dict[str, Any]) -> Check:
    passed = found["e_value"] >= found["e_needed"] and found["skill"] > 0
    detail = (
        f"evidence that it errs less than the champion is {found['e_value']:.3g}, {found['e_needed']:.3g} is needed"
        f" (skill {100 * found['skill']:+.2f} % on {found['sessions']:,} sessions of both)"
    )
    return Check("better than the champion", passed, detail)


def _coverage_check(found: dict[str, Any]) -> Check:
    name = "coverage not worse"
    if found["sessions"] < WARM_UP:
        return Check(name, False, f"only {found['sessions']} sessions have a band of both")
    away = {who: abs(found[who] - BAND / 100) for who in ("champion", "challenger")}
    detail = (
        f"its {BAND} % band covered {100 * found['challenger']:.1f} %, the champion's {100 * found['champion']:.1f} %"
        f" of the same {found['sessions']:,} sessions"
    )
    return Check(name, away["challenger"] <= away["champion"] + COVERAGE_SLACK, detail)


def _latency_check(champion_us: float, challenger_us: float) -> Check:
    allowed = max(LATENCY_FREE_US, LATENCY_FACTOR * champion_us)
    detail = f"a call takes {challenger_us:.0f} µs, {allowed:.0f} µs are allowed"
    return Check("latency not worse", challenger_us <= allowed, detail)
