"""A registered model is trained once more through the API, and comes out the same."""

import httpx
import pytest

from tests.conftest import wait_for_job

pytestmark = pytest.mark.stack


def test_a_model_trained_through_the_api_is_reproduced_by_its_id(api: httpx.Client) -> None:
    body = {"ticker": "AAPL", "n_folds": 2, "window": "rolling", "window_sessions": 500}
    trained = wait_for_job(api, api.post("/api/train", json=body).json()["task_id"])
    assert trained["state"] == "succeeded", trained["error"]
    model_id = trained["result"]["model_id"]
    answer = api.post(f"/api/models/{model_id}/reproduce")
    assert (answer.status_code, answer.json()["kind"]) == (202, "reproduce")
    ended = wait_for_job(api, answer.json()["task_id"])
    assert ended["state"] == "succeeded", ended["error"]
    assert ended["result"]["reproduced"], ended["result"]["off"]
    assert ended["result"]["max_difference"] == 0
    assert ended["result"]["commit"]["same"]
    assert ended["result"]["environment_changed"] == {}


def test_a_model_that_is_not_there_cannot_be_reproduced(api: httpx.Client) -> None:
    assert api.post("/api/models/2147483647/reproduce").status_code == 404
