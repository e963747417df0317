"""Whether a model may serve its forecasts at a horizon. Where it may not, "no change" serves, in the model's bands."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Serves = Literal["model", "naive"]

BAND = 80
"""The band whose coverage is asked for, in percent."""

COVERAGE_LIMITS = {1: (0.76, 0.84)}
"""What it has to cover out of sample, by horizon."""

OVERLAPPING_LIMITS = (0.75, 0.85)
"""The same over several sessions: outcomes overlap there, so the share that is seen strays further by luck."""

WORSE = 0.05
"""One-sided p-value below which a model is worse than naive."""


@dataclass(frozen=True, slots=True)
class Check:
    """One question that was asked of a model, and its answer in words."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What an alias serves at a horizon, and why.

    Attributes:
        serves: `model`, or `naive`: then forecasts say "no change", in the model's bands.
        reason: In words, for the ledger and the page.
    """

    horizon: int
    serves: Serves
    reason: str
    checks: tuple[Check, ...]

    def as_json(self) -> dict[str, Any]:
        """As the ledger's evidence keeps it."""
        return {"serves": self.serves, "reason": self.reason, "checks": [asdict(check) for check in self.checks]}


def point_gate(metrics: Mapping[str, Any], evidence: Mapping[str, Any], horizon: int) -> Finding:
    """Decide whether a model's own forecast serves at a horizon.

    It does if the model is not worse than naive there (Theil's U at most 1, and not worse by a one-sided
    Diebold-Mariano test), its band keeps its promise, and its leak report is clean. What is not shown counts as not so.

    Args:
        metrics: `Model.metrics`.
        evidence: `Model.evidence`.
        horizon: A graded horizon.
    """
    checks = (
        _accuracy(metrics.get("overall", {}).get(str(horizon), {})),
        _coverage(evidence.get("bands", {}), horizon),
        _leaks(evidence.get("leaks", {})),
    )
    failed = [check.detail for check in checks if not check.passed]
    if failed:
        return Finding(horizon, "naive", f"No better than no change: {'; '.join(failed)}", checks)
    return Finding(horizon, "model", "; ".join(check.detail for check in checks), checks)


def _accuracy(record: Mapping[str, Any]) -> Check:
    name = "not worse than naive"
    theil_u, p_worse = record.get("theil_u"), record.get("dm_p_worse")
    if theil_u is None:
        return Check(name, False, "its accuracy beside naive's was not measured")
    if p_worse is None:
        return Check(name, False, "it was not told apart from naive")
    detail = f"Theil's U is {theil_u:.4f}, and p = {p_worse:.2g} against being no worse than naive"
    return Check(name, theil_u <= 1.0 and p_worse >= WORSE, detail)


def _coverage(bands: Mapping[str, Any], horizon: int) -> Check:
    name = "coverage holds"
    by_horizon = bands.get("coverage", {}).get(str(BAND), [])
    found = by_horizon[horizon - 1] if len(by_horizon) >= horizon else None
    if found is None:
        return Check(name, False, f"the coverage of its {BAND} % band was not measured")
    low, high = coverage_limits(horizon)
    share, kept = found["coverage"], low <= found["coverage"] <= high
    asked = "" if kept else f", {100 * low:.0f} to {100 * high:.0f} % are asked"
    return Check(name, kept, f"its {BAND} % band covered {100 * share:.1f} % of {found['rows']:,} sessions{asked}")


def coverage_limits(horizon: int) -> tuple[float, float]:
    """Between which shares the band has to cover at a horizon."""
    return COVERAGE_LIMITS.get(horizon, OVERLAPPING_LIMITS)


def _leaks(leaks: Mapping[str, Any]) -> Check:
    name = "no leak"
    if "passed" not in leaks:
        return Check(name, False, "it was not searched for leaks")
    return Check(
        name, leaks["passed"] is True, "no leak found" if leaks["passed"] is True else "its leak report failed"
    )
