"""Bootstrap and permutation over patients, all draws at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats

from innervate.statistics.conventions import CONFIDENCE

CHUNK = 4_000_000
"""Numbers in a temporary array, above which the draws are taken in parts: some 32 MB."""

Statistic = Callable[[np.ndarray], np.ndarray]
"""From weights, draws x patients, to one number a draw."""


def bootstrap_weights(patients: int, draws: int, seed: int) -> np.ndarray:
    """How often each patient is drawn, draws x patients."""
    generator = np.random.default_rng(seed)
    return generator.multinomial(patients, np.full(patients, 1 / patients), draws).astype(float)


def interval(
    estimate: float, statistic: Statistic, patients: int, draws: int, seed: int
) -> tuple[float, float]:
    """Bias-corrected and accelerated bootstrap interval over patients.

    Parameters
    ----------
    estimate
        The statistic of the patients as they are.
    statistic
        Of weighted patients; NaN where a resample does not define it.
    patients, draws
        Numbers of them.
    seed
        Of the resamples.

    Returns
    -------
    tuple
        Low and high end of the 95 % interval; NaN where a tenth of the resamples or more leave
        the statistic undefined.

    References
    ----------
    Efron 1987, doi:10.1080/01621459.1987.10478410.
    """
    values = statistic(bootstrap_weights(patients, draws, seed))
    values = values[np.isfinite(values)]
    jackknife = statistic(1 - np.eye(patients))
    if len(values) < 0.9 * draws or not np.isfinite(jackknife).all():
        return np.nan, np.nan
    below = (np.mean(values < estimate) + np.mean(values <= estimate)) / 2
    bias = stats.norm.ppf(np.clip(below, 0.5 / len(values), 1 - 0.5 / len(values)))
    influence = jackknife.mean() - jackknife
    size = (influence**2).sum() ** 1.5
    acceleration = (influence**3).sum() / (6 * size) if size > 0 else 0.0
    reach = bias + stats.norm.ppf([(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    levels = stats.norm.cdf(bias + reach / (1 - acceleration * reach))
    low, high = np.quantile(values, levels)
    return float(low), float(high)


def in_chunks(weights: np.ndarray, columns: int) -> Iterator[np.ndarray]:
    """Parts of the draws, so that draws x patients x columns stays small."""
    rows = max(1, CHUNK // (weights.shape[1] * columns))
    for start in range(0, len(weights), rows):
        yield weights[start : start + rows]


def weighted_ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mid-ranks of the patients in each resample.

    Parameters
    ----------
    values
        By patient.
    weights
        Draws x patients: how often each is in the resample.

    Returns
    -------
    ndarray
        Draws x patients; equal to ranking a resample with its patients repeated.
    """
    _, first, group = np.unique(np.sort(values), return_index=True, return_inverse=True)
    order = np.argsort(values, kind="stable")
    count = np.add.reduceat(weights[:, order], first, axis=1)
    upto = np.cumsum(count, axis=1)
    ranks = np.empty_like(weights)
    ranks[:, order] = (upto - count / 2 + 0.5)[:, group]
    return ranks


