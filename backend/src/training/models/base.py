"""What a model type is. A new one is a class in a file of its own in this folder.

The folder is read by the API to check requests, so a file imports its learning library inside its methods only.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Inputs = NDArray[np.float32]
"""[n, F] rows of `FEATURE_NAMES`."""

Returns = NDArray[np.float64]
"""[n, H] log returns of the adjusted close over 1 to H sessions."""

INPUT_NAME = "features"
OUTPUT_NAME = "log_return"
THREADS = 1
"""A learner's threads. One: sums in another order would give another model from the same seed."""


@dataclass(frozen=True, slots=True)
class Range:
    """Where a hyper-parameter is searched for, both ends included: an integer between integers, else a number."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True, slots=True)
class Peers:
    """Rows of other tickers that a pooled model learns from as well.

    Attributes:
        x: [m, F] features.
        y: [m, H] log returns that came.
        codes: [m] the ticker of each row, as a number.
        own_code: The number of the ticker that is forecast.
    """

    x: Inputs
    y: Returns
    codes: NDArray[np.int64]
    own_code: int

    def at(self, columns: Sequence[int]) -> "Peers":
        """The same rows with some of the returns."""
        return replace(self, y=self.y[:, columns])


class ModelParams(BaseModel):
    """Hyper-parameters of a model type, each with its bounds.

    Attributes:
        search_space: What tuning may choose, and where. Empty: there is nothing to tune.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    search_space: ClassVar[Mapping[str, Range]] = {}

    @property
    def peer_limit(self) -> int:
        """How many other tickers' rows the model learns from at most."""
        return 0


class ForecastModel(ABC):
    """Learns the log returns of every horizon directly from one feature row.

    Attributes:
        name: What a request calls it.
        libraries: The packages whose versions decide what it learns.
        tolerance: The largest difference allowed between its own answer and its ONNX graph's, in log return.
    """

    name: ClassVar[str]
    Params: ClassVar[type[ModelParams]] = ModelParams
    libraries: ClassVar[tuple[str, ...]] = ()
    tolerance: ClassVar[float] = 1e-5

    def __init__(self, params: Any, seed: int, peers: Peers | None = None) -> None:
        self.params = params
        self.seed = seed
        self.peers = peers

    @abstractmethod
    def fit(self, x: Inputs, y: Returns) -> Self:
        """Learn from rows in order of time."""

    @abstractmethod
    def predict(self, x: Inputs) -> Returns:
        """Forecast [n, H] log returns."""

    @abstractmethod
    def to_onnx(self) -> bytes:
        """The fitted model as a graph from `features` float32 [n, F] to `log_return` float32 [n, H]."""
