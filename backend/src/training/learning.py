"""From bars to a model and its evidence. No store is touched: registering, replaying and reproducing all start here."""

import hashlib
from dataclasses import dataclass
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

from backend.src.data.evaluation_files import OutOfSample
from backend.src.features.pipeline import FEATURE_NAMES, FEATURE_VERSION
from backend.src.features.volatility import fit_har
from backend.src.jobs.reporter import Reporter
from backend.src.training.coverage import band_record
from backend.src.training.export import Export, export
from backend.src.training.models import MODEL_TYPES, ForecastModel
from backend.src.training.models.base import THREADS
from backend.src.training.provenance import environment
from backend.src.training.request import TrainRequest
from backend.src.training.splits import Fold, walk_forward
from backend.src.training.walk_forward import TrainingRows, fold_record, overall_record, run_folds
from bellwether_contracts.market import MAX_HORIZON


@dataclass(frozen=True, slots=True)
class Learned:
    """A fitted model and its record, before anyone else knows of it."""

    rows: TrainingRows
    tested: OutOfSample
    exported: Export
    metrics: dict[str, Any]
    evidence: dict[str, Any]
    verdict: str

    def model_columns(self, request: TrainRequest) -> dict[str, Any]:
        """What a `Model` row says of it, but for where its files are and what it was made from."""
        return {
            "ticker": request.ticker,
            "model_type": request.model_type,
            "params": request.params,
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


def learn(bars: pd.DataFrame, request: TrainRequest, reporter: Reporter) -> Learned:
    """Evaluate a model type by walk-forward, then fit it on everything and export it.

    Args:
        bars: A snapshot's bars.
        request: What to train.
        reporter: Where progress goes; its cancellation ends the work.

    Raises:
        InvalidRequestError: too short a history.
        ParityError: the exported model does not answer like the trained one.
        JobCancelledError, LeaseLostError: the job must not go on.
    """
    with threadpool_limits(THREADS):
        rows = TrainingRows(bars)
        folds = walk_forward(len(rows), request.n_folds)
        reporter.log(f"{len(rows):,} rows to learn from, {len(folds)} folds.")
        tested = run_folds(
            rows,
            folds,
            lambda *_: _make_model(request),
            lambda *done: _report_fold(reporter, rows, len(folds), *done),
        )
        reporter.progress(0.75, "final fit")
        model = _make_model(request).fit(rows.x[: len(rows)], rows.y[: len(rows)])
        reporter.progress(0.82, "export")
        exported = export(model, rows.x)
        learned: Learned = _learned(rows, folds, tested, exported, model)
    reporter.log(f"{learned.verdict}. Export differs from the model by at most {exported.max_abs_diff:.1e}.")
    return learned


def _make_model(request: TrainRequest) -> ForecastModel:
    model_type = MODEL_TYPES[request.model_type]
    return model_type(model_type.Params.model_validate(request.params), request.seed)


def _report_fold(reporter: Reporter, rows: TrainingRows, n_folds: int, fold: Fold, tested: OutOfSample) -> None:
    record = fold_record(rows, fold, tested)
    at_one = record["horizons"]["1"]
    reporter.log(
        f"Fold {record['fold']} of {n_folds}: learned {record['train_rows']:,} rows to {record['train_end']},"
        f" tested {record['test_rows']:,} from {record['test_start']} to {record['test_end']}."
        f" MAE of the next session {at_one['mae']:.3%}, naive {at_one['naive_mae']:.3%}."
    )
    reporter.progress(0.05 + 0.65 * record["fold"] / n_folds, f"fold {record['fold']} of {n_folds}")


def _learned(
    rows: TrainingRows, folds: list[Fold], tested: OutOfSample, exported: Export, model: ForecastModel
) -> Learned:
    graded = tested.labelled()
    overall = overall_record(graded, is_naive=model.name == "naive")
    volatility = fit_har(rows.har_x[: len(rows)], rows.har_y[: len(rows)])
    evidence = {
        "bands": band_record(tested, [rows.y[: fold.train_stop] for fold in folds]),
        "volatility": {"model": "har", "coefficients": volatility.tolist()},
        "gap": MAX_HORIZON,
        "parity": {
            "max_abs_diff": exported.max_abs_diff,
            "tolerance": exported.tolerance,
            "rows": exported.rows,
        },
        "environment": environment(type(model)),
    }
    by_fold = [fold_record(rows, fold, graded.take(graded.fold == fold.number)) for fold in folds]
    metrics = {"overall": overall, "folds": by_fold}
    return Learned(rows, tested, exported, metrics, evidence, overall["1"]["verdict"])
