import itertools
import subprocess
import sys

import numpy as np
import onnxruntime as ort
import pytest
from pydantic import ValidationError

from backend.src.features.bands import conformal_interval, residuals_needed
from backend.src.training.evaluation import FoldResult, band_coverage
from backend.src.training.export import ParityError, export
from backend.src.training.models import MODEL_TYPES, ForecastModel
from backend.src.training.models.base import Inputs, Returns
from backend.src.training.models.naive import NaiveModel
from backend.src.training.request import TrainRequest
from backend.src.training.splits import Fold, walk_forward
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
    assert answer.shape == (len(rows) - 500, 20)
    np.testing.assert_allclose(answer, model.predict(rows.x[500:]), atol=1e-6)


@pytest.mark.parametrize("name", EVERY_TYPE)
def test_the_same_seed_gives_the_same_file(name: str, rows: TrainingRows) -> None:
    first, second = (make(name).fit(rows.x, rows.y).to_onnx() for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", EVERY_TYPE)
def test_a_fold_learns_nothing_from_rows_after_its_training(name: str, rows: TrainingRows) -> None:
    folds = walk_forward(len(rows), 3)[:1]
    honest = run_folds(rows, folds, lambda: make(name), lambda _: None)[0]
    spoiled = TrainingRows(sample_bars("GOOG").iloc[:700])
    spoiled.y = rows.y.copy()
    spoiled.y[folds[0].train_stop :] = 9.0
    assert np.array_equal(run_folds(spoiled, folds, lambda: make(name), lambda _: None)[0].forecast, honest.forecast)


def test_horizons_are_forecast_each_on_its_own(rows: TrainingRows) -> None:
    for name in ("ridge", "lightgbm"):
        path = make(name).fit(rows.x, rows.y).predict(rows.x[-1:])[0]
        assert len(set(path)) == 20


def test_an_export_that_answers_otherwise_is_refused(rows: TrainingRows) -> None:
    class Liar(NaiveModel):
        name = "liar"

        def predict(self, x: Inputs) -> Returns:
            return super().predict(x) + 1e-3

    liar = Liar(Liar.Params(), 1).fit(rows.x, rows.y)
    with pytest.raises(ParityError, match=r"liar model differs .* by 0\.001"):
        export(liar, rows.x)


def test_band_coverage_uses_only_what_was_known_when_a_fold_began() -> None:
    rng = np.random.default_rng(5)
    n, cuts = 240, (0, 60, 120, 180, 240)
    actual = rng.normal(size=(n, 3)) * np.linspace(1, 3, n)[:, None]
    forecast = np.zeros((n, 3))
    folds = [Fold(i + 1, 0, a, b) for i, (a, b) in enumerate(itertools.pairwise(cuts))]
    tested = [FoldResult(f, forecast[f.test_start : f.test_stop], actual[f.test_start : f.test_stop]) for f in folds]
    found = band_coverage(tested)
    for level in (50, 80, 95):
        for h in (1, 2, 3):
            inside = []
            for fold in folds[1:]:
                known = [actual[t, h - 1] for t in range(n) if t + h <= fold.test_start]
                assert len(known) >= residuals_needed(level)
                low, high = conformal_interval(np.array(known), level)
                inside += [low <= actual[t, h - 1] <= high for t in range(fold.test_start, fold.test_stop)]
            assert found[str(level)][h - 1] == {"coverage": np.mean(inside), "rows": len(inside)}


def test_a_request_is_completed_so_that_equal_wishes_are_equal() -> None:
    assert TrainRequest(ticker="AAPL") == TrainRequest(ticker="AAPL", model_type="ridge", params={"alpha": 1000})


@pytest.mark.parametrize(
    ("wish", "where", "words"),
    [
        ({"model_type": "prophet"}, ("model_type",), "there are lightgbm, naive, ridge"),
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
        ("backend.src.training.request", ("sklearn", "lightgbm", "onnx", "skl2onnx", "mlflow", "pandas", "scipy")),
        ("backend.src.inference.forecaster", ("sklearn", "lightgbm", "skl2onnx", "onnxmltools", "mlflow", "scipy")),
        ("backend.src.registry.run_reader", ("mlflow", "pandas")),
    ],
)
def test_heavy_libraries_stay_in_the_training_process(module: str, heavy: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print(*sorted(set(sys.modules) & set({heavy!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
