import subprocess
import sys

import numpy as np
import onnxruntime as ort
import pytest
from pydantic import ValidationError

from backend.src.training.export import ParityError, export
from backend.src.training.models import MODEL_TYPES, ForecastModel
from backend.src.training.models.base import Inputs, Returns
from backend.src.training.models.naive import NaiveModel
from backend.src.training.request import TrainRequest
from backend.src.training.splits import walk_forward
from backend.src.training.walk_forward import TrainingRows, run_folds
from backend.tests.sample_bars import sample_bars

EVERY_TYPE = sorted(MODEL_TYPES)


@pytest.fixture(scope="module")
def rows() -> TrainingRows:
    return TrainingRows(sample_bars("GOOG").iloc[:700])


def make(name: str, seed: int = 42) -> ForecastModel:
    model_type = MODEL_TYPES[name]
    return model_type(model_type.Params(), seed)


@pytest.mark.parametrize("name", EVERY_TYPE)
def test_the_exported_graph_answers_like_the_model_for_rows_it_never_saw(name: str, rows: TrainingRows) -> None:
    model = make(name).fit(rows.x[:500], rows.y[:500])
    session = ort.InferenceSession(model.to_onnx(), providers=["CPUExecutionProvider"])
    (answer,) = session.run(["log_return"], {"features": rows.x[500:]})
    assert answer.dtype == np.float32
    assert answer.shape == (len(rows.sessions) - 500, 20)
    np.testing.assert_allclose(answer, model.predict(rows.x[500:]), atol=1e-6)


@pytest.mark.parametrize("name", EVERY_TYPE)
def test_the_same_seed_gives_the_same_file(name: str, rows: TrainingRows) -> None:
    labelled = slice(0, len(rows))
    first, second = (make(name).fit(rows.x[labelled], rows.y[labelled]).to_onnx() for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", EVERY_TYPE)
def test_a_fold_learns_nothing_from_rows_after_its_training(name: str, rows: TrainingRows) -> None:
    folds = walk_forward(len(rows), 3)[:1]
    honest = run_folds(rows, folds, lambda *_: make(name), lambda *_: None)
    spoiled = TrainingRows(sample_bars("GOOG").iloc[:700])
    spoiled.y, spoiled.har_y = rows.y.copy(), rows.har_y.copy()
    spoiled.y[folds[0].train_stop :] = 9.0
    spoiled.har_y[folds[0].train_stop :] = 9.0
    found = run_folds(spoiled, folds, lambda *_: make(name), lambda *_: None)
    assert np.array_equal(found.forecast, honest.forecast)
    assert np.array_equal(found.sigma, honest.sigma)


def test_horizons_are_forecast_each_on_its_own(rows: TrainingRows) -> None:
    for name in ("ridge", "lightgbm"):
        path = make(name).fit(rows.x[:500], rows.y[:500]).predict(rows.x[-1:])[0]
        assert len(set(path)) == 20


def test_an_export_that_answers_otherwise_is_refused(rows: TrainingRows) -> None:
    class Liar(NaiveModel):
        name = "liar"

        def predict(self, x: Inputs) -> Returns:
            return super().predict(x) + 1e-3

    liar = Liar(Liar.Params(), 1).fit(rows.x[:500], rows.y[:500])
    with pytest.raises(ParityError, match=r"liar model differs .* by 0\.001"):
        export(liar, rows.x)


def test_a_request_is_completed_so_that_equal_wishes_are_equal() -> None:
    assert TrainRequest(ticker="AAPL") == TrainRequest(ticker="AAPL", model_type="ridge", params={"alpha": 1000})


@pytest.mark.parametrize(
    ("wish", "where", "words"),
    [
        ({"model_type": "prophet"}, ("model_type",), "there are drift, lightgbm, "),
        ({"params": {"alpha": -1}}, ("params", "alpha"), "greater than 0"),
        ({"params": {"beta": 1}}, ("params", "beta"), "not permitted"),
        ({"model_type": "lightgbm", "params": {"n_estimators": 10**6}}, ("params", "n_estimators"), "less than"),
        ({"ticker": "../etc/passwd"}, ("ticker",), "pattern"),
        ({"n_folds": 1}, ("n_folds",), "greater than or equal to 2"),
        ({"shuffle": True}, ("shuffle",), "not permitted"),
    ],
)
def test_a_request_that_can_not_be_is_refused_with_what_may_be(
    wish: dict[str, object], where: tuple[str, ...], words: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        TrainRequest.model_validate({"ticker": "AAPL", **wish})
    (error,) = caught.value.errors()
    assert error["loc"] == where
    assert words in error["msg"]


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        (
            "backend.src.training.request",
            ("sklearn", "lightgbm", "optuna", "onnx", "skl2onnx", "mlflow", "pandas", "scipy"),
        ),
        ("backend.src.inference.forecaster", ("sklearn", "lightgbm", "skl2onnx", "onnxmltools", "mlflow", "scipy")),
        ("backend.src.registry.run_reader", ("mlflow", "pandas")),
    ],
)
def test_heavy_libraries_stay_in_the_training_process(module: str, heavy: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print(*sorted(set(sys.modules) & set({heavy!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
