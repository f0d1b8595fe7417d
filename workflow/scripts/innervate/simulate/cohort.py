"""A whole simulated cohort: sample sheet, counts, clinical table, and the truth behind them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from innervate.config.cohort import Simulation
from innervate.genes.sets import load_sets
from innervate.genes.table import load_genes
from innervate.runtime.files import write_tsv
from innervate.simulate import circuit, clinical, expression
from innervate.simulate.cell_profiles import COPY_NUMBERS
from innervate.simulate.cells import TRUTH, CellCohort, draw_cells
from innervate.simulate.files import write_10x_h5
from innervate.simulate.markers import FRACTIONS
from innervate.simulate.profiles import build_profiles

PAIRED_PATIENTS = 12
"""Patients of the paired contrast: a coefficient each makes a design with all of them slow."""


@dataclass(frozen=True)
class SimulatedCohort:
    """Tables of a simulated cohort.

    Parameters
    ----------
    samples
        The sample sheet: sample, patient, assay, tissue, timepoint, batch, sex, paired_subset.
    counts
        genes x samples, whole numbers.
    clinical
        A row a patient; see `innervate.simulate.clinical.draw_clinical` and ``draw_analgesia``.
    pain_later
        A row a patient and visit; see `innervate.simulate.clinical.draw_later_pain`.
    truth_samples
        A row a sample: sample, patient, tissue, what is wrong with it (``trap``), the sex it
        expresses, purity (share of malignant RNA), shares of the compartments, and the
        value of each node (SD).
    truth_effects
        node, kind (edge, gene, pain, log_hazard), target, tissue, planted, unit.
    genes
        ensembl_id and symbol, in the order of the counts.
    cells
        The single-cell samples, or None.
    """

    samples: pd.DataFrame
    counts: pd.DataFrame
    clinical: pd.DataFrame
    pain_later: pd.DataFrame
    truth_samples: pd.DataFrame
    truth_effects: pd.DataFrame
    genes: pd.DataFrame
    cells: CellCohort | None


def simulate_cohort(simulation: Simulation, seed: int) -> SimulatedCohort:
    """Simulate a cohort with a tumor and a TDLN library of each patient.

    Three libraries are wrong, as happens: a tumor that is another person's, of the other
    sex; a TDLN library that failed; a TDLN with tumor in it.

    Parameters
    ----------
    simulation
        Number of patients and genes, and the planted effect.
    seed
        Same seed, same cohort to the last byte. The parts draw from streams of their own, so that
        another number of genes leaves patients and outcomes as they are.

    Returns
    -------
    SimulatedCohort
        The tables and the truth.
    """
    streams = [np.random.default_rng(item) for item in np.random.SeedSequence(seed).spawn(8)]
    for_patients, for_latents, for_clinical, for_samples, for_profiles, for_counts = streams[:6]
    patients = clinical.draw_patients(simulation.patients, for_patients)
    latents = circuit.draw_latents(simulation.patients, simulation.effect, for_latents)
    table = clinical.draw_clinical(patients, latents, simulation.effect, for_clinical)
    table = table.join(clinical.draw_analgesia(latents, streams[7]))
    later = clinical.draw_later_pain(table, latents, streams[7])

    samples = _samples(patients, for_samples)
    samples = _set_traps(samples, for_samples)
    nodes = latents.loc[samples["patient_number"]].set_axis(samples.index)
    strangers = samples["trap"].eq("swapped").to_numpy()
    drawn = circuit.draw_latents(int(strangers.sum()), simulation.effect, for_samples)
    nodes.loc[strangers] = drawn.to_numpy()
    positive = patients["hpv"].eq("positive").to_numpy(float)[samples["patient_number"]]
    driven = expression.drivers(nodes, positive)
    fractions = expression.draw_fractions(samples["tissue"], driven, for_samples)
    fractions = _contaminate(fractions, samples["trap"].eq("contaminated"))

    genes = load_genes("human").frame
    # Known predictors of response are not part of the circuit, and none of them is planted.
    sets = {name: one for name, one in load_sets("human").items() if one.node != "response"}
    profiles = build_profiles(genes, sets, simulation.genes, for_profiles)
    cells = None
    if simulation.single_cell_patients:
        own = expression.drivers(latents, patients["hpv"].eq("positive").to_numpy(float))
        facts = load_genes("human").facts
        cells = draw_cells(simulation, patients, own, profiles, facts, sets, streams[6])
    counts = expression.draw_counts(profiles, samples, fractions, driven, for_counts)
    effects = [circuit.edge_truth(simulation.effect), expression.expected_effects(profiles)]
    return SimulatedCohort(
        samples=_sheet(samples, cells),
        counts=counts,
        clinical=table,
        pain_later=later,
        truth_samples=_truth(samples, fractions, nodes),
        truth_effects=pd.concat(effects, ignore_index=True),
        genes=load_genes("human").facts.loc[profiles.genes, ["ensembl_id", "symbol"]],
        cells=cells,
    )


def write_cohort(cohort: SimulatedCohort, folder: str | Path) -> None:
    """Write the tables, the truth, and the single-cell samples as 10x HDF5 files.

    Without single cells their folder and truth are empty: the workflow declares them.

    Parameters
    ----------
    cohort
        What to write.
    folder
        Where to; made where it is missing.
    """
    folder = Path(folder)
    write_tsv(cohort.samples, folder / "samples.tsv")
    write_tsv(cohort.counts.reset_index(), folder / "counts.tsv.gz")
    write_tsv(cohort.clinical, folder / "clinical.tsv")
    write_tsv(cohort.pain_later, folder / "pain_later.tsv")
    write_tsv(cohort.truth_samples, folder / "truth_samples.tsv")
    write_tsv(cohort.truth_effects, folder / "truth_effects.tsv")
    (folder / "cells").mkdir(exist_ok=True)
    cells = cohort.cells
    truth = cells.truth if cells else pd.DataFrame(columns=TRUTH)
    arms = cells.copy_numbers if cells else pd.DataFrame(columns=COPY_NUMBERS)
    write_tsv(truth, folder / "truth_cells.tsv.gz")
    write_tsv(arms, folder / "truth_copy_numbers.tsv")
    for name, sample in cells.samples.items() if cells else ():
        barcodes = list(sample.truth["barcode"])
        write_10x_h5(sample.counts, barcodes, cohort.genes, folder / f"cells/{name}.h5")
        write_10x_h5(
            sample.droplets, sample.droplet_barcodes, cohort.genes, folder / f"cells/{name}_raw.h5"
        )


def _samples(patients: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {
                "sample": patients["patient"] + "_" + tissue,
                "patient": patients["patient"],
                "patient_number": np.arange(len(patients)),
                "tissue": tissue,
                "batch": _balanced_batches(len(patients), rng),
                "sex": patients["sex"],
            }
        )
        for tissue in FRACTIONS
    ]
    samples = pd.concat(frames).sort_values(["patient", "tissue"], kind="stable")
    return samples.assign(timepoint="baseline").set_index("sample")


def _balanced_batches(count: int, rng: np.random.Generator) -> np.ndarray:
    names = np.array(["b1", "b2", "b3"])
    return rng.permutation(names[np.arange(count) % len(names)])


def _set_traps(samples: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    # Wrong libraries and the paired design are of different patients.
    order = rng.permutation(samples["patient"].unique())
    swapped, failed, contaminated = order[:3]
    paired = order[3 : 3 + PAIRED_PATIENTS]
    traps = [(swapped, "tumor", "swapped")]
    traps += [(failed, "tdln", "failed"), (contaminated, "tdln", "contaminated")]
    samples = samples.assign(trap="", expressed_sex=samples["sex"], depth_factor=1.0)
    for patient, tissue, trap in traps:
        here = samples["patient"].eq(patient) & samples["tissue"].eq(tissue)
        samples.loc[here, "trap"] = trap
    other = samples["sex"].map({"female": "male", "male": "female"})
    is_swapped = samples["trap"].eq("swapped")
    samples["expressed_sex"] = samples["sex"].mask(is_swapped, other)
    samples.loc[samples["trap"].eq("failed"), "depth_factor"] = 0.004
    samples["paired_subset"] = np.where(samples["patient"].isin(paired), "yes", "no")
    return samples


def _contaminate(fractions: pd.DataFrame, contaminated: pd.Series) -> pd.DataFrame:
    tumor = 0.35 * np.array(FRACTIONS["tumor"])
    return fractions.where(~contaminated, 0.65 * fractions + tumor)


def _sheet(samples: pd.DataFrame, cells: CellCohort | None) -> pd.DataFrame:
    columns = ["sample", "patient", "assay", "tissue", "timepoint", "batch", "sex", "paired_subset"]
    bulk = samples.reset_index().assign(assay="bulk")[columns]
    return bulk if cells is None else pd.concat([bulk, cells.sheet], ignore_index=True).fillna("")


def _truth(samples: pd.DataFrame, fractions: pd.DataFrame, nodes: pd.DataFrame) -> pd.DataFrame:
    known = samples[["patient", "tissue", "trap", "expressed_sex"]]
    purity = fractions["malignant"].rename("purity")
    shares = fractions.add_prefix("fraction_")
    return pd.concat([known, purity, shares, nodes], axis=1).rename_axis("sample").reset_index()
