"""Ligand-receptor evidence, sample by sample, the circuit's pairs against a background.

liana (Dimitrov et al. 2024, doi:10.1038/s41556-024-01469-w) with its consensus resource.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import anndata as ad
import numpy as np
import pandas as pd

from innervate.config.cell_settings import Interactions
from innervate.config.circuit import LigandReceptor
from innervate.genes.cell_types import UNASSIGNED
from innervate.genes.orthologs import human_to_mouse

KEYS = ["tissue", "ligand", "receptor", "source", "target"]
COLUMNS = [
    *KEYS,
    *("circuit", "n_samples", "n_expressed", "expressed_share", "strength", "percentile"),
    *("magnitude_rank", "specificity_rank", "ligand_molecules", "receptor_molecules", "note"),
]
STRENGTH = "lr_means"
MIN_DETECTED = 0.1
"""Share of a type's cells that must show a gene for it to count as expressed."""


def ligand_receptor(
    cells: ad.AnnData,
    pairs: Sequence[LigandReceptor],
    settings: Interactions,
    seed: int,
) -> pd.DataFrame:
    """Rank the circuit's ligand-receptor pairs among random ones, in each sample.

    Each sample is ranked by itself, so that samples are the replicates; a row summarizes them.

    Parameters
    ----------
    cells
        Cells x genes, log-normalized in X, raw counts in ``layers['counts']``, ``obs`` sample,
        tissue and cell_type, ``uns['species']``.
    pairs
        Of the circuit file.
    settings
        Size of the background and numbers of cells and permutations.
    seed
        Of the background and the permutations.

    Returns
    -------
    DataFrame
        A row a pair of cell types, ligand and receptor of the circuit, by tissue: ``n_samples``
        in which both types were there, ``n_expressed`` and ``expressed_share`` of these in which
        both genes are expressed by a tenth of the cells, ``strength`` (median mean expression of
        ligand and receptor), ``percentile`` (median share of background pairs, in the same cell
        types, whose strength it exceeds), liana's consensus ranks (medians, 0 is best), and the
        molecules of the ligand in the source and of the receptor in the target, over all samples
        (of a complex, those of its scarcest subunit). A pair whose genes are not in the matrix
        has a row that says so.
    """
    mouse = cells.uns["species"] == "mouse"
    known = cells[(cells.obs["cell_type"] != UNASSIGNED).to_numpy()]
    wanted = [(one.ligand, one.receptor) for one in pairs]
    if mouse:
        wanted = [(_in_mouse(ligand), _in_mouse(receptor)) for ligand, receptor in wanted]
    measurable = [pair for pair in wanted if _genes(*pair) <= set(cells.var_names)]
    lacking = [pair for pair in wanted if pair not in measurable]
    background = _background(set(cells.var_names), set(wanted), settings, seed, mouse)
    resource = pd.DataFrame([*measurable, *background], columns=["ligand", "receptor"])
    tables = []
    for sample in sorted(known.obs["sample"].astype(str).unique()):
        part = known[(known.obs["sample"] == sample).to_numpy()]
        found = _one_sample(part, resource, settings, seed)
        if found is not None:
            tissue = str(part.obs["tissue"].iloc[0])
            tables.append(found.assign(sample=sample, tissue=tissue))
            logging.info("%s: %d pairs of cell types and genes", sample, len(found))
    rows = [
        dict(zip(("ligand", "receptor"), pair, strict=True))
        | {"circuit": True, "note": f"not in the matrix: {', '.join(_absent(pair, cells))}"}
        for pair in lacking
    ]
    summary = _summary(tables, set(measurable))
    return pd.concat([summary, pd.DataFrame(rows)]).reindex(columns=COLUMNS)


def _in_mouse(name: str) -> str:
    return "_".join(human_to_mouse().get(gene, gene.capitalize()) for gene in name.split("_"))


def _genes(*names: str) -> set[str]:
    return {gene for name in names for gene in name.split("_")}


def _absent(pair: tuple[str, str], cells: ad.AnnData) -> list[str]:
    return sorted(_genes(*pair) - set(cells.var_names))


def _background(
    genes: set[str], own: set[tuple[str, str]], settings: Interactions, seed: int, mouse: bool
) -> list[tuple[str, str]]:
    import liana

    table = liana.rs.select_resource("mouseconsensus" if mouse else "consensus")
    found = sorted(set(zip(table["ligand"], table["receptor"], strict=True)) - own)
    usable = [pair for pair in found if _genes(*pair) <= genes]
    generator = np.random.default_rng(seed)
    size = min(settings.background_pairs, len(usable))
    chosen = np.sort(generator.choice(len(usable), size=size, replace=False))
    return [usable[at] for at in chosen]


