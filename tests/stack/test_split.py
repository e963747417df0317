"""Nginx shares requests out as the brief says, measured over 5,000 of each kind."""

from collections import Counter

import httpx
import pytest

pytestmark = pytest.mark.stack

REQUESTS = 5000


@pytest.mark.parametrize(
    ("path", "first_share"),
    [("/api/predict/future/status/x", 0.70), ("/api/train/status/x", 0.30), ("/api/system", 0.50)],
    ids=["predict 70/30", "train 30/70", "rest 1:1"],
)
def test_requests_are_shared_out_within_two_points(base_url: str, path: str, first_share: float) -> None:
    with httpx.Client(base_url=base_url) as client:
        served = Counter(client.get(path).headers["X-Served-By"] for _ in range(REQUESTS))
    assert set(served) == {"backend1", "backend2"}
    assert served["backend1"] / REQUESTS == pytest.approx(first_share, abs=0.02)
