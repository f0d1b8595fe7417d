"""Single cells of simulated patients: types, states, copy numbers, ambient RNA and doublets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from innervate.config.cohort import Simulation
from innervate.genes.sets import GeneSet
from innervate.simulate.cell_profiles import (
    COPY_NUMBERS,
    KINDS,
    STATES,
    draw_copy_numbers,
    draw_states,
    kind_levels,
    state_shifts,
)
from innervate.simulate.expression import WRONG_SEX, of_other_sex
from innervate.simulate.markers import COMPARTMENTS
from innervate.simulate.profiles import DRIVERS, Profiles

TISSUES = ("tumor", "tdln")
COMPOSITION = {
    "tumor": {
        **{"malignant": 0.34, "epithelial": 0.03, "fibroblast": 0.10, "endothelial": 0.05},
        **{"t_cd4": 0.10, "t_cd8": 0.09, "t_reg": 0.04, "nk": 0.03, "b_cell": 0.05},
        **{"plasma": 0.03, "macrophage": 0.12, "dendritic": 0.015, "mast": 0.01, "schwann": 0.015},
    },
    "tdln": {
        **{"fibroblast": 0.04, "endothelial": 0.04, "t_cd4": 0.29, "t_cd8": 0.15, "t_reg": 0.05},
        **{"nk": 0.03, "b_cell": 0.27, "plasma": 0.04, "macrophage": 0.05, "dendritic": 0.03},
        **{"mast": 0.005, "schwann": 0.005},
    },
}
"""Mean share of cells; a patient's own vary about them."""

CONCENTRATION = 60.0
METASTASIS = 0.04
"""Share of malignant cells in the one TDLN that has a metastasis."""

BATCHES, BATCH_SPREAD = ("c1", "c2"), 0.15
"""Batches of the libraries, and the SD of their effect on a gene, log2."""

TYPICAL_COUNTS, DEPTH_SPREAD, DISPERSION = 3_500, 0.35, 0.3
AMBIENT = (3.0, 45.0)
"""Beta distribution of a sample's ambient share: mean 0.06."""

DOUBLETS, DAMAGED = 0.06, 0.04
DAMAGED_MITO = (0.40, 0.70)
EMPTY_DROPLETS, EMPTY_COUNTS = 1_500, (5, 80)

TRUTH = ["barcode", "cell_type", "malignant", "state", "doublet", "doublet_partner", "damaged"]
TRUTH += ["ambient_fraction", "sample", "patient", "tissue"]
"""Columns of the truth of all cells."""

BLOCK = 1_000
"""Cells whose counts are drawn at once: what is dense does not grow with the sample."""


@dataclass(frozen=True)
class SimulatedCells:
    """One sample.

    Parameters
    ----------
    counts, droplets
        Cells and raw droplets (the cells first), each x genes.
    truth
        By cell: barcode, cell_type, malignant, state, doublet, doublet_partner (the type of the
        other cell), damaged, ambient_fraction.
    droplet_barcodes
        Of the raw droplets.
    """

    counts: sparse.csr_matrix
    droplets: sparse.csr_matrix
    truth: pd.DataFrame
    droplet_barcodes: list[str]


@dataclass(frozen=True)
class CellCohort:
    """All single-cell samples.

    Parameters
    ----------
    sheet
        Rows for the sample sheet.
    samples
        By sample.
    truth
        Of all cells, with sample, patient and tissue.
    copy_numbers
        patient, chromosome, start, end, factor of each changed arm.
    """

    sheet: pd.DataFrame
    samples: dict[str, SimulatedCells]
    truth: pd.DataFrame
    copy_numbers: pd.DataFrame


def simulated_sheet(simulation: Simulation) -> pd.DataFrame:
    """Name the single-cell samples that a simulation makes, and their files.

    Parameters
    ----------
    simulation
        Numbers of patients; no more of them than there are get single cells.

    Returns
    -------
    DataFrame
        ``sample, assay, cells_file, droplets_file``.
    """
    width = max(3, len(str(simulation.patients)))
    names = [
        f"P{number:0{width}d}_{tissue}_cells"
        for number in range(1, min(simulation.single_cell_patients, simulation.patients) + 1)
        for tissue in TISSUES
    ]
    files = {"cells_file": [f"{name}.h5" for name in names]}
    files["droplets_file"] = [f"{name}_raw.h5" for name in names]
    return pd.DataFrame({"sample": names, "assay": "single_cell", **files})


