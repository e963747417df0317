"""Errors that callers can act on. Each class knows its HTTP status, so that routes need not translate."""

from collections.abc import Mapping

from pydantic import JsonValue


class BellwetherError(Exception):
    """Something that the caller or the operator can be told about.

    Attributes:
        detail: One sentence for a person: what was wrong and what is allowed.
        extra: Machine-readable members of the problem document.
    """

    status = 500
    title = "Internal error"

    def __init__(self, detail: str, **extra: JsonValue) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra: Mapping[str, JsonValue] = extra


class InvalidRequestError(BellwetherError):
    """The request is well-formed JSON but asks for what can't be (422, as for schema errors)."""

    status = 422
    title = "Invalid request"


class NotFoundError(BellwetherError):
    """No such ticker, job, model or page."""

    status = 404
    title = "Not found"


class ConflictError(BellwetherError):
    """The state of things does not allow it now."""

    status = 409
    title = "Conflict"


class NotRecordedError(BellwetherError):
    """A forecast could not be made durable, so it was not answered (503: try again)."""

    status = 503
    title = "Forecast not recorded"


class UpstreamError(BellwetherError):
    """A service that this one needs did not answer (503: try again)."""

    status = 503
    title = "Upstream unavailable"


class SourceError(BellwetherError):
    """A market data source did not deliver (502)."""

    status = 502
    title = "Data source failed"


class DataQualityError(BellwetherError):
    """Too many bars are bad: the run fails closed (422)."""

    status = 422
    title = "Data quality"


class JobCancelledError(BellwetherError):
    """Someone cancelled the job while it ran."""

    status = 409
    title = "Cancelled"


class LeaseLostError(BellwetherError):
    """Another worker holds the job's fence now: this one must stop and write nothing."""

    status = 409
    title = "Lease lost"
