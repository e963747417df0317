"""What someone may ask of a training. Light to import: the API checks requests with it."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from backend.src.training.models import MODEL_TYPES
from backend.src.training.models.base import ModelParams
from bellwether_contracts.market import Mic, Ticker


def _known(model_type: str) -> str:
    if model_type not in MODEL_TYPES:
        raise ValueError(f"no model type {model_type!r}; there are {', '.join(sorted(MODEL_TYPES))}")
    return model_type


ModelType = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": sorted(MODEL_TYPES)})]


ROLLING_SESSIONS = 1000
"""About four years."""


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
    tune: int = Field(
        default=0,
        ge=0,
        le=200,
        description="How many hyper-parameters to try inside each fold, on the rows it learns from; 0: none.",
    )
    window: Literal["expanding", "rolling"] = Field(
        default="expanding", description="Each fold learns from all that came before it, or from the newest of that."
    )
    window_sessions: int | None = Field(
        default=None, ge=100, le=10_000, validate_default=True, description="How many a rolling window holds."
    )
    source: Literal["yahoo", "files", "sample", "simulation", "planted"] | None = Field(
        default=None, description="Whose series to train on; by default the one that is served."
    )

    @field_validator("params")
    @classmethod
    def _complete_params(cls, params: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        """Check the params against the model type and fill in its defaults."""
        if "model_type" not in info.data:
            return params
        return MODEL_TYPES[info.data["model_type"]].Params.model_validate(params).model_dump()

    @field_validator("tune")
    @classmethod
    def _tunable(cls, tune: int, info: ValidationInfo) -> int:
        name = info.data.get("model_type")
        if tune and name and not MODEL_TYPES[name].Params.search_space:
            tunable = sorted(known for known, model in MODEL_TYPES.items() if model.Params.search_space)
            raise ValueError(f"{name} has nothing to tune; {', '.join(tunable)} have")
        return tune

    def model_params(self) -> ModelParams:
        """The hyper-parameters as the model type has them."""
        return MODEL_TYPES[self.model_type].Params.model_validate(self.params)

    @field_validator("window_sessions")
    @classmethod
    def _complete_window(cls, sessions: int | None, info: ValidationInfo) -> int | None:
        """A rolling window has a length, an expanding one has none."""
        rolling = info.data.get("window") == "rolling"
        if sessions is not None and not rolling:
            raise ValueError("an expanding window has no length: leave it out, or ask for a rolling one")
        return sessions if sessions is not None or not rolling else ROLLING_SESSIONS
