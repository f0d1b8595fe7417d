"""Second opinions: the same node by methods of kept libraries, and how far they agree."""

from __future__ import annotations

import pandas as pd
from scipy import stats

from innervate.genes.sets import GeneSet
from innervate.scoring.expression import Expression


def linear_model(expression: Expression, sets: list[GeneSet]) -> pd.DataFrame:
    """Regulon activity: the t value of a sample's genes on the regulon's weights.

    Parameters
    ----------
    expression
        Of the tissue.
    sets
        Regulons, all scored in one call.

    Returns
    -------
    DataFrame
        Samples x regulons.

    References
    ----------
    decoupler's univariate linear model: Badia-i-Mompel et al. 2022,
    doi:10.1093/bioadv/vbac016.
    """
    import decoupler

    net = pd.DataFrame(
        [
            (one.name, gene, weight)
            for one in sets
            for gene, weight in zip(one.genes, one.weights, strict=True)
        ],
        columns=["source", "target", "weight"],
    )
    scores, _ = decoupler.mt.ulm(expression.z, net, tmin=2)
    return scores


def single_sample_enrichment(
    expression: Expression, sets: list[GeneSet], seed: int
) -> pd.DataFrame:
    """Single-sample gene-set enrichment, normalized (gseapy).

    Parameters
    ----------
    expression
        Of the tissue.
    sets
        Gene sets; their weights are not used.
    seed
        For gseapy, although no permutation is made.

    Returns
    -------
    DataFrame
        Samples x sets.

    References
    ----------
    Barbie et al. 2009, doi:10.1038/nature08460.
    """
    import gseapy

    result = gseapy.ssgsea(
        data=expression.values.loc[:, expression.expressed].T,
        gene_sets={one.name: expression.found(one) for one in sets},
        sample_norm_method="rank",
        min_size=1,
        max_size=10_000,
        outdir=None,
        threads=1,
        seed=seed,
        verbose=False,
    ).res2d
    wide = result.pivot(index="Name", columns="Term", values="NES").astype(float)
    return wide.reindex(expression.values.index)


def agreement(scores: pd.DataFrame) -> pd.DataFrame:
    """Spearman correlation of each node's primary scores with its other methods.

    Parameters
    ----------
    scores
        Contract ``scores`` with the column ``primary``.

    Returns
    -------
    DataFrame
        ``node, method, other_method, n, spearman``.
    """
    rows = []
    measured = scores.dropna(subset="score")
    for node, part in measured.groupby("node", sort=False):
        wide = part.pivot(index="sample", columns="method", values="score")
        first = part.loc[part["primary"], "method"].unique()
        for method in first:
            for other in wide.columns.drop(method):
                both = wide[[method, other]].dropna()
                rho = (
                    stats.spearmanr(both[method], both[other]).statistic if len(both) > 2 else None
                )
                rows.append((node, method, other, len(both), rho))
    columns = ["node", "method", "other_method", "n", "spearman"]
    return pd.DataFrame(rows, columns=columns)
