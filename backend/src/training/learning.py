"""From bars to a model and its evidence. No store is touched: registering, replaying and reproducing all start here."""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

from backend.src.data.evaluation_files import OutOfSample
from backend.src.features.pipeline import FEATURE_NAMES, FEATURE_VERSION
from backend.src.features.volatility import fit_har
from backend.src.jobs.reporter import Reporter
from backend.src.training.assessment import Walk, evidence, metrics, serving_record, walk
from backend.src.training.evaluation import Competition
from backend.src.training.export import Export, export
from backend.src.training.metrics import mae
from backend.src.training.models.base import THREADS
from backend.src.training.panel import Panel
from backend.src.training.provenance import environment
from backend.src.training.recipe import Recipe
from backend.src.training.request import TrainRequest
from backend.src.training.splits import Fold, first_of_window
from backend.src.training.stages import Stages
from backend.src.training.walk_forward import TrainingRows
from bellwether_contracts.market import MAX_HORIZON


@dataclass(frozen=True, slots=True)
class Learned:
    """A fitted model and its record, before anyone else knows of it."""

    rows: TrainingRows
    tested: OutOfSample
    params: dict[str, Any]
    exported: Export
    metrics: dict[str, Any]
    evidence: dict[str, Any]
    verdict: str

    def model_columns(self, request: TrainRequest) -> dict[str, Any]:
        """What a `Model` row says of it, but for where its files are and what it was made from."""
        return {
            "ticker": request.ticker,
            "model_type": request.model_type,
            "params": self.params,
            "seed": request.seed,
            "feature_names": list(FEATURE_NAMES),
            "feature_version": FEATURE_VERSION,
            "horizons": list(range(1, MAX_HORIZON + 1)),
            "train_start": self.rows.sessions[0].date(),
            "train_end": self.rows.sessions[len(self.rows) - 1].date(),
            "artifact_sha256": hashlib.sha256(self.exported.content).hexdigest(),
            "artifact_bytes": len(self.exported.content),
            "metrics": self.metrics,
            "evidence": self.evidence,
            "verdict": self.verdict,
        }


def learn(
    bars: pd.DataFrame,
    request: TrainRequest,
    reporter: Reporter,
    competition: Competition | None = None,
    panel: Panel | None = None,
) -> Learned:
    """Evaluate a model type by walk-forward, then fit it on everything and export it.

    Args:
        bars: A snapshot's bars.
        request: What to train.
        reporter: Where progress goes; its cancellation ends the work.
        competition: The variants tried before, and who serves. By default there were none, and no one does.
        panel: The rows of other tickers, for a type that learns from them.

    Raises:
        InvalidRequestError: too short a history.
        LeakError: the evaluation has seen its future.
        ParityError: the exported model does not answer like the trained one.
        JobCancelledError, LeaseLostError: the job must not go on.
    """
    stages = Stages(reporter)
    recipe = Recipe(request, panel, stages.trial)
    with threadpool_limits(THREADS):
        walked = walk(
            bars,
            request,
            recipe,
            competition or Competition(),
            lambda fold, tested: _report_fold(reporter, stages, request.n_folds, fold, tested),
        )
        stages.progress(0.6, "leak report")
        leaks = walked.leaks()
        leaks.require()
        reporter.log(f"{len(leaks.checks)} searches for leaks found none.")
        stages.progress(0.7, "reports")
        bands = walked.bands()
        found, proof = metrics(walked, bands), evidence(walked, bands, leaks)
        stages.progress(0.8, "final fit")
        learned = _final(walked, recipe, found, proof)
    reporter.log(f"{learned.verdict}. Export differs from the model by at most {learned.exported.max_abs_diff:.1e}.")
    return learned


def learn_to_serve(bars: pd.DataFrame, request: TrainRequest, panel: Panel | None = None) -> Learned:
    """The same model with the part of its record that decides what it may serve: a replay trains hundreds.

    Raises:
        InvalidRequestError: too short a history.
        LeakError: the evaluation has seen its future.
        ParityError: the exported model does not answer like the trained one.
    """
    recipe = Recipe(request, panel)
    with threadpool_limits(THREADS):
        walked = walk(bars, request, recipe, Competition(), lambda *_: None)
        leaks = walked.leaks()
        leaks.require()
        return _final(walked, recipe, *serving_record(walked, walked.bands(), leaks))


def _final(walked: Walk, recipe: Recipe, found: dict[str, Any], proof: dict[str, Any]) -> Learned:
    """Fit on all rows that a fold after the last one would learn from, and export."""
    rows = walked.rows
    learn_from = slice(first_of_window(len(rows), walked.request.window_sessions), len(rows))
    model = recipe(rows, learn_from).fit(rows.x[learn_from], rows.y[learn_from])
    exported = export(model, rows.x)
    proof["parity"] = {name: value for name, value in asdict(exported).items() if name != "content"}
    proof["environment"] = environment(type(model))
    proof["volatility"]["coefficients"] = fit_har(rows.har_x[learn_from], rows.har_y[learn_from]).tolist()
    proof |= recipe.as_json()
    params = model.params.model_dump()
    return Learned(rows, walked.tested, params, exported, found, proof, found["overall"]["1"]["verdict"])


def _report_fold(reporter: Reporter, stages: Stages, n_folds: int, fold: Fold, tested: OutOfSample) -> None:
    forecast, actual = tested.forecast[:, 0], tested.actual[:, 0]
    reporter.log(
        f"Fold {fold.number} of {n_folds}: learned {fold.train_stop - fold.train_start:,} rows,"
        f" tested {len(tested):,} from {tested.sessions[0].date()} to {tested.sessions[-1].date()}."
        f" MAE of the next session {mae(forecast, actual):.3%}, naive {mae(0 * actual, actual):.3%}."
    )
    stages.progress(0.05 + 0.5 * fold.number / n_folds, f"fold {fold.number} of {n_folds}")
