"""The model card holds the numbers on record, needs nothing else and survives a model with little on record."""

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

from backend.src.data.evaluation_files import OutOfSample
from backend.src.data.orm import Model
from backend.src.reports.card import render_card
from backend.src.reports.drawing import round_ticks
from backend.src.reports.residuals import residuals_by_month

HORIZONS = 20


@pytest.fixture(scope="module")
def tested() -> OutOfSample:
    random = np.random.default_rng(7)
    sessions = pd.bdate_range("2010-01-04", periods=600, name="session")
    actual = random.normal(0, 0.02, (600, HORIZONS))
    actual[-HORIZONS:] = np.nan
    forecast = random.normal(0, 0.002, (600, HORIZONS))
    return OutOfSample(sessions, np.repeat([1, 2], 300), forecast, np.full((600, HORIZONS), 0.02), actual)


def record(mae: float) -> dict[str, Any]:
    return {
        "mae": mae,
        "rmse": 0.0212345,
        "naive_mae": 0.0141234,
        "naive_rmse": 0.0211111,
        "direction_accuracy": 0.5123,
        "sessions": 2120,
        "skill": -0.0123,
        "dm_p_value": 0.41,
        "verdict": "Not better than naive (p = 0.41, 2,120 sessions)",
    }


def band() -> dict[str, Any]:
    constant = {"coverage": 0.7654, "mean_width": 0.07, "winkler": 0.09}
    return {"coverage": 0.8012, "mean_width": 0.05, "winkler": 0.08, "rows": 2100, "constant": constant}


def model(metrics: dict[str, Any], evidence: dict[str, Any], **other: Any) -> Model:
    values = {
        "id": 7,
        "ticker": "AAPL",
        "exchange": "XNAS",
        "source": "sample",
        "version": 3,
        "model_type": "ridge",
        "params": {"alpha": 1.0},
        "seed": 42,
        "feature_names": ["a", "b"],
        "feature_version": "f" * 64,
        "snapshot": "5" * 64,
        "train_start": date(2000, 1, 3),
        "train_end": date(2013, 3, 1),
        "verdict": "Not better than naive (p = 0.41, 2,120 sessions)",
        "git_commit": "c" * 40,
        "created_at": datetime(2026, 1, 2, tzinfo=UTC),
    }
    return Model(metrics=metrics, evidence=evidence, **{**values, **other})


@pytest.fixture(scope="module")
def whole() -> Model:
    fold = {
        "fold": 1,
        "train_start": "2000-01-03",
        "train_end": "2004-08-02",
        "test_start": "2004-08-31",
        "test_end": "2006-05-05",
        "test_rows": 424,
        "horizons": {"1": record(0.0143)},
    }
    slices = {"1": {"year": [{"name": "2011", "sessions": 252, "mae": 0.01, "naive_mae": 0.0101, "skill": 0.0099}]}}
    evidence = {
        "gap": 20,
        "bands": {"coverage": {"80": [band()] * HORIZONS}, "recent": {"80": [{"coverage": 0.85, "rows": 60}]}},
        "leaks": {"passed": False, "checks": [{"name": "cut", "passed": False, "detail": "row 7 < row 8"}]},
        "importance": [{"feature": "a", "mae_increase": -0.0001}, {"feature": "b", "mae_increase": 0.0004}],
        "slices": slices,
        "volatility": {"comparison": {"har": 0.8213, "naive": 1.0}},
        "long_flat": {
            "final_value": 1.2345,
            "buy_and_hold_final_value": 2.3456,
            "cost_per_switch": 0.0005,
            "switches": 597,
            "share_invested": 0.74,
            "curve": [
                {"session": "2011-01-03", "value": 1.0, "buy_and_hold": 1.0},
                {"session": "2012-01-03", "value": 1.2345, "buy_and_hold": 2.3456},
            ],
        },
        "environment": {"numpy": "2.4.6", "threads": 1},
    }
    overall = {str(h): record(0.01 * h + 0.00423) for h in range(1, HORIZONS + 1)}
    return model({"overall": overall, "folds": [fold]}, evidence)


