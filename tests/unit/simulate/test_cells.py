"""What the simulator plants in single cells stands in the counts that it draws."""

import hashlib

import h5py
import numpy as np
import pandas as pd
import pytest

from innervate.config.cohort import Simulation
from innervate.genes.sets import load_sets
from innervate.genes.table import load_genes
from innervate.simulate import cells
from innervate.simulate.cell_profiles import STATE_STEP, STATES, draw_states
from innervate.simulate.cells import simulated_sheet
from innervate.simulate.circuit import draw_latents
from innervate.simulate.cohort import simulate_cohort, write_cohort
from innervate.simulate.expression import drivers
from innervate.simulate.markers import MARKERS
from innervate.simulate.profiles import DRIVERS

SETTINGS = Simulation(patients=12, genes=6000, effect=0.8, single_cell_patients=5, cells=400)
SMALL = Simulation(patients=8, genes=2000, single_cell_patients=1, cells=60)
COUNTED = 200
"""Counts of a gene from which a ratio of two of them is worth a look."""


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


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_bulk_is_the_same_with_and_without_cells(cohort):
    plain = simulate_cohort(SETTINGS.model_copy(update={"single_cell_patients": 0}), seed=3)
    pd.testing.assert_frame_equal(plain.counts, cohort.counts)
    pd.testing.assert_frame_equal(plain.clinical, cohort.clinical)
    pd.testing.assert_frame_equal(plain.truth_samples, cohort.truth_samples)
    pd.testing.assert_frame_equal(plain.truth_effects, cohort.truth_effects)
    bulk = cohort.samples[cohort.samples["assay"] == "bulk"]
    pd.testing.assert_frame_equal(plain.samples, bulk[list(plain.samples.columns)])
    assert plain.cells is None
    assert set(plain.samples["assay"]) == {"bulk"}
    assert "cells_file" not in plain.samples


def test_sheet_names_samples_and_files_before_they_are_made(cohort):
    told = simulated_sheet(SETTINGS)
    made = cohort.samples[cohort.samples["assay"] == "single_cell"]
    assert made["sample"].tolist() == told["sample"].tolist()
    assert made["cells_file"].tolist() == told["cells_file"].tolist()
    assert (cohort.samples.loc[cohort.samples["assay"] == "bulk", "cells_file"] == "").all()


def test_sheet_names_no_more_patients_than_there_are():
    more = SMALL.model_copy(update={"single_cell_patients": 10})
    made = simulate_cohort(more, seed=3).samples
    told = simulated_sheet(more)["sample"]
    assert told.tolist() == made.loc[made["assay"] == "single_cell", "sample"].tolist()
    assert len(told) == 2 * 8


def test_markers_are_on_in_their_type_and_off_in_its_sisters(counts):
    frame, truth = counts
    share = frame.div(frame.sum(axis=1), axis=0)[clean(truth)]
    mean = share.groupby(truth["cell_type"]).mean()
    for gene, kind, sister in (
        ("CD8A", "t_cd8", "t_cd4"),
        ("CD4", "t_cd4", "t_cd8"),
        ("FOXP3", "t_reg", "t_cd8"),
        ("CD3E", "t_cd8", "nk"),
        ("NCAM1", "nk", "t_cd8"),
        ("MS4A1", "b_cell", "plasma"),
        ("JCHAIN", "plasma", "b_cell"),
        ("TPSAB1", "mast", "macrophage"),
        ("C1QA", "macrophage", "dendritic"),
        ("KRT5", "malignant", "fibroblast"),
        ("SOX10", "schwann", "fibroblast"),
    ):
        assert mean.loc[kind, gene] > 8 * mean.loc[sister, gene], gene


def test_barcodes_are_ten_x_and_name_one_cell(cohort):
    for sample in cohort.cells.samples.values():
        barcodes = pd.Series(sample.droplet_barcodes)
        assert barcodes.str.fullmatch(r"[ACGT]{16}-1").all()
        assert barcodes.is_unique
        assert sample.truth["barcode"].tolist() == barcodes[: len(sample.truth)].tolist()


def test_cells_have_the_depth_of_their_type(counts):
    frame, truth = counts
    depth = frame.sum(axis=1)[clean(truth)].groupby(truth["cell_type"]).median()
    # 3,500 counts of the typical cell; 1.5 and 0.7 times as many.
    assert depth["fibroblast"] == pytest.approx(3_500, rel=0.15)
    assert depth[["malignant", "macrophage"]].to_numpy() == pytest.approx(5_250, rel=0.15)
    assert depth[["t_cd4", "t_cd8"]].to_numpy() == pytest.approx(2_450, rel=0.15)


