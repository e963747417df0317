"""How the model of each fold is made, as a request wants it."""

from collections.abc import Callable
from typing import Any

from backend.src.training.models import MODEL_TYPES, ForecastModel
from backend.src.training.models.base import ModelParams, Peers
from backend.src.training.panel import Panel, last_known
from backend.src.training.request import TrainRequest
from backend.src.training.tuning import GRADED_COLUMNS, Choice, tune
from backend.src.training.walk_forward import TrainingRows


class Recipe:
    """Makes models: tuned on the rows they will learn from, with what other tickers had shown by then.

    Attributes:
        choices: What was chosen for the rows from the first to before the second number, in the order of the models.
            The first choice stands: a leak report makes the same models again, of histories with another future.
    """

    def __init__(
        self,
        request: TrainRequest,
        panel: Panel | None = None,
        on_trial: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Read the request.

        Args:
            request: What to train.
            panel: The rows of other tickers, for a type that learns from them.
            on_trial: Called before each trial with its number; an error it raises ends the work.
        """
        self._request = request
        self._type = MODEL_TYPES[request.model_type]
        self._given = request.model_params()
        self._panel = panel
        self._on_trial = on_trial
        self.choices: dict[tuple[int, int], Choice] = {}

    def __call__(self, rows: TrainingRows, learn: slice) -> ForecastModel:
        """A fresh model for rows to learn from; nothing after their labels is looked at."""
        params = self._tuned(rows, learn) if self._request.tune else self._given
        return self._type(params, self._request.seed, self._peers(rows, learn))

    def as_json(self) -> dict[str, Any]:
        """The tuning and the panel as they are stored with a model: what was chosen in each fold, and in the end."""
        found: dict[str, Any] = {"panel": self._panel.as_json()} if self._panel else {}
        if self.choices:
            *folds, final = (choice.as_json() for choice in self.choices.values())
            found["tuning"] = {"given": self._request.params, "folds": folds, "final": final}
        return found

    def _tuned(self, rows: TrainingRows, learn: slice) -> ModelParams:
        def make_trial(params: ModelParams, inner: slice) -> ForecastModel:
            peers = self._peers(rows, inner)
            return self._type(params, self._request.seed, peers.at(GRADED_COLUMNS) if peers else None)

        request = self._request
        choice = tune(self._given, make_trial, rows, learn, request.tune, request.seed, self._on_trial)
        self.choices.setdefault((learn.start, learn.stop), choice)
        return choice.params

    def _peers(self, rows: TrainingRows, learn: slice) -> Peers | None:
        return self._panel.known(last_known(rows, learn)) if self._panel else None
