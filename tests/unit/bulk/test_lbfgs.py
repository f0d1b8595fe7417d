"""Limited-memory BFGS of many problems: each as if it were alone, and failures stay their own."""

import numpy as np

from innervate.bulk.lbfgs import minimize_each

SHIFTS = np.array([0.5, 1.0, 1.5, 2.0])


def rosenbrock(points, rows):
    """Return Rosenbrock's valleys, whose minima are at (a, a squared)."""
    a = SHIFTS[rows]
    x, y = points[:, 0], points[:, 1]
    bend = y - x**2
    slopes = np.column_stack([2 * (x - a) - 40 * x * bend, 20 * bend])
    return (x - a) ** 2 + 10 * bend**2 + 10, slopes


def test_each_problem_has_its_own_minimum():
    found, converged = minimize_each(rosenbrock, np.tile([-0.5, 1.0], (4, 1)))
    assert converged.all()
    np.testing.assert_allclose(found, np.column_stack([SHIFTS, SHIFTS**2]), atol=5e-3)


def test_a_problem_alone_ends_where_it_ends_beside_others():
    together, _ = minimize_each(rosenbrock, np.tile([-0.5, 1.0], (4, 1)))
    alone, _ = minimize_each(
        lambda points, rows: rosenbrock(points, rows + 2), np.array([[-0.5, 1.0]])
    )
    np.testing.assert_array_equal(alone[0], together[2])


def test_what_overflows_on_the_way_is_stepped_back_from():
    """Beyond 2 the function is infinite; the minimum is at 1."""

    def walled(points, _):
        beyond = points[:, 0] > 2
        value = np.where(beyond, np.inf, (points[:, 0] - 1) ** 2)
        return value, np.where(beyond, np.nan, 2 * (points[:, 0] - 1))[:, None]

    found, converged = minimize_each(walled, np.array([[-30.0]]))
    assert converged.all()
    np.testing.assert_allclose(found, 1, atol=1e-4)


def test_a_problem_that_fails_says_so_and_leaves_the_others():
    def broken(points, rows):
        value, slopes = rosenbrock(points, rows)
        value[rows == 1], slopes[rows == 3] = np.nan, np.inf
        return value, slopes

    found, converged = minimize_each(broken, np.tile([-0.5, 1.0], (4, 1)))
    assert converged.tolist() == [True, False, True, False]
    np.testing.assert_allclose(found[[0, 2], 0], SHIFTS[[0, 2]], atol=5e-3)
