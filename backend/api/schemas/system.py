"""What this backend is and what it can reach."""

from backend.api.schemas.common import Schema


class Health(Schema):
    """Alive, or ready with every check that was made."""

    status: str
    service: str
    checks: dict[str, str]


class SystemInfo(Schema):
    """What the page says of the platform itself."""

    version: str
    git_commit: str
    served_by: str
    default_source: str
    max_horizon: int
    coverage_levels: list[int]