def test_damaged_cells_are_mitochondrial_and_intact_ones_are_not(counts):
    frame, truth = counts
    depth = frame.sum(axis=1)
    mito = frame.loc[:, frame.columns.str.startswith("MT-")].sum(axis=1) / depth
    damaged = truth["damaged"] == "yes"
    assert damaged.mean() == pytest.approx(0.04, abs=0.02)
    # Drawn from 0.4 to 0.7, and pulled a little to the sample's mean by the ambient RNA.
    assert mito[damaged].between(0.3, 0.75).mean() > 0.95
    # How far single cells reach above a tenth hangs on the genes drawn beside the mitochondrial.
    assert 0.03 < mito[clean(truth)].median() < 0.10
    assert mito[clean(truth)].between(0.02, 0.16).mean() > 0.98
    assert depth[damaged].median() / depth[clean(truth)].median() == pytest.approx(1 / 3, rel=0.25)


def test_doublets_hold_two_cells(counts):
    frame, truth = counts
    depth, doublet = frame.sum(axis=1), truth["doublet"] == "yes"
    assert doublet.mean() == pytest.approx(0.06, abs=0.02)
    assert depth[doublet].mean() / depth[clean(truth)].mean() == pytest.approx(2.0, rel=0.2)
    assert (truth["doublet_partner"] != "").equals(doublet)
    # A T cell has keratins of its own only where it is one with a malignant cell.
    keratins = frame[["KRT5", "KRT14", "KRT6A", "KRT17"]].sum(axis=1)
    t_cells = truth["cell_type"].isin(["t_cd4", "t_cd8", "t_reg"])
    joined = doublet & t_cells & (truth["doublet_partner"] == "malignant")
    assert keratins[joined].median() > 10 * keratins[clean(truth) & t_cells].median()


def test_copy_numbers_scale_the_genes_of_the_arm(cohort, counts):
    frame, truth = counts
    arms = cohort.cells.copy_numbers
    facts = load_genes("human").facts.loc[frame.columns]
    start = pd.to_numeric(facts["start"], errors="coerce").to_numpy()
    chromosome = facts["chromosome"].astype(str).str.removeprefix("chr").to_numpy()
    patients = arms["patient"].unique()
    factors = {patient: np.ones(frame.shape[1]) for patient in patients}
    for arm in arms.itertuples():
        here = (chromosome == arm.chromosome) & (start >= arm.start) & (start <= arm.end)
        factors[arm.patient][here] = arm.factor
    malignant = clean(truth) & (truth["cell_type"] == "malignant") & (truth["tissue"] == "tumor")
    sums = frame[malignant].groupby(truth["patient"]).sum()
    found = {0.5: [], 1.0: [], 1.5: []}
    for one in patients:
        for two in patients[patients != one]:
            # Against genes that neither has changed, as a gain takes counts from all others.
            neutral = (factors[one] == 1) & (factors[two] == 1)
            a = sums.loc[one].to_numpy() / sums.loc[one].to_numpy()[neutral].sum()
            b = sums.loc[two].to_numpy() / sums.loc[two].to_numpy()[neutral].sum()
            seen = (factors[two] == 1) & (sums.loc[two].to_numpy() > COUNTED)
            for factor, ratios in found.items():
                ratios.extend((a / np.where(seen, b, 1))[seen & (factors[one] == factor)])
    print({factor: (len(ratios), np.median(ratios)) for factor, ratios in found.items()})
    for factor, ratios in found.items():
        assert len(ratios) > 50
        assert np.median(ratios) == pytest.approx(factor, rel=0.15)
    assert arms.groupby("patient").size().between(5, 8).all()


def test_one_lymph_node_has_a_metastasis_and_normal_epithelium_is_of_the_tumor(cohort):
    truth = cohort.cells.truth
    nodes = truth[truth["tissue"] == "tdln"]
    assert nodes.loc[nodes["malignant"] == "yes", "patient"].nunique() == 1
    assert (truth.loc[truth["cell_type"] == "epithelial", "tissue"] == "tumor").all()
    assert (truth["malignant"] == "yes").equals(truth["cell_type"] == "malignant")


def test_macrophage_states_carry_their_genes(counts):
    frame, truth = counts
    tumor = truth["tissue"] == "tumor"
    sums = frame[clean(truth) & (truth["cell_type"] == "macrophage") & tumor]
    sums = sums.groupby(truth["state"]).sum()
    assert set(sums.index) == {"m1", "m2", "intermediate"}
    share = sums.div(sums.sum(axis=1), axis=0)
    sets = load_sets("human")
    for state, (name, further) in STATES.items():
        genes = [*sets[name].genes, *further.split()]
        genes = [g for g in dict.fromkeys(genes) if g in sums and sums.loc["intermediate", g] > 10]
        rise = np.log2(share.loc[state, genes] / share.loc["intermediate", genes])
        print(state, rise.round(1).to_dict())
        assert len(genes) >= 3
        # By gene 1.5 to 3; the other states' counts that the ambient RNA brings take some away.
        assert STATE_STEP[0] - 0.4 < rise.mean() < STATE_STEP[1]
        assert (rise > 0.5).all()
    assert ((truth["state"] != "") == (tumor & (truth["cell_type"] == "macrophage"))).all()