class Rows(HTMLParser):
    """Cells of every table row, and every attribute that could load something."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.loads: list[tuple[str, str | None]] = []
        self.in_cell = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [each for each in attrs if each[0] in {"src", "href", "xlink:href", "srcset", "action", "data"}]
        self.loads += [(tag, None)] if tag in {"script", "link", "iframe", "object", "embed", "img"} else []
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self.rows[-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self.in_cell = self.in_cell and tag != "td"

    def handle_data(self, data: str) -> None:
        if self.in_cell:
            self.rows[-1][-1] += data.strip()


def test_the_card_holds_the_numbers_on_record(whole: Model, tested: OutOfSample) -> None:
    rows = Rows(render_card(whole, tested)).rows
    assert ["1", "1.423", "1.412", "–", "2.123", "2.111", "–", "–", "–", "–", "51.2 %", "–", "2,120"] in rows
    assert ["5", "5.423"] in [row[:2] for row in rows]
    assert ["20", "20.423"] in [row[:2] for row in rows]
    assert ["80 %", "1", "80.1 %", "85.0 %", "76.5 %", "5.00 %", "7.00 %", "8.00 %", "9.00 %", "2,100"] in rows
    assert ["0.821", "1.000"] in rows
    assert ["2011", "year", "252", "1.000", "1.010", "+0.99 %"] in rows
    assert [row[0] for row in rows if row and row[0] in {"a", "b"}] == ["b", "a"]


def test_the_card_loads_nothing(whole: Model, tested: OutOfSample) -> None:
    html = render_card(whole, tested)
    assert Rows(html).loads == []
    assert not re.search(r"https?://|url\(|@import|javascript:", html)


def test_a_failed_leak_report_is_not_shown_as_passed(whole: Model, tested: OutOfSample) -> None:
    html = render_card(whole, tested)
    assert '<p id="leaks"><strong class="bad">Failed</strong></p>' in html
    assert "row 7 &lt; row 8" in html


def test_a_model_with_little_on_record_says_so() -> None:
    html = render_card(model({}, {}), None)
    assert html.count("Not recorded for this model.") == 10
    assert "Not better than naive (p = 0.41, 2,120 sessions)" in html


def test_markup_in_a_record_stays_text() -> None:
    html = render_card(model({}, {"environment": {"<script>": "</style><script>alert(1)</script>"}}), None)
    assert "<script" not in html


def test_residuals_by_month_agree_with_pandas(tested: OutOfSample) -> None:
    found = residuals_by_month(tested, 5)
    error = pd.Series(tested.actual[:, 4] - tested.forecast[:, 4], tested.sessions).dropna()
    naive = pd.Series(tested.actual[:, 4], tested.sessions).dropna()
    months = pd.DatetimeIndex(error.index).to_period("M")
    by_month = error.groupby(months)
    assert [each.month for each in found] == [period.start_time.date() for period in months.unique()]
    assert [each.mean for each in found] == pytest.approx(by_month.mean().to_list(), abs=1e-12)
    assert [each.lower for each in found] == pytest.approx(by_month.quantile(0.1).to_list(), abs=1e-12)
    assert [each.mae for each in found] == pytest.approx(by_month.apply(lambda e: e.abs().mean()).to_list(), abs=1e-12)
    expected = naive.abs().groupby(months).mean().to_list()
    assert [each.naive_mae for each in found] == pytest.approx(expected, abs=1e-12)
    assert sum(each.sessions for each in found) == 600 - HORIZONS


@pytest.mark.parametrize(("low", "high", "expected"), [(0, 1, [0, 0.5, 1]), (-0.03, 0.05, [-0.02, 0, 0.02, 0.04])])
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert round_ticks(low, high) == pytest.approx(expected)