def _one_sample(
    part: ad.AnnData, resource: pd.DataFrame, settings: Interactions, seed: int
) -> pd.DataFrame | None:
    import liana

    sizes = part.obs["cell_type"].value_counts()
    types = sizes.index[sizes >= settings.min_cells]
    if len(types) < 2 or resource.empty:
        return None
    part = part[part.obs["cell_type"].isin(types).to_numpy()]
    used = sorted(_genes(*resource["ligand"], *resource["receptor"]))
    work = ad.AnnData(
        part[:, used].X.copy(),
        obs=pd.DataFrame({"cell_type": pd.Categorical(part.obs["cell_type"].astype(str))},
                         index=part.obs_names),
        var=pd.DataFrame(index=used),
    )  # fmt: skip
    found = liana.mt.rank_aggregate(
        work,
        groupby="cell_type",
        resource=resource,
        expr_prop=MIN_DETECTED,
        min_cells=settings.min_cells,
        return_all_lrs=True,
        use_raw=False,
        n_perms=settings.permutations,
        seed=seed,
        inplace=False,
        verbose=False,
    )
    return found.assign(**_measured(work, part[:, used].layers["counts"], found))


def _measured(work: ad.AnnData, counts, found: pd.DataFrame) -> dict[str, np.ndarray]:
    """Molecules of ligand and receptor, and whether a tenth of either type's cells shows both."""
    kinds = work.obs["cell_type"].astype(str).to_numpy()
    types = np.unique(kinds)
    shares, sums = (
        np.column_stack([reduce(values[kinds == kind]) for kind in types])
        for values, reduce in ((work.X > 0, _mean), (counts, _sum))
    )
    result = {"expressed": np.ones(len(found), dtype=bool)}
    for kind, gene in (("source", "ligand"), ("target", "receptor")):
        names = pd.Index(found[f"{gene}_complex"].unique())
        subunits = [work.var_names.get_indexer(name.split("_")) for name in names]
        row, column = (
            names.get_indexer(found[f"{gene}_complex"]),
            np.searchsorted(types, found[kind]),
        )
        lowest, fewest = (
            np.array([values[rows].min(axis=0) for rows in subunits])[row, column]
            for values in (shares, sums)
        )
        result["expressed"] &= lowest >= MIN_DETECTED
        result[f"{gene}_molecules"] = fewest
    return result


def _mean(values) -> np.ndarray:
    return np.asarray(values.mean(axis=0)).ravel()


def _sum(values) -> np.ndarray:
    return np.asarray(values.sum(axis=0)).ravel()


def _summary(tables: list[pd.DataFrame], own: set[tuple[str, str]]) -> pd.DataFrame:
    if not tables:
        return pd.DataFrame(columns=COLUMNS)
    whole = pd.concat(tables, ignore_index=True)
    whole = whole.rename(columns={"ligand_complex": "ligand", "receptor_complex": "receptor"})
    whole["circuit"] = [
        pair in own for pair in zip(whole["ligand"], whole["receptor"], strict=True)
    ]
    within = whole.groupby(["sample", "source", "target"], observed=True)
    # Ranked among the background only: the circuit's own pairs are not their own yardstick.
    whole["percentile"] = np.nan
    for _, rows in within.indices.items():
        group = whole.iloc[rows]
        null = np.sort(group.loc[~group["circuit"], STRENGTH].to_numpy(dtype=float))
        if len(null):
            share = np.searchsorted(null, group[STRENGTH].to_numpy(dtype=float)) / len(null)
            whole.loc[group.index, "percentile"] = share
    mine = whole[whole["circuit"]]
    summary = mine.groupby(KEYS, observed=True, sort=True).agg(
        n_samples=("sample", "nunique"),
        n_expressed=("expressed", "sum"),
        expressed_share=("expressed", "mean"),
        strength=(STRENGTH, "median"),
        percentile=("percentile", "median"),
        magnitude_rank=("magnitude_rank", "median"),
        specificity_rank=("specificity_rank", "median"),
        ligand_molecules=("ligand_molecules", "sum"),
        receptor_molecules=("receptor_molecules", "sum"),
    )
    none = summary["expressed_share"].to_numpy() == 0
    note = np.where(none, "not expressed by a tenth of either type's cells in any sample", "")
    return summary.reset_index().assign(circuit=True, note=note)
