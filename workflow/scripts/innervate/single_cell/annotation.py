"""Cell types by markers, at two levels, with a confidence and the right to abstain.

Each marker set is scored in each cell by decoupler's univariate linear model
(Badia-i-Mompel et al. 2022, doi:10.1093/bioadv/vbac016).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

import anndata as ad
import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import softmax

from innervate.config.cell_settings import Annotation
from innervate.genes.cell_types import UNASSIGNED, CellTypes
from innervate.genes.sets import GeneSet
from innervate.runtime.errors import InnervateError

MIN_GENES = 3
"""Genes of a marker set that must be in the matrix."""

BATCH = 1000
"""Cells scored at a time: the method needs them dense."""

UNRESOLVED_SCORE = 0.0
"""Score that a cell whose type within its lineage is unknown is given."""


def marker_scores(
    cells: ad.AnnData, types: CellTypes, sets: Mapping[str, GeneSet]
) -> tuple[pd.DataFrame, list[str]]:
    """Score the marker sets of all lineages and types in each cell.

    Parameters
    ----------
    cells
        With log-normalized values in ``layers['lognorm']``.
    types
        Lineages and types.
    sets
        Gene sets by name.

    Returns
    -------
    tuple
        Cells x marker sets, t values; and the sets left out for want of genes.

    Raises
    ------
    InnervateError
        Where no lineage's markers are in the matrix.
    """
    import decoupler

    wanted = dict.fromkeys([*types.lineage_sets.values(), *filter(None, types.frame["set"])])
    found = {name: [g for g in sets[name].genes if g in cells.var_names] for name in wanted}
    used = {name: genes for name, genes in found.items() if len(genes) >= MIN_GENES}
    if not set(used) & set(types.lineage_sets.values()):
        raise InnervateError(
            f"no cell type can be assigned: fewer than {MIN_GENES} marker genes of each lineage "
            "are in the matrix; give labels of your own under single_cell.labels"
        )
    net = pd.DataFrame(
        [(name, gene, 1.0) for name, genes in used.items() for gene in genes],
        columns=["source", "target", "weight"],
    )
    seen = np.asarray((cells.X > 0).sum(axis=0)).ravel() > 0
    work = ad.AnnData(
        cells.layers["lognorm"][:, seen],
        obs=pd.DataFrame(index=cells.obs_names),
        var=pd.DataFrame(index=cells.var_names[seen]),
    )
    # Genes that no cell shows are out, but a set may need them to reach its size.
    net = net[net["target"].isin(work.var_names)]
    counts = net["source"].value_counts()
    net = net[net["source"].isin(counts.index[counts >= 2])]
    decoupler.mt.ulm(work, net, tmin=2, bsize=BATCH)
    scores = work.obsm["score_ulm"]
    return scores, [name for name in wanted if name not in scores.columns]


def annotate(
    scores: pd.DataFrame, connectivities: sparse.spmatrix, types: CellTypes, settings: Annotation
) -> pd.DataFrame:
    """Give each cell a lineage and a type, or neither.

    A cell's score is the mean of its own and that of its neighbors, which separates types that
    one cell's few counts do not. Scores compete as exponents (softmax); "unassigned" takes part
    with a score of its own.

    Parameters
    ----------
    scores
        Of `marker_scores`.
    connectivities
        Cells x cells, of the neighbor graph.
    types
        Lineages and types.
    settings
        When to abstain.

    Returns
    -------
    DataFrame
        By cell: ``lineage, lineage_confidence, cell_type, cell_type_confidence``. A cell whose
        lineage is clear but whose type is not has the lineage as its type.
    """
    smooth = _with_neighbors(scores, connectivities)
    by_lineage = {
        lineage: name for lineage, name in types.lineage_sets.items() if name in smooth.columns
    }
    lineage, confidence = _decide(
        smooth[list(by_lineage.values())].set_axis(list(by_lineage), axis=1),
        settings.unassigned_score,
        settings.min_confidence,
        UNASSIGNED,
    )
    result = pd.DataFrame({"lineage": lineage, "lineage_confidence": confidence})
    result["cell_type"], result["cell_type_confidence"] = lineage, confidence
    for name in by_lineage:
        own = {key: value for key, value in types.types_of(name).items() if value in smooth}
        here = (lineage == name).to_numpy()
        if len(types.types_of(name)) == 1:
            result.loc[here, "cell_type"] = next(iter(types.types_of(name)))
        elif own and here.any():
            part = smooth.loc[here, list(own.values())].set_axis(list(own), axis=1)
            kind, sure = _decide(part, UNRESOLVED_SCORE, settings.min_confidence, name)
            result.loc[here, "cell_type"] = kind
            result.loc[here, "cell_type_confidence"] *= sure
    logging.info("cell types: %s", result["cell_type"].value_counts().to_dict())
    return result


def _with_neighbors(scores: pd.DataFrame, connectivities: sparse.spmatrix) -> pd.DataFrame:
    weights = sparse.csr_matrix(connectivities)
    total = np.asarray(weights.sum(axis=1)).ravel()
    around = sparse.diags(1 / np.where(total > 0, total, 1)) @ weights @ scores.to_numpy()
    alone = total == 0
    around[alone] = scores.to_numpy()[alone]
    return (scores + around) / 2


def _decide(
    scores: pd.DataFrame, otherwise_score: float, least: float, otherwise: str
) -> tuple[pd.Series, pd.Series]:
    names = np.array([*scores.columns, otherwise])
    values = np.column_stack([scores.to_numpy(), np.full(len(scores), otherwise_score)])
    shares = softmax(values, axis=1)
    best = shares.argmax(axis=1)
    confidence = shares[np.arange(len(shares)), best]
    chosen = np.where(confidence >= least, names[best], otherwise)
    return pd.Series(chosen, index=scores.index), pd.Series(confidence, index=scores.index)


def use_labels(
    annotation: pd.DataFrame, given: pd.Series, values: Mapping[str, str], types: CellTypes
) -> pd.DataFrame:
    """Replace our types by labels of the input.

    Parameters
    ----------
    annotation
        Of `annotate`.
    given
        Labels by cell, as they stand in the input.
    values
        Label: our cell type; labels that are not listed become unassigned.
    types
        For the lineage of each type.
    """
    mapped = given.astype(str).map(values).fillna(UNASSIGNED)
    lineage = mapped.map(types.lineage_of).fillna(UNASSIGNED)
    result = annotation.copy()
    result["cell_type"], result["lineage"] = mapped.to_numpy(), lineage.to_numpy()
    result[["cell_type_confidence", "lineage_confidence"]] = 1.0
    return result


def agreement(ours: pd.Series, theirs: pd.Series, opinion: str) -> pd.DataFrame:
    """Cross-table of our types with another opinion, long: ``opinion, ours, theirs, n, share``.

    Parameters
    ----------
    ours, theirs
        Types by cell.
    opinion
        Name of the other opinion.
    """
    frame = pd.DataFrame({"ours": ours.to_numpy(), "theirs": theirs.astype(str).to_numpy()})
    counts = frame.value_counts(["theirs", "ours"], sort=False).rename("n").reset_index()
    counts["share"] = counts["n"] / counts.groupby("theirs")["n"].transform("sum")
    counts.insert(0, "opinion", opinion)
    return counts[["opinion", "ours", "theirs", "n", "share"]]