def draw_cells(
    simulation: Simulation,
    patients: pd.DataFrame,
    driven: np.ndarray,
    profiles: Profiles,
    facts: pd.DataFrame,
    sets: Mapping[str, GeneSet],
    rng: np.random.Generator,
) -> CellCohort:
    """Draw tumor and TDLN cells of the first patients.

    Parameters
    ----------
    simulation
        Numbers of patients and cells.
    patients
        Of `innervate.simulate.clinical.draw_patients`.
    driven
        Patients x `DRIVERS`.
    profiles
        Of the compartments.
    facts
        Gene facts by symbol: chromosome, start.
    sets
        Gene sets by name.
    rng
        Source of randomness.
    """
    levels, shifts = kind_levels(profiles, rng), state_shifts(profiles, sets, rng)
    count = min(simulation.single_cell_patients, len(patients))
    metastatic = int(rng.integers(count))
    places = facts.reindex(profiles.genes)
    effects = {name: rng.normal(0, BATCH_SPREAD, len(places)) for name in BATCHES}
    rows, samples, truths, arms = [], {}, [], []
    for number in range(count):
        patient = patients["patient"].iloc[number]
        changed, change = draw_copy_numbers(places, rng)
        arms.append(changed.assign(patient=patient))
        for tissue in TISSUES:
            shares = pd.Series(COMPOSITION[tissue])
            if tissue == "tdln" and number == metastatic:
                shares["malignant"] = METASTASIS
            batch, sex = BATCHES[number % len(BATCHES)], patients["sex"].iloc[number]
            general = effects[batch] - WRONG_SEX * of_other_sex(places.index, pd.Series([sex]))[0]
            here = _levels_of_sample(levels, profiles, driven[number], tissue, change, general)
            sample = f"{patient}_{tissue}_cells"
            samples[sample] = _draw_sample(
                here, shifts, shares, driven[number], tissue, profiles, simulation.cells, rng
            )
            rows.append(
                {"sample": sample, "patient": patient, "assay": "single_cell", "tissue": tissue,
                 "timepoint": "baseline", "batch": batch, "sex": sex, "paired_subset": "no"}
            )  # fmt: skip
            facts_of = {"sample": sample, "patient": patient, "tissue": tissue}
            truths.append(samples[sample].truth.assign(**facts_of))
    sheet = pd.DataFrame(rows).merge(simulated_sheet(simulation), on=["sample", "assay"])
    return CellCohort(sheet, samples, pd.concat(truths)[TRUTH], pd.concat(arms)[COPY_NUMBERS])


def _levels_of_sample(
    levels: Mapping[str, np.ndarray],
    profiles: Profiles,
    driven: np.ndarray,
    tissue: str,
    copy_number: np.ndarray,
    general: np.ndarray,
) -> dict[str, np.ndarray]:
    # Macrophage states are drawn cell by cell, so their nodes shift no gene of all macrophages.
    nodes = np.where(np.isin(DRIVERS, list(STATES)), 0.0, driven)
    found = {}
    for name, level in levels.items():
        place = COMPARTMENTS.index(KINDS[name].compartment)
        found[name] = level + general
        # What drives the tumor's cells does not drive the normal epithelium beside it.
        if name != "epithelial":
            found[name] = found[name] + nodes @ profiles.responses[tissue][place]
    found["malignant"] = found["malignant"] + copy_number
    return found


