"""How much of a sample's counts is ambient RNA, from its empty droplets.

The idea is that of SoupX (Young & Behjati 2020, doi:10.1093/gigascience/giaa151): what a cell
shows of genes that its lineage does not express came from the soup, whose composition the empty
droplets give. Counts are not corrected: the estimate says how far to trust weak expression.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import anndata as ad
import numpy as np
import pandas as pd
from scipy import sparse
from scipy.stats import poisson

from innervate.genes.sets import GeneSet

EMPTY_COUNTS = (1, 100)
"""Counts of a droplet that is taken to hold no cell."""

MIN_EMPTY_TOTAL = 5_000
"""Ambient counts below which their composition is not known well enough."""

TAIL = 0.001
"""Probability beyond which a cell's count is no longer put down to ambient RNA."""

TYPICAL, MIN_EXPECTED = 0.05, 50.0
"""A lineage takes part where ambient RNA of the typical share would leave this many counts of its
markers in the cells of the others."""

TOP_GENES = 10


@dataclass(frozen=True)
class Ambient:
    """Ambient RNA of a sample.

    Parameters
    ----------
    fraction
        Share of the cells' counts, 0 to 1: the smallest of the lineages' estimates; NaN where
        there is none.
    median
        Of the lineages' estimates.
    empty_droplets
        Droplets that gave the composition.
    top_genes
        The most frequent genes of the soup.
    note
        Why there is no estimate.
    """

    fraction: float
    median: float
    empty_droplets: int
    top_genes: tuple[str, ...]
    note: str = ""


def estimate_ambient(
    droplets: ad.AnnData, cells: ad.AnnData, lineages: Sequence[GeneSet]
) -> Ambient:
    """Estimate the share of ambient RNA in a sample's cells.

    Parameters
    ----------
    droplets
        Raw droplets x genes, before cells were called; may hold the cells as well.
    cells
        Kept cells x genes of the same sample, raw counts, ``obs['barcode']``.
    lineages
        Marker sets of the lineages.
    """
    genes = cells.var_names.intersection(droplets.var_names)
    counts = np.asarray(droplets.X.sum(axis=1)).ravel()
    empty = (counts >= EMPTY_COUNTS[0]) & (counts <= EMPTY_COUNTS[1])
    empty &= ~droplets.obs["barcode"].isin(cells.obs["barcode"]).to_numpy()
    soup = np.asarray(droplets[empty, genes].X.sum(axis=0), dtype=float).ravel()
    if soup.sum() < MIN_EMPTY_TOTAL or not cells.n_obs:
        note = f"{soup.sum():.0f} counts in empty droplets, {MIN_EMPTY_TOTAL} needed"
        if not cells.n_obs:
            note = "no cells"
        return Ambient(np.nan, np.nan, int(empty.sum()), (), note)
    share = pd.Series(soup / soup.sum(), index=genes)
    top = tuple(share.nlargest(TOP_GENES).index)
    estimates = _by_lineage(cells[:, genes], share, lineages)
    if not len(estimates):
        note = "no lineage's markers are frequent enough in the empty droplets"
        return Ambient(np.nan, np.nan, int(empty.sum()), top, note)
    # Each is an upper bound, as a lineage's markers are not wholly its own.
    lowest, middle = np.minimum(np.quantile(estimates, [0, 0.5]), 1.0)
    return Ambient(lowest, middle, int(empty.sum()), top)


def _by_lineage(cells: ad.AnnData, share: pd.Series, lineages: Sequence[GeneSet]) -> np.ndarray:
    counts = sparse.csr_matrix(cells.X)
    total = np.asarray(counts.sum(axis=1)).ravel()
    markers = {one.name: share.index.isin(one.genes) for one in lineages}
    seen = np.column_stack(
        [np.asarray(counts[:, mine].sum(axis=1)).ravel() for mine in markers.values()]
    )
    part = seen / np.maximum(total, 1)[:, None]
    # Markers of some lineages are strong and of others weak: each counts against its own best.
    best = np.quantile(part, 0.99, axis=0)
    own = np.argmax(part / np.where(best > 0, best, np.inf), axis=1)
    estimates = []
    for number, mine in enumerate(markers.values()):
        others = own != number
        expected = total[others] * share[mine].sum()
        if expected.sum() * TYPICAL >= MIN_EXPECTED:
            estimates.append(_without_outliers(seen[others, number], expected))
    return np.array(estimates)


def _without_outliers(seen: np.ndarray, expected: np.ndarray) -> float:
    """Counts seen over counts expected, without cells that show more than the soup explains.

    Those are doublets, or of the lineage after all; they are recognized by the tail of a Poisson
    distribution at the current estimate, until no more are found.
    """
    kept = np.ones(len(seen), dtype=bool)
    while True:
        rate = seen[kept].sum() / expected[kept].sum()
        within = seen <= poisson.isf(TAIL, np.maximum(rate * expected, 1e-9))
        if (within | ~kept).all() or not (within & kept).any():
            return float(rate)
        kept &= within
