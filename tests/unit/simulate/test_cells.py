"""What the simulator plants in single cells stands in the counts that it draws."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from innervate.config.cohort import Simulation
from innervate.simulate.cells import simulated_sheet
from innervate.simulate.cohort import simulate_cohort, write_cohort
from innervate.simulate.markers import MARKERS

SETTINGS = Simulation(patients=12, genes=6000, effect=0.8, single_cell_patients=3, cells=300)


@pytest.fixture(scope="module")
def cohort():
    return simulate_cohort(SETTINGS, seed=3)


@pytest.fixture(scope="module")
def counts(cohort):
    """All cells x genes, with the truth of each."""
    blocks = [sample.counts.toarray() for sample in cohort.cells.samples.values()]
    frame = pd.DataFrame(np.vstack(blocks), columns=cohort.genes["symbol"].to_numpy())
    return frame, cohort.cells.truth.reset_index(drop=True)


def clean(truth):
    return (truth["doublet"] == "no") & (truth["damaged"] == "no")


def test_bulk_is_the_same_with_and_without_cells(cohort):
    plain = simulate_cohort(SETTINGS.model_copy(update={"single_cell_patients": 0}), seed=3)
    pd.testing.assert_frame_equal(plain.counts, cohort.counts)
    pd.testing.assert_frame_equal(plain.clinical, cohort.clinical)
    assert plain.cells is None
    assert set(plain.samples["assay"]) == {"bulk"}


def test_sheet_names_samples_and_files_before_they_are_made(cohort):
    told = simulated_sheet(SETTINGS)
    made = cohort.samples[cohort.samples["assay"] == "single_cell"]
    assert made["sample"].tolist() == told["sample"].tolist()
    assert made["cells_file"].tolist() == told["cells_file"].tolist()
    assert (cohort.samples.loc[cohort.samples["assay"] == "bulk", "cells_file"] == "").all()


def test_markers_are_on_in_their_type_and_off_in_its_sisters(counts):
    frame, truth = counts
    share = frame.div(frame.sum(axis=1), axis=0)[clean(truth)]
    mean = share.groupby(truth["cell_type"]).mean()
    for gene, kind, sister in (
        ("CD8A", "t_cd8", "t_cd4"),
        ("FOXP3", "t_reg", "t_cd8"),
        ("MS4A1", "b_cell", "plasma"),
        ("JCHAIN", "plasma", "b_cell"),
        ("TPSAB1", "mast", "macrophage"),
        ("C1QA", "macrophage", "dendritic"),
        ("KRT5", "malignant", "fibroblast"),
    ):
        assert mean.loc[kind, gene] > 8 * mean.loc[sister, gene], gene


def test_damaged_cells_are_mitochondrial_and_intact_ones_are_not(counts):
    frame, truth = counts
    mito = frame.loc[:, frame.columns.str.startswith("MT-")].sum(axis=1) / frame.sum(axis=1)
    assert mito[truth["damaged"] == "yes"].between(0.3, 0.75).mean() > 0.95
    assert mito[clean(truth)].between(0.02, 0.15).mean() > 0.99


def test_doublets_hold_two_cells(counts):
    frame, truth = counts
    depth = frame.sum(axis=1)
    ratio = depth[truth["doublet"] == "yes"].median() / depth[clean(truth)].median()
    assert ratio == pytest.approx(2.0, rel=0.25)
    assert (truth.loc[truth["doublet"] == "yes", "doublet_partner"] != "").all()


def test_copy_numbers_scale_the_genes_of_the_arm(cohort, counts):
    frame, truth = counts
    from innervate.genes.table import load_genes

    facts = load_genes("human").facts.loc[frame.columns]
    start = pd.to_numeric(facts["start"], errors="coerce").to_numpy()
    chromosome = facts["chromosome"].astype(str).str.removeprefix("chr").to_numpy()
    found = {1.5: [], 0.5: []}
    for _, arm in cohort.cells.copy_numbers.iterrows():
        here = (chromosome == arm["chromosome"]) & (start >= arm["start"]) & (start <= arm["end"])
        used = clean(truth) & (truth["cell_type"] == "malignant")
        mine = used & (truth["patient"] == arm["patient"])
        others = used & (truth["patient"] != arm["patient"])
        part = [frame.loc[rows, here].to_numpy().sum() / frame[rows].to_numpy().sum()
                for rows in (mine, others)]  # fmt: skip
        found[arm["factor"]].append(part[0] / part[1])
    print({factor: np.round(ratios, 2) for factor, ratios in found.items()})
    # Others may have the arm changed too, so the typical ratio is judged.
    assert np.median(found[1.5]) == pytest.approx(1.5, rel=0.3)
    assert np.median(found[0.5]) == pytest.approx(0.5, rel=0.4)


def test_macrophage_states_carry_their_genes(counts):
    frame, truth = counts
    share = frame.div(frame.sum(axis=1), axis=0)
    macrophages = clean(truth) & (truth["cell_type"] == "macrophage") & (truth["tissue"] == "tumor")
    mean = share[macrophages].groupby(truth["state"]).mean()
    assert set(mean.index) == {"m1", "m2", "intermediate"}
    assert mean.loc["m2", "CD163"] > 2 * mean.loc["m1", "CD163"]
    assert mean.loc["m1", "CXCL9"] > 2 * mean.loc["intermediate", "CXCL9"]
    assert (truth.loc[truth["tissue"] == "tdln", "state"] == "").all()


def test_ambient_rna_carries_other_cells_genes(counts):
    frame, truth = counts
    foreign = [*MARKERS["malignant"].split(), *MARKERS["fibroblast"].split()]
    share = frame[foreign].sum(axis=1) / frame.sum(axis=1)
    depth = frame.sum(axis=1)
    for sample, rows in truth[truth["tissue"] == "tumor"].groupby("sample"):
        t_cells = rows.index[rows["cell_type"].isin(["t_cd4", "t_cd8"]) & clean(rows)]
        soup = np.average(share[rows.index], weights=depth[rows.index])
        mine = np.average(share[t_cells], weights=depth[t_cells])
        planted = rows["ambient_fraction"].iloc[0]
        assert mine / soup == pytest.approx(planted, rel=0.2, abs=0.01), sample


def test_files_read_in_scanpy_and_are_the_same_each_time(cohort, tmp_path):
    import scanpy as sc

    digests = []
    for name in ("one", "two"):
        write_cohort(cohort, tmp_path / name)
        files = sorted((tmp_path / name).rglob("*"))
        digests.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in files
                        if path.is_file()])  # fmt: skip
    assert digests[0] == digests[1]
    sample, cells = next(iter(cohort.cells.samples.items()))
    read = sc.read_10x_h5(tmp_path / f"one/cells/{sample}.h5")
    assert read.shape == cells.counts.shape
    assert (cells.counts != read.X).nnz == 0
    assert read.var["gene_ids"].str.startswith("ENSG").mean() > 0.95
    raw = sc.read_10x_h5(tmp_path / f"one/cells/{sample}_raw.h5")
    assert raw.n_obs == cells.counts.shape[0] + 1500
