"""Gene-set enrichment of a contrast's ranking.

Method: Subramanian et al. 2005, doi:10.1073/pnas.0506580102, by gseapy's preranked test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from innervate.config.settings import Enrichment

STAGE = "gene-set enrichment"
COLUMNS = ["collection", "set", "size", "es", "nes", "pvalue", "fdr", "leading_edge"]


def enrich(
    de: pd.DataFrame,
    collections: Mapping[str, Mapping[str, Sequence[str]]],
    settings: Enrichment,
    *,
    seed: int,
    threads: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Test gene sets on the Wald statistics of a contrast.

    Parameters
    ----------
    de
        Contract ``de``; genes without a statistic are not ranked.
    collections
        Gene sets by name, by collection; the false discovery rate is over a collection.
    settings
        Permutations, and the sizes of the sets tested.
    seed
        Of the permutations.
    threads
        Threads to use; the result does not depend on it.

    Returns
    -------
    tuple
        Contract ``gsea`` with the collection, sorted by collection, p-value and set; and
        contract ``exclusions``: sets of a size that is not tested.
    """
    ranking = rank(de)
    tables, rows = [], []
    for collection, gene_sets in collections.items() if len(ranking) else ():
        tested = {}
        for name, genes in gene_sets.items():
            # Sorted, because a set's order would otherwise decide the order of sums.
            found = sorted(set(genes) & set(ranking.index))
            if settings.min_size <= len(found) <= settings.max_size:
                tested[name] = found
                continue
            wanted = f"{settings.min_size} to {settings.max_size}"
            reason = f"{len(found)} of {len(set(genes))} genes ranked, {wanted} needed"
            rows.append(("gene_set", f"{collection}: {name}", STAGE, reason))
        if tested:
            table = _prerank(ranking, tested, settings, seed, threads)
            tables.append(table.assign(collection=collection))
    exclusions = pd.DataFrame(rows, columns=["level", "id", "stage", "reason"], dtype=str)
    if not tables:
        return _empty(), exclusions
    gsea = pd.concat(tables)[COLUMNS]
    order = ["collection", "pvalue", "set"]
    return gsea.sort_values(order, kind="stable", ignore_index=True), exclusions


def rank(de: pd.DataFrame) -> pd.Series:
    """Wald statistics from high to low; ties by gene."""
    known = de[np.isfinite(de["stat"].astype(float))].sort_values(
        ["stat", "gene"], ascending=[False, True], kind="stable"
    )
    return pd.Series(known["stat"].to_numpy(float), known["gene"].astype(str).to_numpy())


def _prerank(
    ranking: pd.Series,
    gene_sets: dict[str, list[str]],
    settings: Enrichment,
    seed: int,
    threads: int,
) -> pd.DataFrame:
    import gseapy

    # gseapy sorts again, unstably: tied values are set apart by less than any real difference.
    steps = np.arange(len(ranking), 0, -1) * 1e-9
    result = gseapy.prerank(
        rnk=pd.Series(ranking.to_numpy() + steps, ranking.index),
        gene_sets=gene_sets,
        min_size=settings.min_size,
        max_size=settings.max_size,
        permutation_num=settings.permutations,
        threads=threads,
        seed=seed,
        outdir=None,
        verbose=False,
    ).res2d
    # gseapy gives 0 where no permutation reached the score; the draws give no more than this bound.
    least = 1 / (settings.permutations + 1)
    return pd.DataFrame(
        {
            "set": result["Term"].astype(str),
            "size": [len(gene_sets[term]) for term in result["Term"]],
            "es": result["ES"].astype(float),
            "nes": result["NES"].astype(float),
            "pvalue": result["NOM p-val"].astype(float).clip(lower=least),
            "fdr": result["FDR q-val"].astype(float).clip(lower=least),
            "leading_edge": result["Lead_genes"].astype(str),
        }
    )


def _empty() -> pd.DataFrame:
    text = {"collection", "set", "leading_edge"}
    return pd.DataFrame(
        {
            name: pd.Series(dtype=str if name in text else int if name == "size" else float)
            for name in COLUMNS
        }
    )
