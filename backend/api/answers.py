"""Rows of the past as answers."""

from typing import Any

from bellwether_contracts.market import COVERAGE_LEVELS


def past_prediction(row: dict[str, Any]) -> dict[str, Any]:
    """What `PredictionRecord` describes, from a row of `PredictionStore`."""
    bands = [{"coverage": c, "lower": row[f"lower_{c}"], "upper": row[f"upper_{c}"]} for c in COVERAGE_LEVELS]
    plain = {name: value for name, value in row.items() if not name.startswith(("lower_", "upper_"))}
    return {**plain, "bands": bands, **_outcome(row, bands, row["actual_close"])}


def _outcome(row: dict[str, Any], bands: list[dict[str, Any]], actual: float | None) -> dict[str, Any]:
    if actual is None:
        return {"outcome": "pending", **dict.fromkeys(("error", "naive_error", "inside", "hit"))}
    told, came = row["predicted_close"] - row["naive_close"], actual - row["naive_close"]
    return {
        "outcome": "known",
        "error": actual - row["predicted_close"],
        "naive_error": came,
        "inside": next((band["coverage"] for band in bands if band["lower"] <= actual <= band["upper"]), None),
        "hit": (told > 0) == (came > 0) if told and came else None,
    }
