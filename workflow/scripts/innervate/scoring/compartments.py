"""Nodes scored in the cells that they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import anndata as ad
import numpy as np
import pandas as pd

from innervate.config.circuit import Circuit, Node
from innervate.config.settings import Scoring
from innervate.genes.sets import GeneSet
from innervate.scoring.expression import Expression
from innervate.scoring.nodes import OF_SAMPLE, Scored, check_sets, score_each
from innervate.scoring.shares import with_shares

PRIOR_COUNT = 2.0
"""Average count added before logarithms, in proportion to the library."""

ABSENT = "single cells can't measure it"
VARIES = 1e-8


def score_compartments(
    sums: ad.AnnData,
    circuit: Circuit,
    sets: Mapping[str, GeneSet],
    settings: Scoring,
    min_cells: int,
    seed: int,
) -> Scored:
    """Score each node in the pseudobulk of the cells that the circuit file names for it.

    Parameters
    ----------
    sums
        Of `innervate.single_cell.pseudobulk.sum_cells`.
    circuit
        Nodes; one without ``cells`` is not measurable here.
    sets
        Curated gene sets of the species.
    settings
        As for bulk.
    min_cells
        Cells of a sample in a compartment below which the sample is not scored there.
    seed
        Of the random sets.

    Returns
    -------
    Scored
        As of `innervate.scoring.nodes.score_nodes`; ``compartment`` names the cell types.
    """
    check_sets(circuit, sets)
    here = {name: node for name, node in circuit.everything().items() if node.cells}
    placed = {name: node for name, node in here.items() if not node.cells.share}
    views = {name: in_cells(node) for name, node in placed.items()}
    expression = {
        name: compartment_expression(
            sums, node.cells.types, node.tissue, min_cells, settings.min_detection
        )
        for name, node in placed.items()
    }
    scored = score_each(views, expression, circuit, sets, settings, seed)
    shares = {name: node for name, node in here.items() if node.cells.share}
    scored = with_shares(scored, sums.obs, shares, circuit, settings.min_samples, min_cells)
    facts = sums.obs.drop_duplicates("sample").set_index("sample")[OF_SAMPLE]
    where = {name: ";".join(node.cells.types) for name, node in here.items()}
    scores = scored.scores.join(facts.astype(str), on="sample")
    scores["compartment"] = scores["node"].map(where)
    nodes = scored.nodes.assign(measure=_named(scored.nodes, where, set(shares)))
    for name, node in placed.items():
        samples = len(expression[name].values)
        if samples < settings.min_samples:
            kinds = ", ".join(node.cells.types)
            reason = f"{samples} samples have {min_cells} {kinds} cells"
            reason += f", {settings.min_samples} needed"
            nodes.loc[nodes["node"] == name, "reason"] = reason
            scores.loc[scores["node"] == name, "reason"] = reason
    return replace(scored, scores=scores, nodes=pd.concat([nodes, _absent(circuit)]))


def in_cells(node: Node) -> Node:
    """A node as it is scored in its own cells."""
    return node.model_copy(
        update={"adjust_for": node.cells.adjust_for, "primary": "plain", "second_opinions": []}
    )


def _named(nodes: pd.DataFrame, where: Mapping[str, str], shares: set[str]) -> pd.Series:
    cells = nodes["node"].map(where).str.replace(";", ", ")
    measured = nodes["measure"] + " in " + cells + " cells"
    plain = (nodes["status"] != "measured") | (nodes["node"].isin(shares))
    return nodes["measure"].where(plain, measured)


def _absent(circuit: Circuit) -> pd.DataFrame:
    rows = [
        {"node": name, "label": node.label, "tissue": node.tissue, "status": "not measurable",
         "measure": "none", "reason": ABSENT, "genes_found": 0, "genes_total": 0,
         "control": name in circuit.controls}
        for name, node in circuit.everything().items()
        if not node.cells
    ]  # fmt: skip
    return pd.DataFrame(rows)


def compartment_expression(
    sums: ad.AnnData,
    types: Sequence[str],
    tissue: str,
    min_cells: int,
    min_detection: float,
) -> Expression:
    """Sum some cell types of each sample of a tissue, and take logarithms.

    Parameters
    ----------
    sums
        (Sample, cell type) x genes, counts.
    types
        Cell types to add up.
    tissue
        Of the samples.
    min_cells
        Cells of a sample below which it is left out.
    min_detection
        Share of the samples in which a gene must be seen to count as expressed.

    Returns
    -------
    Expression
        Log2 counts per million with a prior count in proportion to the library, as edgeR's
        ``cpm`` (Robinson et al. 2010, doi:10.1093/bioinformatics/btp616).
    """
    obs = sums.obs
    chosen = (obs["cell_type"].isin(types) & (obs["tissue"] == tissue)).to_numpy()
    counts = pd.DataFrame(
        np.asarray(sums.X[chosen]), index=obs["sample"].astype(str)[chosen], columns=sums.var_names
    )
    cells = pd.Series(obs["n_cells"].to_numpy()[chosen], index=counts.index)
    counts = counts.groupby(level=0).sum()
    counts = counts[(cells.groupby(level=0).sum() >= min_cells).reindex(counts.index)]
    if counts.empty:
        nothing = pd.Series(False, index=counts.columns)
        return Expression(counts, nothing, sums.uns["species"])
    values = log_counts(counts)
    detected = (counts > 0).mean() >= min_detection
    return Expression(values, detected & (values.std() > VARIES), sums.uns["species"])


def log_counts(counts: pd.DataFrame, average: float | None = None) -> pd.DataFrame:
    """Log2 counts per million with a prior count of 2 for the average library.

    Parameters
    ----------
    counts
        Rows x genes.
    average
        Size of the average library, where it is not that of these rows.
    """
    library = counts.sum(axis=1)
    prior = PRIOR_COUNT * library / (library.mean() if average is None else average)
    return np.log2(counts.add(prior, axis=0).div(library + 2 * prior, axis=0) * 1e6)
