"""Every alert: listed, looked into, acknowledged, muted."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query

from backend.api.deps import RequestIdDep, RuntimeDep
from backend.api.problems import documented
from backend.api.schemas.alerts import Acknowledgement, Alert, AlertPage, AlertSeverity, AlertState, Mute
from backend.api.schemas.common import Limit, Offset
from backend.src.data import monitor_orm
from backend.src.runtime import Runtime

router = APIRouter(prefix="/api/alerts", tags=["alerts"])

AlertId = Annotated[int, Path(ge=1, le=2**53 - 1)]
Kind = Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9_]{0,31}$", description="Only this sort of trouble.")]
Subject = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9^._=-]{1,64}$", description="Only this ticker or service.")]

_OWN = tuple(name for name in Alert.model_fields if name != "muted_until")


def _shown(alert: monitor_orm.Alert, muted_until: datetime | None) -> Alert:
    return Alert.model_validate({**{name: getattr(alert, name) for name in _OWN}, "muted_until": muted_until})


def _one(runtime: Runtime, alert_id: int) -> Alert:
    return _shown(*runtime.alerts.get(alert_id))


@router.get("", responses=documented(422))
def list_alerts(
    runtime: RuntimeDep,
    state: Annotated[AlertState | None, Query()] = None,
    kind: Kind = None,
    subject: Subject = None,
    severity: Annotated[AlertSeverity | None, Query()] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> AlertPage:
    """Alerts, those that fire first, then the newest."""
    found, has_more = runtime.alerts.page(
        state=state, kind=kind, subject=subject, severity=severity, limit=limit, offset=offset
    )
    return AlertPage(items=[_shown(*each) for each in found], limit=limit, offset=offset, has_more=has_more)


@router.get("/{alert_id}", responses=documented(404, 422))
def get_alert(runtime: RuntimeDep, alert_id: AlertId) -> Alert:
    """One alert."""
    return _one(runtime, alert_id)


@router.post("/{alert_id}/acknowledge", responses=documented(404, 409, 422))
def acknowledge_alert(runtime: RuntimeDep, alert_id: AlertId, body: Acknowledgement) -> Alert:
    """Say that you take care of it. The first who does stays; what has ended can't be acknowledged."""
    runtime.alerts.acknowledge(alert_id, body.actor)
    return _one(runtime, alert_id)


@router.post("/{alert_id}/mute", responses=documented(404, 422))
def mute_alert(runtime: RuntimeDep, alert_id: AlertId, body: Mute) -> Alert:
    """Tell nobody of this trouble for a while, even if it ends and comes back. It is recorded all the same."""
    runtime.alerts.mute(alert_id, datetime.now(UTC) + timedelta(minutes=body.minutes), body.actor)
    return _one(runtime, alert_id)


@router.delete("/{alert_id}/mute", responses=documented(404, 422))
def unmute_alert(runtime: RuntimeDep, alert_id: AlertId, request_id: RequestIdDep) -> Alert:
    """End a mute."""
    runtime.alerts.unmute(alert_id, f"api:{request_id}")
    return _one(runtime, alert_id)
