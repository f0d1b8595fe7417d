"""Random gene sets that resemble a given one: the background of every score."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from innervate.genes.sets import GeneSet
from innervate.scoring.expression import Expression

MEAN_BINS, SPREAD_BINS = 12, 6


def strata(expression: Expression) -> pd.Series:
    """Stratum of each expressed gene: bins of mean, and within them bins of spread."""
    values = expression.values.loc[:, expression.expressed]
    frame = pd.DataFrame({"mean": values.mean(), "spread": values.std()})
    frame["mean_bin"] = _bins(frame["mean"], MEAN_BINS)
    spread_bin = frame.groupby("mean_bin")["spread"].transform(lambda x: _bins(x, SPREAD_BINS))
    return (frame["mean_bin"] * SPREAD_BINS + spread_bin).astype(int)


def _bins(values: pd.Series, count: int) -> pd.Series:
    ranks = values.rank(method="first") - 1
    return (ranks * count // len(values)).astype(int)


def random_weights(
    gene_set: GeneSet, expression: Expression, draws: int, seed: int
) -> sparse.csr_matrix:
    """Weights of random sets that match a set gene by gene in mean expression and spread.

    Parameters
    ----------
    gene_set
        Each of its expressed genes is replaced by one of the same stratum, never by a gene of
        the set itself, and hands on its weight.
    expression
        Of the tissue.
    draws
        Number of random sets.
    seed
        Of the draws.

    Returns
    -------
    csr_matrix
        Draws x expressed genes; each row's absolute weights sum to 1. Times the transposed
        z matrix it gives all random scores at once.
    """
    genes = expression.z.columns
    stratum = strata(expression)
    members = expression.found(gene_set)
    own = set(members)
    pools = {
        key: np.array([genes.get_loc(gene) for gene in rows.index if gene not in own])
        for key, rows in stratum.groupby(stratum)
    }
    weights = dict(zip(gene_set.genes, gene_set.weights, strict=True))
    generator = np.random.default_rng(seed)
    columns, data = [], []
    for gene in members:
        pool = pools[stratum[gene]]
        if not len(pool):
            pool = np.setdiff1d(np.arange(len(genes)), [genes.get_loc(name) for name in own])
        columns.append(generator.choice(pool, size=draws))
        data.append(np.full(draws, weights[gene]))
    total = np.abs([weights[gene] for gene in members]).sum()
    rows = np.tile(np.arange(draws), len(members))
    values = np.concatenate(data) / total
    return sparse.csr_matrix((values, (rows, np.concatenate(columns))), shape=(draws, len(genes)))


def background_share(gene_set: GeneSet, expression: Expression, draws: int, seed: int) -> pd.Series:
    """Share of matched random sets that a set's score exceeds, in each sample.

    Returns
    -------
    Series
        By sample, between 0 and 1; under no signal it is uniform.
    """
    random = random_weights(gene_set, expression, draws, seed)
    scores = random @ expression.z.to_numpy().T
    observed = expression.set_score(gene_set).to_numpy()
    return pd.Series((scores < observed).mean(axis=0), index=expression.z.index)
