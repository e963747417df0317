"""Bad input gets a problem document that says what is allowed, and never a 5xx."""

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.stack

TEN_KB = "A" * 10_000


def check_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["request_id"]
    return problem


@pytest.mark.parametrize("path", ["/api/predict/", "/api/predict/future/", "/api/train", "/api/models/"])
@pytest.mark.parametrize(
    ("ticker", "status"),
    [
        ("NOSUCH", 404),
        ("AAPL; DROP TABLE jobs", 422),
        ("' OR 1=1 --", 422),
        ("../../etc/passwd", 422),
        ("", 422),
        (TEN_KB, 422),
        ("AAPL\x00", 422),
        ("\u202eLPAA", 422),
        ("😀", 422),
        (None, 422),
        (12, 422),
        ({"$gt": ""}, 422),
    ],
)
def test_bad_ticker_is_refused(api: httpx.Client, path: str, ticker: Any, status: int) -> None:
    problem = check_problem(api.post(path, json={"ticker": ticker}), status)
    if status == 404:
        assert "AAPL" in problem["detail"]


@pytest.mark.parametrize("path", ["/api/prices/NOSUCH", "/api/models/999999", "/api/mlflow/999999"])
def test_what_does_not_exist_is_404(api: httpx.Client, path: str) -> None:
    check_problem(api.get(path), 404)


@pytest.mark.parametrize("days", [0, -1, 21, 10_000, 10**30, "many", 2.5, None])
def test_number_of_sessions_out_of_range_is_refused(api: httpx.Client, days: Any) -> None:
    problem = check_problem(api.post("/api/predict/future/", json={"ticker": "AAPL", "days": days}), 422)
    assert "days" in problem["detail"]


@pytest.mark.parametrize("target", ["1999-01-04", "yesterday", "2013-02-30", 20130304, "0000-00-00", "9999-12-31"])
def test_target_date_that_can_not_be_is_refused(api: httpx.Client, target: Any) -> None:
    check_problem(api.post("/api/predict/", json={"ticker": "AAPL", "target_date": target}), 422)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"ticker": NaN}', b"\xff\xfe", b'{"ticker":"AAPL","extra":1}', b"[" * 20_000],
    ids=["empty", "cut", "list", "null", "nan", "no-utf8", "unknown-field", "deep"],
)
def test_malformed_body_is_refused(api: httpx.Client, body: bytes) -> None:
    answer = api.post("/api/predict/", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422}
    check_problem(answer, answer.status_code)


def test_body_over_a_mebibyte_is_refused(api: httpx.Client) -> None:
    answer = api.post(
        "/api/predict/", content=b'{"ticker":"' + b"A" * 2**21, headers={"content-type": "application/json"}
    )
    check_problem(answer, 413)


@pytest.mark.parametrize(
    "body",
    [
        {"ticker": "AAPL", "model_type": "oracle"},
        {"ticker": "AAPL", "model_type": "ridge", "params": {"alpha": -1}},
        {"ticker": "AAPL", "model_type": "ridge", "params": {"nonsense": 1}},
        {"ticker": "AAPL", "model_type": "random_forest", "params": {"max_depth": 99}},
        {"ticker": "AAPL", "model_type": "theta", "params": {"min_alpha": 0.1}},
        {"ticker": "AAPL", "model_type": "lightgbm_panel", "params": {"max_peers": -1}},
        {"ticker": "AAPL", "tune": 10_000},
        {"ticker": "AAPL", "model_type": "naive", "tune": 5},
        {"ticker": "AAPL", "window": "sliding"},
        {"ticker": "AAPL", "n_folds": 1},
        {"ticker": "AAPL", "n_folds": 99},
        {"ticker": "AAPL", "seed": -1},
        {"ticker": "AAPL", "exchange": "XTAI"},
        {"ticker": "AAPL", "exchange": "NOWHERE"},
        {},
    ],
)
def test_training_that_can_not_be_is_refused_before_it_is_a_job(api: httpx.Client, body: dict[str, Any]) -> None:
    check_problem(api.post("/api/train", json=body), 422)


def test_unknown_job_is_404_and_a_malformed_id_422(api: httpx.Client) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    check_problem(api.get(f"/api/jobs/{unknown}"), 404)
    check_problem(api.delete(f"/api/jobs/{unknown}"), 404)
    check_problem(api.get(f"/api/train/status/{unknown}"), 404)
    check_problem(api.get(f"/api/predict/future/status/{unknown}"), 404)
    check_problem(api.get("/api/jobs/1"), 422)


def test_wrong_method_and_unknown_path_are_problems_too(api: httpx.Client) -> None:
    check_problem(api.put("/api/predict/", json={}), 405)
    check_problem(api.get("/api/nothing"), 404)


def test_malformed_idempotency_key_is_refused(api: httpx.Client) -> None:
    answer = api.post("/api/train", json={"ticker": "AAPL"}, headers={"Idempotency-Key": "short"})
    check_problem(answer, 422)
