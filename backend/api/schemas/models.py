"""The registry: models, their evidence and what served when."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from backend.api.schemas.common import Schema, TickerField


class ModelSummary(Schema):
    """A trained model, one line of the registry."""

    model_id: int
    ticker: str
    exchange: str
    source: str
    version: int
    model_type: str
    aliases: list[str]
    verdict: str = Field(description="Its walk-forward record against naive at one session, in words.")
    metrics: dict[str, Any] = Field(description="Overall walk-forward metrics by horizon, beside naive's.")
    train_start: date
    train_end: date
    snapshot: str = Field(description="SHA-256 of the Parquet snapshot it was trained on.")
    created_at: datetime


class ModelDetail(ModelSummary):
    """A trained model with all that came with it."""

    params: dict[str, Any]
    seed: int
    feature_names: list[str]
    feature_version: str
    horizons: list[int]
    artifact_uri: str | None
    artifact_sha256: str | None
    artifact_bytes: int | None
    evidence: dict[str, Any] = Field(description="Folds, residual quantiles, parity of the export, environment.")
    mlflow_run_id: str | None
    git_commit: str
    task_id: UUID | None
    deleted_at: datetime | None


class ModelPage(Schema):
    """Models, newest first."""

    items: list[ModelSummary]
    limit: int
    offset: int
    has_more: bool


class ModelTypeInfo(Schema):
    """A kind of model that can be trained, with its parameters as a JSON schema."""

    name: str
    default: bool
    description: str
    params_schema: dict[str, Any]


Reason = Annotated[
    str,
    Field(
        min_length=3,
        max_length=500,
        pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$",
        description="Why: it is kept in the ledger.",
    ),
]


class PromoteBody(Schema):
    """Make a model its ticker's champion."""

    reason: Reason
    force: bool = Field(default=False, description="Promote although its record is worse than naive's; it is recorded.")


class RollbackBody(Schema):
    """Give a ticker its previous champion back."""

    ticker: TickerField
    reason: Reason


class LedgerEntry(Schema):
    """A move of an alias."""

    id: int
    ticker: str
    alias: str
    model_id: int | None
    previous_model_id: int | None
    actor: str
    reason: str
    evidence: dict[str, Any]
    at: datetime


class LedgerPage(Schema):
    """Moves of aliases, newest first."""

    items: list[LedgerEntry]
    limit: int
    offset: int
    has_more: bool


class MlflowRun(Schema):
    """A model as MLflow has it."""

    model_id: int
    ticker: str
    model_type: str
    run_id: str
    status: str
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    artifact_uri: str