def test_typical_patient_has_the_declared_shares_of_macrophage_states():
    drawn = draw_states(20_000, np.zeros(len(DRIVERS)), np.random.default_rng(1))
    share = pd.Series(drawn).value_counts(normalize=True)
    # Standard error below 0.004.
    assert share["m1"] == pytest.approx(0.25, abs=0.015)
    assert share["m2"] == pytest.approx(0.45, abs=0.015)
    assert share["intermediate"] == pytest.approx(0.30, abs=0.015)


@pytest.mark.parametrize("state", STATES)
def test_logit_of_a_state_share_rises_by_one_per_sd_of_its_node(state):
    rng = np.random.default_rng(1)
    latents = draw_latents(500, 0.8, rng)
    drawn = [draw_states(300, patient, rng) for patient in drivers(latents, np.zeros(500))]
    share = np.array([((states == state).sum() + 0.5) / 301 for states in drawn])
    slope = np.polyfit(latents[state], np.log(share / (1 - share)), 1)[0]
    print(f"{state}: mean share {share.mean():.2f}, logit per SD {slope:.2f}")
    assert slope == pytest.approx(1, abs=0.2)


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
        assert 0.005 < planted < 0.25
        assert mine / soup == pytest.approx(planted, rel=0.2, abs=0.01), sample


def test_empty_droplets_hold_the_ambient_rna_only(cohort):
    for sample in cohort.cells.samples.values():
        cells_in = len(sample.truth)
        assert (sample.droplets[:cells_in] != sample.counts).nnz == 0
        empty = sample.droplets[cells_in:]
        sizes = np.asarray(empty.sum(axis=1)).ravel()
        # Expected counts are uniform from 5 to 79, so the mean is 42.
        assert sizes.mean() == pytest.approx(42, rel=0.05)
        assert sizes.max() < 130
        soup = np.asarray(empty.sum(axis=0)).ravel() / sizes.sum()
        everything = np.asarray(sample.counts.sum(axis=0)).ravel() / sample.counts.sum()
        top = np.argsort(everything)[-100:]
        assert np.corrcoef(soup[top], everything[top])[0, 1] > 0.95


def test_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    for name, seed in (("one", 5), ("two", 5), ("other", 6)):
        write_cohort(simulate_cohort(SMALL, seed), tmp_path / name)
    one, two, other = (digests(tmp_path / name) for name in ("one", "two", "other"))
    assert one == two
    assert {"cells/P001_tumor_cells.h5", "cells/P001_tdln_cells_raw.h5"} < set(one)
    assert all(one[name] != other[name] for name in one)


def test_cells_drawn_in_blocks_are_planted_alike(monkeypatch):
    sample = "P001_tumor_cells"
    whole = simulate_cohort(SMALL, seed=5).cells.samples[sample]
    monkeypatch.setattr(cells, "BLOCK", 25)
    parts = simulate_cohort(SMALL, seed=5).cells.samples[sample]
    # Draws come in another order, so that counts differ; what was planted before does not.
    known = ["cell_type", "state", "damaged", "ambient_fraction"]
    pd.testing.assert_frame_equal(whole.truth[known], parts.truth[known])
    assert parts.counts.sum() == pytest.approx(whole.counts.sum(), rel=0.2)
    assert parts.counts.shape == whole.counts.shape == (60, 2000)


def test_files_read_in_scanpy(cohort, tmp_path):
    import scanpy as sc

    write_cohort(cohort, tmp_path)
    sample, made = next(iter(cohort.cells.samples.items()))
    read = sc.read_10x_h5(tmp_path / f"cells/{sample}.h5")
    assert read.obs_names.tolist() == made.truth["barcode"].tolist()
    assert read.var_names.tolist() == cohort.genes["symbol"].tolist()
    assert (made.counts != read.X).nnz == 0
    assert read.var["gene_ids"].str.startswith("ENSG").mean() > 0.95
    raw = sc.read_10x_h5(tmp_path / f"cells/{sample}_raw.h5")
    assert raw.n_obs == made.counts.shape[0] + 1500
    with h5py.File(tmp_path / f"cells/{sample}.h5") as file:
        assert set(file["matrix"]) == {"data", "indices", "indptr", "shape", "barcodes", "features"}
        assert {"id", "name", "feature_type", "genome"} < set(file["matrix/features"])
        assert file["matrix/shape"][:].tolist() == [6000, 400]


def test_truth_without_cells_is_a_header(tmp_path):
    plain = simulate_cohort(SMALL.model_copy(update={"single_cell_patients": 0}), seed=5)
    full = simulate_cohort(SMALL, seed=5)
    write_cohort(plain, tmp_path / "plain")
    write_cohort(full, tmp_path / "full")
    assert not list((tmp_path / "plain/cells").iterdir())
    for name in ("truth_cells.tsv.gz", "truth_copy_numbers.tsv"):
        empty = pd.read_csv(tmp_path / "plain" / name, sep="\t")
        written = pd.read_csv(tmp_path / "full" / name, sep="\t")
        assert empty.empty
        assert list(empty.columns) == list(written.columns)
        assert len(written)
