"""Drift: checks, and the reports of what was compared."""

import gzip
from typing import Annotated

from fastapi import APIRouter, Header, Path, Response
from fastapi.responses import HTMLResponse

from backend.api.deps import IdempotencyKeyDep, RequestIdDep, RuntimeDep
from backend.api.problems import documented
from backend.api.schemas.common import Limit, Offset, TickerQuery
from backend.api.schemas.drift import DriftBody, DriftCheckInfo, DriftPage
from backend.api.schemas.jobs import JobAccepted
from backend.api.submit import submit
from backend.errors import NotFoundError
from backend.src.data.monitor_orm import DriftCheck

router = APIRouter(prefix="/api/drift", tags=["monitoring"])

# The report draws itself by scripts of its own: they run as if from another site, and reach no host at all.
_REPORT_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
    " font-src data:; img-src data: blob:; base-uri 'none'; form-action 'none'"
)

CheckId = Annotated[int, Path(ge=1, le=2**53 - 1)]


def _info(check: DriftCheck) -> DriftCheckInfo:
    own = {name: getattr(check, name) for name in DriftCheckInfo.model_fields if name != "has_report"}
    return DriftCheckInfo.model_validate({**own, "has_report": check.report_key is not None})


@router.get("")
def list_drift_checks(
    runtime: RuntimeDep, ticker: TickerQuery = None, limit: Limit = 50, offset: Offset = 0
) -> DriftPage:
    """Drift checks, newest first."""
    checks, has_more = runtime.drift.page(ticker, limit, offset)
    return DriftPage(items=[_info(check) for check in checks], limit=limit, offset=offset, has_more=has_more)


@router.post("", status_code=202, responses=documented(404, 409, 422))
def check_drift(
    runtime: RuntimeDep, body: DriftBody, request_id: RequestIdDep, idempotency_key: IdempotencyKeyDep = None
) -> JobAccepted:
    """Compare a ticker's newest sessions with its champion's training, and make the report of it."""
    runtime.instruments.get(body.ticker)
    return submit(
        runtime, "drift", body.ticker, body.model_dump(), request_id=request_id, idempotency_key=idempotency_key
    )


@router.get("/{check_id}/report", response_class=HTMLResponse, responses=documented(404, 503))
def get_drift_report(
    runtime: RuntimeDep, check_id: CheckId, accept_encoding: Annotated[str, Header(include_in_schema=False)] = ""
) -> Response:
    """The report of a check: one HTML file that needs nothing else."""
    check = runtime.drift.get(check_id)
    if check.report_key is None:
        raise NotFoundError(f"Drift check {check_id} has no report. POST /api/drift makes one of the newest sessions.")
    body = runtime.reports.get_compressed(check.report_key)
    headers = {
        "Content-Security-Policy": _REPORT_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    if "gzip" in accept_encoding:
        return HTMLResponse(body, headers={**headers, "Content-Encoding": "gzip"})
    return HTMLResponse(gzip.decompress(body), headers=headers)
