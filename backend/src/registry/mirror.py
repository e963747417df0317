"""Tells MLflow which model each alias points to, over its REST interface: no import of MLflow.

The ledger is the truth and waits for nobody: a move is marked once MLflow has it, and told again until then.
"""

from collections.abc import Mapping

import httpx
import structlog
from sqlalchemy import and_, func, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, sessionmaker

from backend.errors import UpstreamError
from backend.src.data.orm import Deployment, Model

log = structlog.get_logger(__name__)

_TIMEOUT = httpx.Timeout(5.0, connect=2.0)
_ALIASES_A_RUN = 30
_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('deployments.mirror'))")
_KEY = (Deployment.ticker, Deployment.alias, Deployment.horizon)


def mlflow_alias(alias: str, horizon: int) -> str:
    """An alias as MLflow knows it: `champion-h5`."""
    return f"{alias}-h{horizon}"


class AliasMirror:
    """Brings MLflow's aliases to what the ledger says."""

    def __init__(self, session_factory: sessionmaker[Session], tracking_uri: str) -> None:
        self._sessions = session_factory
        self._url = f"{tracking_uri.rstrip('/')}/api/2.0/mlflow"

    def send_pending(self) -> int:
        """Tell of the moves that MLflow was not told of; of several of one alias, only the last.

        One process at a time; what is told twice changes nothing.

        Returns:
            How many aliases were brought up to date.

        Raises:
            UpstreamError: MLflow does not answer: the rest stays pending.
        """
        with self._sessions.begin() as lock:
            if not lock.scalar(_LOCK):
                return 0
            heads = self._pending()
            with httpx.Client(timeout=_TIMEOUT) as client:
                for head in heads:
                    self._send(client, head)
                    self._mark(head)
            return len(heads)

    def _pending(self) -> list[Deployment]:
        waiting = select(*_KEY).where(Deployment.mirrored_at.is_(None)).distinct().limit(_ALIASES_A_RUN).subquery()
        same = (waiting.c[column.key] == column for column in _KEY)
        heads = (
            select(Deployment).ext(distinct_on(*_KEY)).join(waiting, and_(*same)).order_by(*_KEY, Deployment.id.desc())
        )
        with self._sessions() as session:
            return list(session.scalars(heads))

    def _mark(self, head: Deployment) -> None:
        """The head and what came before it: each is only of interest until the next."""
        same = (column == getattr(head, column.key) for column in _KEY)
        done = update(Deployment).where(*same, Deployment.id <= head.id, Deployment.mirrored_at.is_(None))
        with self._sessions.begin() as session:
            session.execute(done.values(mirrored_at=func.now()))

    def _send(self, client: httpx.Client, head: Deployment) -> None:
        named = {"name": f"bellwether-{head.ticker}", "alias": mlflow_alias(head.alias, head.horizon)}
        if head.model_id is None:
            self._ask(client, "DELETE", "registered-models/alias", json=named)
            return
        version = self._version(client, head.model_id)
        if version is not None:
            self._ask(client, "POST", "registered-models/alias", json={**named, "version": version})

    def _version(self, client: httpx.Client, model_id: int) -> str | None:
        """The number that MLflow gave a model, or None when it does not have it."""
        with self._sessions() as session:
            run_id = session.get_one(Model, model_id).mlflow_run_id
        if run_id is None:
            return None
        found = self._ask(client, "GET", "model-versions/search", params={"filter": f"run_id='{run_id}'"})
        versions = found.get("model_versions", [])
        if not versions:
            log.warning("MLflow has no version of a model", model_id=model_id, run_id=run_id)
            return None
        return str(versions[0]["version"])

    def _ask(
        self,
        client: httpx.Client,
        method: str,
        path: str,
        *,
        json: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> dict[str, list[dict[str, str]]]:
        try:
            answer = client.request(method, f"{self._url}/{path}", json=json, params=params)
        except httpx.HTTPError as error:
            raise UpstreamError(f"MLflow does not answer: {type(error).__name__}.") from error
        if answer.status_code == httpx.codes.NOT_FOUND:
            log.warning("MLflow does not know what an alias names", path=path, detail=answer.text[:200])
            return {}
        if answer.is_error:
            raise UpstreamError(f"MLflow answered with status {answer.status_code}: {answer.text[:200]}")
        found: dict[str, list[dict[str, str]]] = answer.json()
        return found
