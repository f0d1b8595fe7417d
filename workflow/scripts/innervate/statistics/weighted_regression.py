"""Regressions of an outcome, fitted to many weightings of the patients at once.

A bootstrap refits its model thousands of times; a resample is a row of weights, so that Newton's
steps of all resamples are one batch of small linear systems.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from innervate.statistics.resampling import gram, in_chunks

STEPS = 60
CONVERGED = 1e-10
LONGEST_STEP = 3.0
SAFE = 0.1
"""Expected gain in log-likelihood below which Newton's step is taken whole."""

RUNAWAY = 10.0
"""Coefficient per standard deviation above which a column counts as separating the outcomes."""

LARGEST_VARIANCE = 1e6
"""Variance of such a coefficient above which its column separates outcomes and only drifts."""

Slopes = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""From coefficients and weights, both by draw, to gradient and information."""


def fit_logistic(design: np.ndarray, outcome: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Logistic regression of each weighting.

    Parameters
    ----------
    design
        Patients x columns, without an intercept.
    outcome
        0 or 1 by patient.
    weights
        Draws x patients.

    Returns
    -------
    ndarray
        Draws x columns, log odds ratios; NaN where a draw has one outcome only or separates them.
    """
    scaled, spread = _standardized(design)
    columns = np.column_stack([np.ones(len(design)), scaled])

    def slopes(beta: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mean = _logistic(beta @ columns.T)
        return (part * (outcome - mean)) @ columns, gram(columns, part * mean * (1 - mean))

    found, known = _newton(slopes, weights, columns.shape[1], columns.shape[1])
    events = weights @ outcome
    both = (events > 0) & (events < weights.sum(axis=1))
    return _finite(found[:, 1:], known[:, 1:] & both[:, None]) / spread


def fit_cox(
    design: np.ndarray, time: np.ndarray, event: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Cox regression of each weighting, ties by Efron, as `coxph(weights =)` of R's survival.

    Parameters
    ----------
    design
        Patients x columns.
    time, event
        By patient; event is 1 where it happened.
    weights
        Draws x patients.

    Returns
    -------
    ndarray
        Draws x columns, log hazard ratios; NaN where a draw has no event or no maximum.

    References
    ----------
    Efron 1977, doi:10.1080/01621459.1977.10480613.
    """
    columns, spread = _standardized(design)
    found, known = _hazards(columns, time, event, weights)
    return _finite(found, known & (weights @ event > 0)[:, None]) / spread


def _hazards(
    columns: np.ndarray, time: np.ndarray, event: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Log hazard ratios of standardized columns, and which of them the draw determines."""
    order = np.argsort(-time, kind="stable")
    columns = columns[order]
    happened = event[order].astype(float)
    first, last = _tied(time[order])

    def slopes(beta: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        risk = part * np.exp(np.clip(beta @ columns.T, -50, 50))
        earlier, share, at_risk = _efron(risk, part, happened, first, last)
        mean = np.cumsum(risk[:, :, None] * columns, axis=1)[:, last]
        mean -= earlier[:, :, None] * _of_group(
            (risk * happened)[:, :, None] * columns, first, last
        )
        mean = np.divide(mean, at_risk[:, :, None], out=np.zeros_like(mean), where=mean != 0)
        events = share * at_risk
        gradient = ((part * happened)[:, :, None] * columns - events[:, :, None] * mean).sum(axis=1)
        hazard = _hazard(share, earlier, happened, first, last)
        return gradient, gram(columns, risk * hazard) - gram(mean, events)

    return _newton(slopes, weights[:, order], columns.shape[1], 4 * columns.shape[1])


def _efron(
    risk: np.ndarray, weights: np.ndarray, happened: np.ndarray, first: np.ndarray, last: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Efron's terms, draws x patients sorted by falling time; zero where nothing happened.

    For each event: the share of the tied events that comes before it, its increment of the hazard,
    and the risk that it stands against. Tied events share their mean weight.
    """
    drawn = (weights > 0) * happened
    tied = _of_group(drawn, first, last)
    place = np.cumsum(drawn, axis=1) - np.cumsum(drawn, axis=1)[:, first] + drawn[:, first]
    earlier = drawn * np.divide(place - 1, tied, out=np.zeros_like(tied), where=tied > 0)
    at_risk = np.cumsum(risk, axis=1)[:, last]
    at_risk = at_risk - earlier * _of_group(risk * drawn, first, last)
    mean_weight = np.divide(
        _of_group(weights * drawn, first, last), tied, out=np.zeros_like(tied), where=tied > 0
    )
    share = np.divide(drawn * mean_weight, at_risk, out=np.zeros_like(at_risk), where=at_risk > 0)
    return earlier, share, at_risk


def _hazard(
    share: np.ndarray,
    earlier: np.ndarray,
    happened: np.ndarray,
    first: np.ndarray,
    last: np.ndarray,
) -> np.ndarray:
    """Cumulative hazard of each patient: at their own event, the part that Efron's ties leave."""
    hazard = np.cumsum(share[:, ::-1], axis=1)[:, ::-1][:, first]
    return hazard - happened * _of_group(share * earlier, first, last)


def _of_group(values: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Sum over the patients of the same time, for each of them; patients are the second axis."""
    total = np.cumsum(values, axis=1)
    return total[:, last] - total[:, first] + values[:, first]


def fit_proportional_odds(
    design: np.ndarray, grades: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Proportional-odds regression of each weighting.

    Parameters
    ----------
    design
        Patients x columns.
    grades
        Integers by patient, from 0; a draw that lacks a grade is fitted without it.
    weights
        Draws x patients.

    Returns
    -------
    ndarray
        Draws x columns, log odds ratios of a higher grade; NaN where a draw has one grade only
        or separates them.

    References
    ----------
    McCullagh 1980, doi:10.1111/j.2517-6161.1980.tb01109.x.
    """
    members = np.equal.outer(np.unique(grades), grades).astype(float)
    present = (weights @ members.T) > 0
    columns, spread = _standardized(design)
    coefficients = np.full((len(weights), design.shape[1]), np.nan)
    for pattern in np.unique(present, axis=0):
        rows = (present == pattern).all(axis=1)
        if pattern.sum() > 1:
            cuts = pattern.sum() - 1
            found, known = _ordered(columns, members[pattern], weights[rows])
            coefficients[rows] = _finite(found[:, cuts:], known[:, cuts:])
    return coefficients / spread


def _ordered(
    columns: np.ndarray, members: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Thresholds, then slopes, by Fisher scoring with every grade present.

    `columns` are standardized, `members` is grades x patients; which unknowns a draw determines
    comes second.
    """
    cuts = len(members) - 1
    share = (weights @ members.T) / weights.sum(axis=1, keepdims=True)
    below = np.cumsum(share, axis=1)[:, :-1]
    start = np.column_stack(
        [np.log(below / (1 - below)), np.zeros((len(weights), columns.shape[1]))]
    )

    def slopes(beta: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shape = (len(part), len(columns), beta.shape[1])
        gradient, information = np.zeros(beta.shape), np.zeros((len(part), *2 * [beta.shape[1]]))
        chance, slope = _cumulative(beta, columns, cuts)
        for grade in range(cuts + 1):
            share = np.maximum(chance[grade + 1] - chance[grade], 1e-12)
            change = np.zeros(shape)
            if grade < cuts:
                change[:, :, grade] += slope[grade + 1]
            if grade > 0:
                change[:, :, grade - 1] -= slope[grade]
            change[:, :, cuts:] = -(slope[grade + 1] - slope[grade])[:, :, None] * columns
            observed = part * members[grade] / share
            gradient += (observed[:, :, None] * change).sum(axis=1)
            information += gram(change, part / share)
        return gradient, information

    return _newton(slopes, weights, start.shape[1], 3 * start.shape[1], start)


def _cumulative(
    beta: np.ndarray, columns: np.ndarray, cuts: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Chance of at most each grade, and its slope, from below the lowest to the highest."""
    predicted = beta[:, cuts:] @ columns.T
    inner = [_logistic(beta[:, cut, None] - predicted) for cut in range(cuts)]
    zero = np.zeros_like(predicted)
    chance = [zero, *inner, zero + 1]
    return chance, [zero, *(one * (1 - one) for one in inner), zero]


def null_residual(
    kind: str, outcome: np.ndarray | tuple[np.ndarray, np.ndarray], covariates: np.ndarray
) -> np.ndarray:
    """What a model of the covariates alone leaves of an outcome, by patient.

    Its product with a further column is the score statistic of adding that column.

    Parameters
    ----------
    kind
        ``binary``, ``ordinal`` or ``survival``.
    outcome
        0 or 1; grades from 0; or time and event, a pair or two columns.
    covariates
        Patients x columns; may have none.

    Returns
    -------
    ndarray
        Observed minus expected: of an outcome, of the grade's score, or of events (martingale
        residual). Positive where the grade is higher, or the event sooner, than expected.
    """
    once = np.ones((1, len(covariates)))
    columns, _ = _standardized(covariates)
    if kind == "survival":
        time, event = outcome if isinstance(outcome, tuple) else outcome.T
        beta = np.zeros(columns.shape[1])
        if covariates.shape[1]:
            beta = _hazards(columns, time, event, once)[0][0]
        return _martingale(columns @ beta, time, event)
    members = np.equal.outer(np.unique(outcome), outcome).astype(float)
    beta, _ = _ordered(columns, members, once)
    cuts = len(members) - 1
    chance, slope = _cumulative(beta, columns, cuts)
    change = [slope[grade] - slope[grade + 1] for grade in range(cuts + 1)]
    share = [chance[grade + 1] - chance[grade] for grade in range(cuts + 1)]
    return (members * np.vstack(change) / np.maximum(np.vstack(share), 1e-12)).sum(axis=0)


def _martingale(predicted: np.ndarray, time: np.ndarray, event: np.ndarray) -> np.ndarray:
    """Observed minus expected events by patient, ties by Efron."""
    order = np.argsort(-time, kind="stable")
    happened = event[order].astype(float)
    first, last = _tied(time[order])
    risk = np.exp(predicted[order])[None]
    earlier, share, _ = _efron(risk, np.ones_like(risk), happened, first, last)
    residual = np.empty(len(time))
    residual[order] = happened - (risk * _hazard(share, earlier, happened, first, last))[0]
    return residual


def _newton(
    slopes: Slopes, weights: np.ndarray, unknowns: int, width: int, start: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Maximize the likelihood of every draw; rows that do not converge are NaN.

    Also says, draws x unknowns, which the draw determines: not those of a column that depends on
    others in it, nor those whose likelihood has no maximum.
    """
    parts, done = [], 0
    for part in in_chunks(weights, width):
        beta = np.zeros((len(part), unknowns))
        if start is not None:
            beta = start[done : done + len(part)].copy()
        done += len(part)
        known = np.zeros(beta.shape, bool)
        moving, damping, before = np.ones(len(part), bool), np.ones(len(part)), np.inf
        for _ in range(STEPS):
            gradient, information = slopes(beta[moving], part[moving])
            inverse = np.linalg.pinv(information, rcond=1e-12, hermitian=True)
            alone = np.einsum("bij,bji->bi", inverse, information) > 1 - 1e-6
            known[moving] = alone & (np.einsum("bii->bi", inverse) < LARGEST_VARIANCE)
            step = (inverse @ gradient[:, :, None])[:, :, 0]
            gain = (gradient * step).sum(axis=1)
            # Full steps may jump to and fro across the maximum; near it they are safe.
            damping = np.where(gain > before, damping / 2, np.where(gain < SAFE, 1, damping))
            longest = np.abs(step).max(axis=1)
            length = np.minimum(damping, LONGEST_STEP / np.maximum(longest, 1e-300))
            beta[moving] += step * length[:, None]
            # The gain in likelihood, not the step: an indicator that separates outcomes drifts
            # for ever, and does no harm to the other columns.
            going = gain > CONVERGED
            damping, before = damping[going], gain[going]
            moving[moving] = going
            if not moving.any():
                break
        beta[moving] = np.nan
        parts.append((beta, known))
    found, determined = zip(*parts, strict=True)
    return np.concatenate(found), np.concatenate(determined)


def _finite(found: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.where(known & (np.abs(found) <= RUNAWAY), found, np.nan)


def _standardized(design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns of mean 0 and standard deviation 1, and what they were divided by."""
    spread = np.where(np.ptp(design, axis=0) > 0, design.std(axis=0), 1.0)
    return (design - design.mean(axis=0)) / spread, spread


def _tied(times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last place of each time among equal ones, of sorted times."""
    _, group = np.unique(-times, return_inverse=True)
    last = np.searchsorted(group, group, side="right") - 1
    return np.searchsorted(group, group, side="left"), last


def _logistic(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(values, -50, 50)))