def _draw_sample(
    levels: Mapping[str, np.ndarray],
    shifts: Mapping[str, np.ndarray],
    shares: pd.Series,
    driven: np.ndarray,
    tissue: str,
    profiles: Profiles,
    cells: int,
    rng: np.random.Generator,
) -> SimulatedCells:
    mean = rng.dirichlet(CONCENTRATION * shares.to_numpy() / shares.sum())
    kinds = rng.choice(shares.index.to_numpy(), size=cells, p=mean)
    states = np.where(kinds == "macrophage", "intermediate", "")
    if tissue == "tumor":
        states[kinds == "macrophage"] = draw_states((kinds == "macrophage").sum(), driven, rng)
    depth = TYPICAL_COUNTS * rng.lognormal(0, DEPTH_SPREAD, cells)
    depth *= [KINDS[kind].depth for kind in kinds]
    pairs = sorted(set(zip(kinds, states, strict=True)))
    group = np.array([pairs.index(pair) for pair in zip(kinds, states, strict=True)])
    share = np.exp2([levels[kind] + (shifts[state] if state else 0.0) for kind, state in pairs])
    share /= share.sum(axis=1, keepdims=True)
    damaged = rng.random(cells) < DAMAGED
    depth = np.where(damaged, depth / 3, depth)
    burst = np.full(cells, np.nan)
    burst[damaged] = rng.uniform(*DAMAGED_MITO, damaged.sum())
    mitochondrial = profiles.genes.str.startswith("MT-")
    ambient = rng.beta(*AMBIENT)
    counts, soup = _draw_counts(share, group, depth, burst, mitochondrial, ambient, rng)
    doublet = (rng.random(cells) < DOUBLETS) & ~damaged
    partner = rng.permutation(cells)
    counts = counts + counts[partner].multiply(doublet[:, None]).astype(np.int32)
    truth = pd.DataFrame(
        {"cell_type": kinds, "malignant": np.where(kinds == "malignant", "yes", "no"),
         "state": np.where(tissue == "tumor", states, ""),
         "doublet": np.where(doublet, "yes", "no"),
         "doublet_partner": np.where(doublet, kinds[partner], ""),
         "damaged": np.where(damaged, "yes", "no"),
         "ambient_fraction": ambient}
    )  # fmt: skip
    empty = rng.poisson(rng.integers(*EMPTY_COUNTS, EMPTY_DROPLETS)[:, None] * soup)
    droplets = sparse.vstack([counts, sparse.csr_matrix(empty, dtype=np.int32)], format="csr")
    barcodes = _barcodes(droplets.shape[0], rng)
    truth.insert(0, "barcode", barcodes[:cells])
    return SimulatedCells(counts.tocsr(), droplets, truth, barcodes)


def _draw_counts(
    share: np.ndarray,
    group: np.ndarray,
    depth: np.ndarray,
    burst: np.ndarray,
    mitochondrial: np.ndarray,
    ambient: float,
    rng: np.random.Generator,
) -> tuple[sparse.csr_matrix, np.ndarray]:
    blocks = [slice(at, at + BLOCK) for at in range(0, len(group), BLOCK)]
    soup = np.zeros(share.shape[1])
    for block in blocks:
        expected = _burst(share[group[block]], burst[block], mitochondrial)
        soup += (expected * depth[block, None]).sum(axis=0)
    soup /= soup.sum()
    parts = []
    for block in blocks:
        expected = _burst(share[group[block]], burst[block], mitochondrial)
        means = depth[block, None] * ((1 - ambient) * expected + ambient * soup)
        noise = rng.gamma(1 / DISPERSION, DISPERSION, means.shape)
        parts.append(sparse.csr_matrix(rng.poisson(means * noise), dtype=np.int32))
    return sparse.vstack(parts, format="csr"), soup


def _burst(share: np.ndarray, wanted: np.ndarray, mitochondrial: np.ndarray) -> np.ndarray:
    # Cytoplasmic RNA leaks out of a damaged cell; its mitochondria hold theirs.
    damaged = ~np.isnan(wanted)
    before, wanted = share[damaged], wanted[damaged, None]
    now = before[:, mitochondrial].sum(axis=1, keepdims=True)
    after = before * (1 - wanted) / (1 - now)
    after[:, mitochondrial] = before[:, mitochondrial] * wanted / now
    share[damaged] = after
    return share


def _barcodes(count: int, rng: np.random.Generator) -> list[str]:
    letters = np.array(list("ACGT"))
    drawn = ["".join(row) + "-1" for row in letters[rng.integers(0, 4, (2 * count, 16))]]
    return list(dict.fromkeys(drawn))[:count]
