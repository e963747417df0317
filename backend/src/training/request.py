"""What someone may ask of a training. Light to import: the API checks requests with it."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from backend.src.training.models import MODEL_TYPES
from bellwether_contracts.market import Mic, Ticker


def _known(model_type: str) -> str:
    if model_type not in MODEL_TYPES:
        raise ValueError(f"no model type {model_type!r}; there are {', '.join(sorted(MODEL_TYPES))}")
    return model_type


ModelType = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": sorted(MODEL_TYPES)})]


class TrainRequest(BaseModel):
    """Train one model on the newest snapshot of a ticker. Two requests that mean the same compare equal."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ticker: Ticker
    exchange: Mic | None = Field(default=None, description="If given, it must be the exchange that the ticker has.")
    model_type: ModelType = "ridge"
    params: dict[str, Any] = Field(
        default_factory=dict, validate_default=True, description="Hyper-parameters of the model type."
    )
    seed: int = Field(default=42, ge=0, le=2**31 - 1)
    n_folds: int = Field(default=5, ge=2, le=10, description="Walk-forward folds.")
    source: Literal["yahoo", "files", "sample"] | None = Field(
        default=None, description="Whose series to train on; by default the one that is served."
    )

    @field_validator("params")
    @classmethod
    def _complete_params(cls, params: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        """Check the params against the model type and fill in its defaults."""
        if "model_type" not in info.data:
            return params
        return MODEL_TYPES[info.data["model_type"]].Params.model_validate(params).model_dump()
