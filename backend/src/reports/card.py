"""The model card: everything on record about a model in one HTML file that needs nothing else."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backend.src.data.evaluation_files import OutOfSample
from backend.src.data.orm import Model
from backend.src.reports.pictures import GRADED, calibrated, calibration_plot, fold_plot, residual_plots, toy_plot


def render_card(model: Model, tested: OutOfSample | None) -> str:
    """The card of a model as HTML.

    Args:
        model: The row of the registry.
        tested: What it forecast out of sample; None where that was not kept.
    """
    evidence = model.evidence
    bands = list(calibrated(evidence.get("bands") or {}))
    template = _environment().get_template("card.html.j2")
    return template.render(
        model=model,
        evidence=evidence,
        graded=GRADED,
        overall={h: record for h in GRADED if (record := model.metrics.get("overall", {}).get(str(h)))},
        folds=model.metrics.get("folds") or [],
        fold_plot=fold_plot(model),
        calibrated=bands,
        calibration_plot=calibration_plot(bands),
        residuals=residual_plots(tested),
        toy_plot=toy_plot(evidence.get("long_flat") or {}),
        importance=_importance(evidence.get("importance") or []),
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": _number, "percent": _percent, "p": _p_value, "between": _between}
    return environment


def _number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _percent(value: float | None, digits: int = 1, sign: str = "-") -> str:
    return "–" if value is None else f"{value * 100:{sign}.{digits}f} %"


def _p_value(value: float | None) -> str:
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _between(interval: list[float] | None, digits: int = 1, sign: str = "-") -> str:
    return "–" if interval is None else " … ".join(_percent(edge, digits, sign) for edge in interval)


def _importance(found: list[dict[str, Any]]) -> list[tuple[str, float, float]]:
    """Feature, rise of the error, length of its bar from -1 to 1; greatest first."""
    greatest = max((abs(each["mae_increase"]) for each in found), default=0.0) or 1.0
    ordered = sorted(found, key=lambda each: -each["mae_increase"])
    return [(each["feature"], each["mae_increase"], each["mae_increase"] / greatest) for each in ordered]
