import math

import numpy as np
import pytest

from backend.src.features.bands import conformal_interval, residual_bands, residuals_needed


@pytest.mark.parametrize(("level", "fewest"), [(50, 3), (80, 9), (95, 39)])
def test_the_fewest_residuals_give_their_extremes(level: int, fewest: int) -> None:
    assert residuals_needed(level) == fewest
    residuals = np.arange(fewest, dtype=float)
    assert conformal_interval(residuals, level) == (0.0, fewest - 1)
    with pytest.raises(ValueError, match="can't promise"):
        conformal_interval(residuals[:-1], level)


@pytest.mark.parametrize("level", [50, 80, 95])
@pytest.mark.parametrize("n", [39, 40, 99, 250, 1000])
def test_ranks_are_those_of_split_conformal_prediction(n: int, level: int) -> None:
    residuals = np.random.default_rng(n).normal(size=n)
    ordered = sorted(residuals)
    low = ordered[math.floor(round((n + 1) * (100 - level) / 200, 9)) - 1]
    high = ordered[math.ceil(round((n + 1) * (100 + level) / 200, 9)) - 1]
    assert conformal_interval(residuals, level) == (low, high)


def test_the_next_value_is_covered_as_promised_even_from_few_residuals() -> None:
    rng = np.random.default_rng(7)
    for level in (50, 80, 95):
        draws = rng.standard_t(3, size=(4000, 60))
        inside = 0
        for draw in draws:
            low, high = conformal_interval(draw[:-1], level)
            inside += low <= draw[-1] <= high
        assert inside / 4000 >= level / 100 - 0.02
        assert inside / 4000 <= level / 100 + 2 / 60 + 0.02


def test_bands_nest_and_widen_with_the_horizon() -> None:
    rng = np.random.default_rng(1)
    noisy = rng.normal(size=(300, 20)) * np.linspace(1, 1.1, 20)
    bands = residual_bands(noisy)
    for band in bands.values():
        assert (np.diff(band[:, 1] - band[:, 0]) >= 0).all()
    for inner, outer in ((50, 80), (80, 95)):
        assert (bands[outer][:, 0] <= bands[inner][:, 0]).all()
        assert (bands[outer][:, 1] >= bands[inner][:, 1]).all()


def test_unknown_outcomes_are_left_out() -> None:
    residuals = np.random.default_rng(2).normal(size=(100, 2))
    padded = np.vstack([residuals, np.full((5, 2), np.nan)])
    known, more = residual_bands(residuals), residual_bands(padded)
    assert all(np.array_equal(known[level], more[level]) for level in known)