def gram(columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted cross products.

    Parameters
    ----------
    columns
        Patients x columns, or draws x patients x columns.
    weights
        Draws x patients.

    Returns
    -------
    ndarray
        Draws x columns x columns.
    """
    weighted = columns * weights[:, :, None]
    return np.swapaxes(weighted, 1, 2) @ columns


def schur_complement(products: np.ndarray, covariates: int) -> np.ndarray:
    """Schur complement: cross products of the last columns once the first are taken out.

    Parameters
    ----------
    products
        Draws x columns x columns.
    covariates
        Number of columns, from the first, to take out; a resample may make them dependent.
    """
    inner, across = products[:, :covariates, :covariates], products[:, :covariates, covariates:]
    inverse = np.linalg.pinv(inner, rcond=1e-10, hermitian=True)
    return products[:, covariates:, covariates:] - np.swapaxes(across, 1, 2) @ inverse @ across


def partial_rank_correlation(
    source: np.ndarray, target: np.ndarray, covariates: np.ndarray
) -> Statistic:
    """Partial Spearman correlation of resampled patients; ranks are taken within each resample.

    Parameters
    ----------
    source, target
        By patient.
    covariates
        Patients x columns, taken as ranks.

    Returns
    -------
    callable
        From weights to correlations; NaN where the covariates leave nothing of an end.
    """
    names = [*covariates.T, source, target]

    def statistic(weights: np.ndarray) -> np.ndarray:
        found = []
        for part in in_chunks(weights, len(names) + 1):
            ranks = [weighted_ranks(values, part) for values in names]
            total = part.sum(axis=1, keepdims=True)
            centred = [r - (r * part).sum(axis=1, keepdims=True) / total for r in ranks]
            products = gram(np.stack(centred, axis=2), part)
            # On one scale the rank of the covariates' products is well defined.
            scale = np.sqrt(np.maximum(np.einsum("bii->bi", products), 1e-12))
            products /= scale[:, :, None] * scale[:, None, :]
            left = schur_complement(products, len(names) - 2)
            size = left[:, 0, 0] * left[:, 1, 1]
            safe = (left[:, 0, 0] > 1e-9) & (left[:, 1, 1] > 1e-9)
            found.append(np.where(safe, left[:, 0, 1] / np.sqrt(np.where(safe, size, 1)), np.nan))
        return np.clip(np.concatenate(found), -1, 1)

    return statistic


def freedman_lane(
    source: np.ndarray, target: np.ndarray, basis: np.ndarray, draws: int, seed: int
) -> float:
    """P-value of a partial correlation by permuting residuals.

    Parameters
    ----------
    source, target
        What the covariates leave of either end, by patient.
    basis
        Patients x columns: orthonormal basis of the covariates and the intercept.
    draws
        Permutations.
    seed
        Of the permutations.

    Returns
    -------
    float
        Two-sided; at least 1 / (draws + 1).

    References
    ----------
    Freedman and Lane 1983, doi:10.1080/07350015.1983.10509354; Winkler 2014,
    doi:10.1016/j.neuroimage.2014.01.060; Phipson and Smyth 2010, doi:10.2202/1544-6115.1585.
    """
    observed = abs(source @ target) / np.linalg.norm(target)
    beyond = 0
    for shuffled in _shuffled(target, draws, seed):
        size = (shuffled**2).sum(axis=1) - ((shuffled @ basis) ** 2).sum(axis=1)
        statistic = np.abs(shuffled @ source) / np.sqrt(np.maximum(size, 1e-12))
        beyond += int((statistic >= observed * (1 - 1e-9)).sum())
    return (1 + beyond) / (draws + 1)


def permuted_score(source: np.ndarray, residual: np.ndarray, draws: int, seed: int) -> float:
    """P-value of a score test by permuting what the covariates leave of the source.

    Parameters
    ----------
    source
        What the covariates leave of it, by patient.
    residual
        What the model without it leaves of the outcome, by patient.
    draws, seed
        As in `freedman_lane`.

    References
    ----------
    Potter 2005, doi:10.1002/sim.1931, for the permutation of the regressor's residuals.
    """
    observed = abs(source @ residual) * (1 - 1e-9)
    beyond = sum(
        int((np.abs(shuffled @ residual) >= observed).sum())
        for shuffled in _shuffled(source, draws, seed)
    )
    return (1 + beyond) / (draws + 1)


def _shuffled(values: np.ndarray, draws: int, seed: int) -> Iterator[np.ndarray]:
    generator = np.random.default_rng(seed)
    rows = max(1, CHUNK // len(values))
    for start in range(0, draws, rows):
        count = min(rows, draws - start)
        yield generator.permuted(np.tile(values, (count, 1)), axis=1)
