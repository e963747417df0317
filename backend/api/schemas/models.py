"""The registry: models, their evidence and what served when."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from backend.api.schemas.common import GradedHorizon, Schema, TickerField


class ModelSummary(Schema):
    """A trained model, one line of the registry."""

    model_id: int
    ticker: str
    exchange: str
    source: str
    version: int
    model_type: str
    aliases: list[str] = Field(description="`champion`, `challenger`: those that it has at any horizon.")
    deployments: list["AliasInfo"] = Field(description="Its aliases by horizon.")
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
    trigger: dict[str, Any] | None = Field(description="Why it was trained, with the evidence, when no person asked.")
    deleted_at: datetime | None
    decisions: list["DecisionInfo"] = Field(
        description="What was found when it was compared with the champions of its day, newest first."
    )


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


class AliasInfo(Schema):
    """An alias of a model at a graded horizon."""

    alias: str
    horizon: int
    serves: Literal["model", "naive"] = Field(description="What the alias serves there, or would.")
    serves_reason: str
    at: datetime = Field(description="Since when.")


class DecisionInfo(Schema):
    """What was found when a model was compared with a champion."""

    horizon: int
    champion_id: int
    policy: Literal["off", "propose", "auto"]
    outcome: Literal["waiting", "kept", "proposed", "promoted"] = Field(
        description="`waiting`: it has not run in shadow for long enough. `kept`: the champion stays. `proposed`: the "
        "evidence is for this model. `promoted`: it serves."
    )
    reason: str
    evidence: dict[str, Any]
    at: datetime = Field(description="When the outcome became what it is.")
    looks: int = Field(description="How often the two were compared.")
    looked_at: datetime = Field(description="The last time: the evidence is of then.")


Horizons = Annotated[
    list[GradedHorizon] | None,
    Field(min_length=1, max_length=3, description="Graded horizons. Left out: all of them."),
]


class PromoteBody(Schema):
    """Make a model its ticker's champion."""

    reason: Reason
    horizons: Horizons = None
    force: bool = Field(
        default=False,
        description="Promote without evidence or against it; the ledger keeps that. Whether its own forecast serves "
        "is still decided by its record beside naive's.",
    )


class RollbackBody(Schema):
    """Give a ticker its previous champion back."""

    ticker: TickerField
    reason: Reason
    horizons: Horizons = None


class PolicyBody(Schema):
    """What becomes of challengers that have shown to be better."""

    policy: Literal["off", "propose", "auto"] = Field(
        description="`off`: nothing is compared. `propose`: a person decides. `auto`: promoted at once."
    )


class PolicyInfo(PolicyBody):
    """A ticker's policy."""

    ticker: str
    actor: str = Field(description="Who set it; `default` when nobody did.")
    at: datetime | None


class LedgerEntry(Schema):
    """A move of an alias."""

    id: int
    ticker: str
    alias: str
    horizon: int
    model_id: int | None
    previous_model_id: int | None
    serves: Literal["model", "naive"]
    serves_reason: str
    actor: str
    reason: str
    evidence: dict[str, Any]
    at: datetime
    mirrored_at: datetime | None = Field(description="When MLflow was told.")


class LedgerMoves(Schema):
    """What a promotion or a rollback moved, by horizon."""

    items: list[LedgerEntry]


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
