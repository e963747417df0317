"""MLflow's aliases follow the ledger, and the ledger does not wait for MLflow."""

import httpx
import pytest
from sqlalchemy import select

from backend.errors import UpstreamError
from backend.src.data.deployment_store import Entry
from backend.src.data.orm import Deployment
from backend.src.registry.mirror import AliasMirror
from backend.src.training.request import TrainRequest
from backend.tests.ml_seed import Market, Recorder, allow

pytestmark = pytest.mark.stack


def train(stack: Market, ticker: str) -> int:
    request = TrainRequest(ticker=ticker, model_type="naive")
    trained = stack.trainer().train(request, job_id=stack.job(), actor="tests", reporter=Recorder(), guard=allow)
    return trained.model_id


def mirror_all(stack: Market) -> None:
    """Mirror until this ticker's moves are all told of; a backend of the same stack may do some of it."""
    while stack.runtime.mirror.send_pending():
        pass


def pending(stack: Market, ticker: str) -> int:
    query = select(Deployment).where(Deployment.ticker == ticker, Deployment.mirrored_at.is_(None))
    with stack.runtime.meta_sessions() as session:
        return len(session.scalars(query).all())


def aliases(stack: Market, ticker: str) -> dict[str, str]:
    """The model ids that MLflow's aliases lead to."""
    url = f"{stack.runtime.settings.mlflow_tracking_uri}api/2.0/mlflow"
    named = {"name": f"bellwether-{ticker}"}
    model = httpx.get(f"{url}/registered-models/get", params=named).raise_for_status().json()["registered_model"]
    found = {}
    for alias in model.get("aliases", []):
        version = httpx.get(f"{url}/model-versions/get", params={**named, "version": alias["version"]}).json()
        tags = {tag["key"]: tag["value"] for tag in version["model_version"]["tags"]}
        found[alias["alias"]] = tags["model_id"]
    return found


def test_mlflow_follows_first_models_challengers_promotions_and_rollbacks(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)
    first = train(stack, ticker)
    second = train(stack, ticker)
    mirror_all(stack)
    expected = {f"champion-h{h}": str(first) for h in (1, 5, 20)} | {
        f"challenger-h{h}": str(second) for h in (1, 5, 20)
    }
    assert aliases(stack, ticker) == expected
    assert pending(stack, ticker) == 0

    entry = Entry("ann", "try it")
    stack.runtime.promoter.promote(second, entry=entry, horizons=[5], force=True)
    mirror_all(stack)
    del expected["challenger-h5"]
    assert aliases(stack, ticker) == {**expected, "champion-h5": str(second)}

    stack.runtime.deployments.rollback(ticker, entry)
    mirror_all(stack)
    assert aliases(stack, ticker) == expected


def test_a_promotion_while_mlflow_is_away_is_told_when_it_is_back(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)
    train(stack, ticker)
    second = train(stack, ticker)
    mirror_all(stack)
    moves = stack.runtime.promoter.promote(second, entry=Entry("ann", "try it"), force=True)
    assert len(moves) == 3
    away = AliasMirror(stack.runtime.meta_sessions, "http://127.0.0.1:9")
    if pending(stack, ticker):
        with pytest.raises(UpstreamError, match="MLflow does not answer"):
            away.send_pending()
    mirror_all(stack)
    assert pending(stack, ticker) == 0
    assert aliases(stack, ticker) == {f"champion-h{h}": str(second) for h in (1, 5, 20)}
