"""Rows of the past as answers."""

from typing import Any

from bellwether_contracts.market import COVERAGE_LEVELS


def past_prediction(row: dict[str, Any]) -> dict[str, Any]:
    """What `PredictionRecord` describes, from a row of `PredictionStore`."""
    actual = row["actual_close"]
    known = actual is not None
    bands = [{"coverage": c, "lower": row[f"lower_{c}"], "upper": row[f"upper_{c}"]} for c in COVERAGE_LEVELS]
    plain = {name: value for name, value in row.items() if not name.startswith(("lower_", "upper_"))}
    return {
        **plain,
        "bands": bands,
        "outcome": "known" if known else "pending",
        "error": actual - row["predicted_close"] if known else None,
        "naive_error": actual - row["naive_close"] if known else None,
    }
