"""The leak report: does anything in an evaluation know its future?

It runs the evaluation's own parts again on histories with another future, and on labels that mean nothing. What is
injected can be replaced by a leaking part, and tests do: the report must catch it.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.errors import BellwetherError
from backend.src.data.evaluation_files import OutOfSample
from backend.src.registry.gate import Check
from backend.src.training.significance import better_p_value
from backend.src.training.splits import Fold
from backend.src.training.walk_forward import TrainingRows
from bellwether_contracts.market import MAX_HORIZON

CUTS: Final = 3
SHUFFLED_FOLDS: Final = 2
SHUFFLED_P: Final = 0.001
SEED: Final = 20_260_000

_BLOCKS: Final = ("x", "har_x")


class LeakError(BellwetherError):
    """The evaluation saw its future: the model must not be registered (500)."""

    title = "Leak found"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The parts of a walk-forward that a leak can hide in.

    Attributes:
        make_rows: Features and labels of bars.
        split: Folds of so many rows.
        forecast: A fold's forecasts of its test rows by a model that was fitted on its training rows.
    """

    make_rows: Callable[[pd.DataFrame], TrainingRows]
    split: Callable[[int], Sequence[Fold]]
    forecast: Callable[[TrainingRows, Fold], OutOfSample]


@dataclass(frozen=True, slots=True)
class LeakReport:
    """All checks of one evaluation."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every check did."""
        return all(check.passed for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """As it is stored with the model."""
        return {"passed": self.passed, "checks": [asdict(check) for check in self.checks]}

    def require(self) -> None:
        """Go on only with a clean report.

        Raises:
            LeakError: a check failed; the error names it.
        """
        failed = [f"{check.name}: {check.detail}" for check in self.checks if not check.passed]
        if failed:
            raise LeakError(f"The leak report failed, so the model is not registered. {' '.join(failed)}")


def leak_report(bars: pd.DataFrame, rows: TrainingRows, tested: OutOfSample, evaluation: Evaluation) -> LeakReport:
    """Look for leaks.

    Args:
        bars: What the evaluation was made of.
        rows: The rows it made of them.
        tested: Its forecasts out of sample: those that the model is judged by.
        evaluation: Its parts.
    """
    rng = np.random.default_rng(SEED)
    graded = np.flatnonzero(np.isin(rows.sessions, tested.labelled().sessions))
    cuts = sorted(rng.choice(graded, size=min(CUTS, len(graded)), replace=False).tolist())
    folds = evaluation.split(len(rows))
    return LeakReport(
        (
            _features_check(bars, rows, cuts, evaluation, rng),
            _forecasts_check(bars, rows, tested, cuts, evaluation, rng),
            _overlap_check(folds),
            _shuffled_targets_check(rows, folds[-SHUFFLED_FOLDS:], evaluation, rng),
        )
    )


def _features_check(
    bars: pd.DataFrame, rows: TrainingRows, cuts: list[int], evaluation: Evaluation, rng: np.random.Generator
) -> Check:
    differing = 0
    for cut in cuts:
        last = _bar_of(bars, rows, cut)
        for other in (bars.iloc[: last + 1], _other_future(bars, last, rng)):
            again = evaluation.make_rows(other)
            differing += sum(_rows_that_differ(getattr(rows, b), getattr(again, b), cut + 1) for b in _BLOCKS)
    return Check(
        "features",
        differing == 0,
        f"History cut and shuffled after {_days(rows, cuts)}: {differing:,} earlier rows changed.",
    )


def _forecasts_check(
    bars: pd.DataFrame,
    rows: TrainingRows,
    tested: OutOfSample,
    cuts: list[int],
    evaluation: Evaluation,
    rng: np.random.Generator,
) -> Check:
    compared = differing = 0
    for cut in cuts:
        other = evaluation.make_rows(_other_future(bars, _bar_of(bars, rows, cut), rng))
        fold = next(fold for fold in evaluation.split(len(other)) if cut in fold.test_rows)
        again = evaluation.forecast(other, fold)
        known = again.take(again.sessions <= rows.sessions[cut])
        before = tested.take(np.isin(tested.sessions, known.sessions))
        compared += len(known)
        differing += sum(
            _rows_that_differ(getattr(before, block), getattr(known, block), len(known))
            for block in ("forecast", "sigma")
        )
    return Check(
        "forecasts",
        differing == 0 and compared > 0,
        f"Models fitted anew with another future after {_days(rows, cuts)}: {differing:,} of {compared:,} earlier"
        " forecasts changed.",
    )


def _overlap_check(folds: Sequence[Fold]) -> Check:
    """A label that ends after the first test row's session was not known when that row was forecast."""
    overlapping = sum(int((fold.train_rows + MAX_HORIZON > fold.test_rows.min()).sum()) for fold in folds)
    return Check("overlap", overlapping == 0, f"{overlapping:,} training labels reach into the evaluation.")


def _shuffled_targets_check(
    rows: TrainingRows, folds: Sequence[Fold], evaluation: Evaluation, rng: np.random.Generator
) -> Check:
    """Labels in another order and with random signs can't be forecast: only one who has seen them beats naive.

    The signs take the drift away, which a model may know honestly.
    """
    meaningless = copy.copy(rows)
    meaningless.y = rows.y.copy()
    labels = rows.y[rng.permutation(len(rows))]
    meaningless.y[: len(rows)] = labels * rng.choice([-1.0, 1.0], size=(len(rows), 1))
    parts = [evaluation.forecast(meaningless, fold).labelled() for fold in folds]
    forecast, actual = (np.concatenate([getattr(part, b)[:, 0] for part in parts]) for b in ("forecast", "actual"))
    p = better_p_value(np.abs(actual - forecast), np.abs(actual), 1)
    return Check(
        "shuffled targets",
        p is None or p >= SHUFFLED_P,
        f"Taught and tested on shuffled targets: {'the same as' if p is None else f'p = {p:.3f} of being better than'}"
        f" naive ({len(actual):,} sessions).",
    )


def _other_future(bars: pd.DataFrame, last: int, rng: np.random.Generator) -> pd.DataFrame:
    """The same sessions, with the bars after one of them shuffled."""
    order = np.arange(len(bars))
    order[last + 1 :] = rng.permutation(order[last + 1 :])
    other = bars.iloc[order].reset_index(drop=True)
    other["session"] = bars["session"].to_numpy()
    return other


def _bar_of(bars: pd.DataFrame, rows: TrainingRows, row: int) -> int:
    return len(bars) - len(rows.sessions) + row


def _rows_that_differ(a: NDArray[Any], b: NDArray[Any], first: int) -> int:
    """How many of the first rows differ in any bit; a missing row differs."""
    a, b = a[:first], b[:first]
    if a.shape != b.shape:
        return first
    return int((~((a == b) | (np.isnan(a) & np.isnan(b))).all(axis=1)).sum())


def _days(rows: TrainingRows, cuts: list[int]) -> str:
    return ", ".join(rows.day(cut) for cut in cuts)
