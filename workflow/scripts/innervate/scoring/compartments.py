"""Nodes scored in the cells that they belong to, and who expresses what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import anndata as ad
import numpy as np
import pandas as pd

from innervate.config.circuit import CellMeasure, Circuit, Node
from innervate.config.settings import Scoring
from innervate.genes.orthologs import human_to_mouse
from innervate.genes.sets import GeneSet
from innervate.scoring.expression import Expression
from innervate.scoring.nodes import OF_SAMPLE, Scored, check_sets, score_each
from innervate.scoring.shares import with_shares

PRIOR_COUNT = 2.0
"""Average count added before logarithms, in proportion to the library."""

ABSENT = "single cells can't measure it"
VARIES = 1e-8
FACTS = ["cell_type", "sample", "patient", "n_cells"]
SOURCE_COLUMNS = [
    *("measure", "label", "tissue", "cell_type", "sample", "patient", "n_cells"),
    *("value", "unit", "detected", "share"),
]


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


def log_counts(counts: pd.DataFrame) -> pd.DataFrame:
    """Log2 counts per million with a prior count of 2 for the average library."""
    library = counts.sum(axis=1)
    prior = PRIOR_COUNT * library / library.mean()
    return np.log2(counts.add(prior, axis=0).div(library + 2 * prior, axis=0) * 1e6)


def by_cell_type(
    sums: ad.AnnData,
    measures: Mapping[str, CellMeasure],
    sets: Mapping[str, GeneSet],
    min_cells: int,
) -> pd.DataFrame:
    """Who expresses what: each reported gene and set in each cell type of each sample.

    Parameters
    ----------
    sums
        Of `innervate.single_cell.pseudobulk.sum_cells`.
    measures
        Of the circuit file.
    sets
        Curated gene sets.
    min_cells
        Cells below which a type of a sample has no row.

    Returns
    -------
    DataFrame
        ``measure, label, tissue, cell_type, sample, patient, n_cells, value, unit`` (log2 counts
        per million of a gene; mean z over the rows of a set), ``detected`` (share of the cells
        that show the gene) and ``share`` (of the sample's transcripts of the gene, over all
        types).
    """
    frames = []
    for name, one in measures.items():
        here = sums[(sums.obs["tissue"] == one.tissue).to_numpy()]
        if here.n_obs:
            frame = _of_gene(here, one) if one.gene else _of_set(here, one, sets, min_cells)
            frames.append(frame.assign(measure=name, label=one.label, tissue=one.tissue))
    if not frames:
        return pd.DataFrame(columns=SOURCE_COLUMNS)
    result = pd.concat(frames, ignore_index=True)
    return result.loc[result["n_cells"] >= min_cells, SOURCE_COLUMNS]


def _rows(here: ad.AnnData, one: CellMeasure) -> np.ndarray:
    return here.obs["cell_type"].isin(one.types or here.obs["cell_type"]).to_numpy()


def _logarithms(here: ad.AnnData) -> pd.DataFrame:
    return log_counts(pd.DataFrame(here.X, index=here.obs_names, columns=here.var_names))


def _of_gene(here: ad.AnnData, one: CellMeasure) -> pd.DataFrame:
    mouse = here.uns["species"] == "mouse"
    gene = human_to_mouse().get(one.gene, one.gene.capitalize()) if mouse else one.gene
    frame = here.obs[FACTS].copy()
    if gene not in here.var_names:
        return frame.iloc[:0]
    counts = pd.Series(np.asarray(here[:, gene].X).ravel(), index=here.obs_names)
    # The share is over all types, whichever are reported.
    total = counts.groupby(here.obs["sample"], observed=True).transform("sum")
    frame["value"], frame["unit"] = _logarithms(here)[gene], "log2 counts per million"
    frame["detected"] = np.asarray(here[:, gene].layers["detected"]).ravel()
    frame["share"] = counts / total.where(total > 0)
    return frame[_rows(here, one)]


def _of_set(
    here: ad.AnnData, one: CellMeasure, sets: Mapping[str, GeneSet], min_cells: int
) -> pd.DataFrame:
    # A sum of few cells has other means and spreads, and must not set the scale.
    here = here[_rows(here, one) & (here.obs["n_cells"] >= min_cells).to_numpy()]
    frame = here.obs[FACTS].copy().assign(unit="mean z", detected=np.nan, share=np.nan)
    log = _logarithms(here)
    weights = dict(zip(sets[one.set].genes, sets[one.set].weights, strict=True))
    log = log[[gene for gene in weights if gene in log.columns]]
    log = log.loc[:, log.std() > VARIES]
    chosen = pd.Series(weights).reindex(log.columns)
    z = (log - log.mean()) / log.std()
    frame["value"] = z @ chosen / chosen.abs().sum() if len(chosen) else np.nan
    return frame
