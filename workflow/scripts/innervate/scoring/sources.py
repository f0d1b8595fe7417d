"""Who expresses what: the reported genes and sets in each cell type, and which type is highest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import anndata as ad
import numpy as np
import pandas as pd

from innervate.config.circuit import CellMeasure
from innervate.genes.cell_types import load_cell_types
from innervate.genes.orthologs import human_to_mouse
from innervate.genes.sets import GeneSet
from innervate.scoring.compartments import VARIES, log_counts

STAGE = "expression by cell type"
FACTS = ["cell_type", "sample", "patient", "n_cells"]
COLUMNS = [
    *("measure", "label", "tissue", "cell_type", "sample", "patient", "n_cells"),
    *("value", "unit", "detected", "share", "molecules"),
]
HIGHEST = [
    *("measure", "label", "tissue", "status", "cell_type", "n_samples", "n_cell_types"),
    *("molecules", "rival", "reason"),
]
EXCLUSIONS = ["level", "id", "stage", "reason"]
NAMED, NOT_MEASURED = "named", "not measured"

MIN_MOLECULES = 20
"""Molecules below which a cell type is not named as the highest: with 20 the count's own standard
error is 22 %, with one it is as large as the count."""

MIN_RIVAL = 2
"""Molecules from which on a left-out type can stand against naming another: one is chance."""

MIN_SAMPLES = 3
"""Samples in which the highest cell type must have been measured; all, where there are fewer."""


@dataclass(frozen=True)
class Sources:
    """Who expresses what in a cohort; empty where it has no single cells.

    Parameters
    ----------
    by_cell_type
        Contract ``by_cell_type``.
    highest
        Contract ``highest``: by measure, the cell type that is highest, or why none is named.
    exclusions
        Contract ``exclusions``: cell types of samples with too few cells.
    """

    by_cell_type: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS))
    highest: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=HIGHEST))
    exclusions: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=EXCLUSIONS))


def find_sources(
    sums: ad.AnnData,
    measures: Mapping[str, CellMeasure],
    sets: Mapping[str, GeneSet],
    min_cells: int,
) -> Sources:
    """Measure each reported gene and set in each cell type of each sample.

    The highest type is that of the largest median over samples. It is named only where it holds
    `MIN_MOLECULES` of the gene (of a set: of its genes), was measured in `MIN_SAMPLES` samples
    (or in all, where the tissue has fewer), and no type of which cells were left out holds more.
    Such a type is judged over all its cells, by molecules per cell and not by their number, which
    grows with the cells that were caught; a type with more molecules in fewer cells always holds
    more. Of a set, which may have negative weights, it is judged by its score.

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
    Sources
        ``value`` is log2 counts per million of a gene, and of a set the mean z over its rows;
        ``detected`` the share of the cells that show the gene; ``share`` that of the sample's
        transcripts of the gene, over all types.
    """
    frames, highest = [], []
    for name, one in measures.items():
        here = sums[(sums.obs["tissue"] == one.tissue).to_numpy()]
        facts = {"measure": name, "label": one.label, "tissue": one.tissue}
        if not here.n_obs:
            highest.append({**facts, **_none("no cells of this tissue")})
            continue
        whole = _of_gene(here, one) if one.gene else _of_set(here, one, sets, min_cells)
        whole = whole.assign(**facts, enough=whole["n_cells"] >= min_cells)
        highest.append({**facts, **_highest(whole, min_cells, of_gene=bool(one.gene))})
        frames += [whole] if whole["enough"].any() else []
    kept = pd.DataFrame(columns=COLUMNS)
    if frames:
        whole = pd.concat(frames, ignore_index=True)
        kept = whole.loc[whole["enough"], COLUMNS]
    tissues = sorted({one.tissue for one in measures.values()})
    return Sources(
        kept,
        pd.DataFrame(highest, columns=HIGHEST),
        _exclusions(sums.obs, tissues, min_cells),
    )


def _rows(here: ad.AnnData, one: CellMeasure) -> np.ndarray:
    return here.obs["cell_type"].isin(one.types or here.obs["cell_type"]).to_numpy()


def _facts(here: ad.AnnData) -> pd.DataFrame:
    """As text: categories of a file would keep types and samples that are not there."""
    return here.obs[FACTS].astype({name: str for name in FACTS if name != "n_cells"})


def _counts(here: ad.AnnData) -> pd.DataFrame:
    return pd.DataFrame(here.X, index=here.obs_names, columns=here.var_names)


def _of_gene(here: ad.AnnData, one: CellMeasure) -> pd.DataFrame:
    mouse = here.uns["species"] == "mouse"
    gene = human_to_mouse().get(one.gene, one.gene.capitalize()) if mouse else one.gene
    frame = _facts(here)
    if gene not in here.var_names:
        return frame.iloc[:0]
    counts = pd.Series(np.asarray(here[:, gene].X).ravel(), index=here.obs_names)
    # The share is over all types, whichever are reported.
    total = counts.groupby(frame["sample"]).transform("sum")
    frame["value"], frame["unit"] = log_counts(_counts(here))[gene], "log2 counts per million"
    frame["detected"] = np.asarray(here[:, gene].layers["detected"]).ravel()
    frame["share"] = counts / total.where(total > 0)
    frame["molecules"] = counts
    return frame[_rows(here, one)]


def _of_set(
    here: ad.AnnData, one: CellMeasure, sets: Mapping[str, GeneSet], min_cells: int
) -> pd.DataFrame:
    here = here[_rows(here, one)]
    frame = _facts(here).assign(unit="mean z", detected=np.nan, share=np.nan)
    counts = _counts(here)
    weights = pd.Series(sets[one.set].weights, index=sets[one.set].genes)
    weights = weights[weights.index.isin(counts.columns)]
    frame["molecules"] = counts[weights.index[weights > 0]].sum(axis=1)
    # A sum of few cells has other means and spreads, and must not set the scale.
    enough = (frame["n_cells"] >= min_cells).to_numpy()
    log = log_counts(counts, counts[enough].sum(axis=1).mean())[weights.index]
    mean, spread = log[enough].mean(), log[enough].std()
    used = spread.index[spread > VARIES]
    z = (log[used] - mean[used]) / spread[used]
    frame["value"] = z @ weights[used] / weights[used].abs().sum() if len(used) else np.nan
    return frame


def _highest(whole: pd.DataFrame, min_cells: int, of_gene: bool) -> dict:
    """The type to be named of a measure's rows, or why there is none."""
    if whole.empty:
        return _none("not in the matrix")
    labels = load_cell_types().labels
    kept = whole[whole["enough"] & whole["value"].notna()]
    middle = kept.groupby("cell_type")["value"].median()
    if not whole["enough"].any():
        return _none(f"no cell type of a sample has {min_cells} cells")
    if kept.empty:
        return _none("none of its genes varies between the cell types that have enough cells")
    found = {"cell_type": "", "n_samples": kept["sample"].nunique(), "rival": "",
             "n_cell_types": len(middle), "molecules": np.nan}  # fmt: skip
    if len(middle) == 1:
        reason = f"{labels.get(middle.index[0], middle.index[0])} alone has {min_cells} cells"
        return {**found, "status": "one cell type", "reason": f"{reason} in a sample"}
    best = str(middle.idxmax())
    mine = kept[kept["cell_type"] == best]
    molecules, samples = int(mine["molecules"].sum()), mine["sample"].nunique()
    found |= {"molecules": molecules}
    name = labels.get(best, best)
    rival = _rival(whole, kept, best, of_gene)
    if rival is not None:
        rows = whole[whole["cell_type"] == rival]
        reason = (
            f"{labels.get(rival, rival)} {'has more per cell' if of_gene else 'scores higher'} "
            f"({rows['molecules'].sum():,.0f} molecules in {rows['n_cells'].sum():,} cells; {name} "
            f"{molecules:,} in {mine['n_cells'].sum():,}), but in {(~rows['enough']).sum()} of "
            f"{len(rows)} samples with it has fewer than {min_cells} cells"
        )
        return {**found, "status": "a left-out type holds more", "rival": rival, "reason": reason}
    if molecules < MIN_MOLECULES:
        reason = f"{molecules} molecules in {name}, which comes first, {MIN_MOLECULES} needed"
        return {**found, "status": "too few molecules", "reason": reason}
    needed = min(MIN_SAMPLES, found["n_samples"])
    if samples < needed:
        reason = f"{name}, which comes first, was measured in {samples} of {found['n_samples']} "
        reason += f"samples, {needed} needed"
        return {**found, "status": "too few samples", "reason": reason}
    return {**found, "status": NAMED, "cell_type": best, "reason": ""}


