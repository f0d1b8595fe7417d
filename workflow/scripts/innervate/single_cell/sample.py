"""One single-cell sample from its files to its kept cells."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import anndata as ad
import numpy as np
import pandas as pd

from innervate.config.cell_settings import CellQC
from innervate.genes.cell_types import INPUT_LABEL, load_cell_types
from innervate.genes.sets import GeneSet
from innervate.inputs.cell_samples import CellSource
from innervate.inputs.cells import harmonized, read_droplets, read_sample
from innervate.single_cell.ambient import Ambient, estimate_ambient
from innervate.single_cell.qc import check_cells, exclusions, summarize

READING = "reading cells"


@dataclass(frozen=True)
class SampleTables:
    """What quality control makes of a sample.

    Parameters
    ----------
    kept
        AnnData of the kept cells: raw counts by approved symbol; ``obs`` sample, barcode, metrics
        and, where the cohort declares it, the label of the input.
    cells, thresholds
        As `innervate.single_cell.qc.CheckedSample`.
    summary
        Contract ``cell_qc``, one row.
    exclusions
        Contract ``exclusions``.
    genes
        Contract ``genes``.
    """

    kept: ad.AnnData
    cells: pd.DataFrame
    thresholds: pd.DataFrame
    summary: pd.DataFrame
    exclusions: pd.DataFrame
    genes: pd.DataFrame


def check_sample(
    source: CellSource,
    sample: str,
    species: str,
    label: str | None,
    sets: Mapping[str, GeneSet],
    settings: CellQC,
    seed: int,
) -> SampleTables:
    """Read a sample's cells and drop what is not a single intact cell.

    Parameters
    ----------
    source
        Where its cells are.
    sample
        Its name.
    species
        ``human`` or ``mouse``.
    label
        Column of the input's ``obs`` that holds cell-type labels, or None.
    sets
        Gene sets of the species.
    settings
        Thresholds.
    seed
        Of the doublet search.

    Raises
    ------
    InputError
        With every problem of the sample's files.
    """
    raw = read_sample(source.matrix, sample, source.file, [label] if label else [])
    adata, genes = harmonized(raw, species, sample, source.name)
    logging.info("%s: %d cells, counts taken from %s", sample, adata.n_obs, raw.taken_from)
    checked = check_cells(adata, sample, sets, settings, seed)
    kept = checked.kept
    kept.obs["sample"] = sample
    if label:
        kept.obs = kept.obs.rename(columns={label: INPUT_LABEL})
        kept.obs[INPUT_LABEL] = kept.obs[INPUT_LABEL].astype(str)
    ambient = _ambient(source, sample, species, kept, sets)
    facts = {
        "ambient_fraction": ambient.fraction,
        "ambient_median": ambient.median,
        "empty_droplets": ambient.empty_droplets,
        "ambient_top_genes": ";".join(ambient.top_genes),
        "ambient_note": ambient.note,
        "taken_from": raw.taken_from,
    }
    read = pd.DataFrame(
        [(level, name, READING, f"{sample}: {why}") for level, name, why in raw.left_out],
        columns=["level", "id", "stage", "reason"],
    )
    return SampleTables(
        kept,
        checked.cells,
        checked.thresholds.assign(sample=sample),
        summarize(checked, sample, facts),
        pd.concat([read, exclusions(checked, sample)], ignore_index=True),
        genes,
    )


def _ambient(
    source: CellSource,
    sample: str,
    species: str,
    kept: ad.AnnData,
    sets: Mapping[str, GeneSet],
) -> Ambient:
    if source.raw_file is None:
        return Ambient(np.nan, np.nan, 0, (), "no raw droplets given")
    raw = read_droplets(source.matrix, sample, source.raw_file)
    droplets, _ = harmonized(raw, species, sample, source.raw_file)
    lineages = [sets[name] for name in load_cell_types().lineage_sets.values()]
    return estimate_ambient(droplets, kept, lineages)
