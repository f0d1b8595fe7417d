"""The mixture recovers planted states, and does not invent one that is absent."""

import numpy as np
import pytest

from innervate.macrophages.fractions import shrunken_fractions
from innervate.macrophages.mixture import fit_states


def draw(table, n=1500, distance=3.0, seed=0):
    """Two axes with states 0 and `distance`; `table` gives the four combinations' shares."""
    rng = np.random.default_rng(seed)
    state = rng.choice(4, size=n, p=np.ravel(table))
    truth = np.column_stack([state // 2, state % 2])
    return truth * distance + rng.normal(0, 1, (n, 2)), truth


def test_planted_states_are_recovered():
    scores, truth = draw([[0.3, 0.4], [0.25, 0.05]])
    found = fit_states(scores, 1.5, 0.03)
    assert found.table == pytest.approx(np.array([[0.3, 0.4], [0.25, 0.05]]), abs=0.05)
    assert found.means[0] == pytest.approx([0, 3], abs=0.2)
    assert found.spread == pytest.approx((1, 1), abs=0.1)
    posterior = found.posterior(scores)
    assert posterior.sum(axis=(1, 2)) == pytest.approx(np.ones(len(scores)))
    called = posterior.reshape(len(scores), 4).argmax(axis=1)
    assert (called == truth[:, 0] * 2 + truth[:, 1]).mean() > 0.85


def test_an_absent_state_is_not_invented():
    for seed in range(20):
        scores, _ = draw([[0.5, 0.5], [0.0, 0.0]], n=400, seed=seed)
        found = fit_states(scores, 1.5, 0.03)
        assert len(found.means[0]) == 1
        assert len(found.means[1]) == 2


def test_one_cloud_is_one_state():
    invented = 0
    for seed in range(20):
        scores, _ = draw([[1.0, 0.0], [0.0, 0.0]], n=400, seed=seed)
        found = fit_states(scores, 1.5, 0.03)
        invented += max(map(len, found.means)) > 1
    assert invented == 0


def test_fractions_by_hand_with_jeffreys_prior():
    estimates = shrunken_fractions(np.array([3.0]), np.array([10.0]))
    assert estimates[0, 0] == pytest.approx(3.5 / 11)
    assert np.isnan(shrunken_fractions(np.array([0.0]), np.array([0.0]))).all()


def test_intervals_narrow_with_cells_and_lean_on_others_where_there_are_few():
    positive = np.array([40.0, 50, 60, 45, 55, 0])
    total = np.array([100.0, 100, 100, 100, 100, 2])
    estimates = shrunken_fractions(positive, total)
    width = estimates[:, 2] - estimates[:, 1]
    assert width[5] > width[0]
    assert 0.3 < estimates[5, 0] < 0.5, "two cells of none do not make a share of 0"


def test_intervals_cover_the_truth():
    rng = np.random.default_rng(4)
    hits = []
    for _ in range(60):
        truth = rng.beta(4, 5, 12)
        total = rng.integers(5, 80, 12)
        estimates = shrunken_fractions(rng.binomial(total, truth).astype(float), total)
        hits += list((estimates[:, 1] <= truth) & (truth <= estimates[:, 2]))
    # 720 intervals: three standard errors are 0.024
    assert np.mean(hits) == pytest.approx(0.95, abs=0.03)
