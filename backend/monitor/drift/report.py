"""`python -m backend.monitor.drift.report REFERENCE CURRENT OUTPUT`: Evidently's report of two Parquet files as HTML.

A program of its own: importing Evidently takes seconds and a lot of memory, which nobody else is to pay. The HTML holds
its scripts, fonts and data, and asks no other host for anything.
"""

import argparse
import os
import sys
from pathlib import Path

import pandas as pd

from backend.monitor.drift.thresholds import column_thresholds


def html(reference: pd.DataFrame, current: pd.DataFrame, rate: float) -> str:
    """Drift and quality of every column.

    Args:
        reference: The training's rows, one column a quantity.
        current: The newest rows, likewise.
        rate: The share of reports that may name any column although nothing is new.
    """
    # Read when Evidently is imported: it would tell its makers of each use.
    os.environ["DO_NOT_TRACK"] = os.environ["ITERATIVE_DO_NOT_TRACK"] = "1"
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset, DataSummaryPreset

    definition = DataDefinition(numerical_columns=list(reference.columns))
    thresholds = column_thresholds(reference, len(current), rate)
    drift = DataDriftPreset(num_method="wasserstein", per_column_threshold=thresholds, drift_share=1 / len(thresholds))
    data = [Dataset.from_pandas(rows, data_definition=definition) for rows in (current, reference)]
    found = Report([drift, DataSummaryPreset()]).run(*data)
    text: str = found.get_html_str(as_iframe=False)
    return text


def main() -> None:
    """Read two files, write one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reference", type=Path)
    parser.add_argument("current", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--rate", type=float, required=True, help="false alarms, as a share")
    options = parser.parse_args()
    reference, current = (pd.read_parquet(path) for path in (options.reference, options.current))
    if list(reference.columns) != list(current.columns):
        sys.exit(f"The columns differ: {list(reference.columns)} and {list(current.columns)}")
    options.output.write_text(html(reference, current, options.rate), encoding="utf-8")


if __name__ == "__main__":
    main()