def _none(reason: str) -> dict:
    nothing = {"cell_type": "", "n_samples": 0, "n_cell_types": 0, "molecules": np.nan}
    return {**nothing, "status": NOT_MEASURED, "rival": "", "reason": reason}


def _rival(whole: pd.DataFrame, kept: pd.DataFrame, best: str, of_gene: bool) -> str | None:
    """The type with left-out sums that exceeds the best one, and by most; None where none does."""
    lost = whole.loc[~whole["enough"], "cell_type"].unique()
    rows = whole[whole["cell_type"].isin(lost) & (whole["cell_type"] != best)]
    mine = kept[kept["cell_type"] == best]
    held = rows.groupby("cell_type")[["molecules", "n_cells"]].sum()
    if of_gene:
        level = held["molecules"] / held["n_cells"]
        limit = mine["molecules"].sum() / mine["n_cells"].sum()
    else:
        # Scores of few cells scatter, and count by their cells.
        weighted = (rows["value"] * rows["n_cells"]).groupby(rows["cell_type"]).sum()
        level, limit = weighted / held["n_cells"], mine["value"].median()
    more = level[(level > limit) & (held["molecules"] >= MIN_RIVAL)]
    return str(more.idxmax()) if len(more) else None


def _exclusions(obs: pd.DataFrame, tissues: list[str], min_cells: int) -> pd.DataFrame:
    here = obs.astype({"sample": str, "cell_type": str, "tissue": str})
    here = here[here["tissue"].isin(tissues)]
    here = here.assign(enough=here["n_cells"] >= min_cells)
    rows = [
        ("sample", f"{row.sample}, {row.cell_type}", f"{row.n_cells} cells, {min_cells} needed")
        for row in here[~here["enough"]].itertuples()
    ]
    for (tissue, kind), part in here.groupby(["tissue", "cell_type"]):
        if not part["enough"].any():
            most = f"no sample has {min_cells} of these cells: {part['n_cells'].max()} at most"
            rows.append(("cell_type", f"{kind}, {tissue}", most))
    for sample, part in here.groupby("sample"):
        if not part["enough"].any():
            rows.append(("sample", sample, f"no cell type has {min_cells} cells"))
    return pd.DataFrame(rows, columns=["level", "id", "reason"]).assign(stage=STAGE)[EXCLUSIONS]
