"""Cells are dropped for the reason that was planted, and none without one."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from innervate.config.cell_settings import CellQC, CellThresholds
from innervate.single_cell.qc import check_cells, exclusions, summarize, thresholds

KINDS = {"t_cd4": 150, "b_cell": 150, "macrophage": 150}


@pytest.fixture(scope="module")
def sample(plant):
    return plant({"S1": KINDS})


def with_share(cells, rows, genes, share):
    """Raise the share of some genes' counts in some cells."""
    counts = cells.X.toarray()
    columns = np.flatnonzero(cells.var_names.isin(genes))
    total = counts[rows].sum(axis=1)
    counts[rows] *= 1 - share
    counts[np.ix_(rows, columns)] += (total * share / len(columns))[:, None]
    changed = cells.copy()
    changed.X = sparse.csr_matrix(np.rint(counts))
    return changed


def test_damaged_cells_go_by_mitochondria_and_intact_ones_stay(sample, sets):
    damaged = np.arange(0, 450, 30)
    cells = with_share(sample, damaged, sets["QC_MITO"].genes, 0.5)
    checked = check_cells(cells, "S1", sets, CellQC(drop_doublets=False), seed=1)
    reason = checked.cells["drop_reason"]
    assert (reason[damaged] == "mitochondrial").all()
    assert (reason.drop(damaged) == "").mean() > 0.98


def test_red_cells_and_debris_have_their_own_reasons(sample, sets):
    cells = with_share(sample, [3, 4], sets["QC_HEMOGLOBIN"].genes, 0.6)
    cells.X[7] = sparse.csr_matrix(np.eye(1, cells.n_vars))
    checked = check_cells(cells, "S1", sets, CellQC(drop_doublets=False), seed=1)
    assert list(checked.cells.loc[[3, 4, 7], "drop_reason"]) == [
        "hemoglobin", "hemoglobin", "few counts",
    ]  # fmt: skip


def test_adaptive_limits_are_median_and_deviations_by_hand():
    metrics = pd.DataFrame({"n_counts": np.r_[np.full(60, 1000.0), np.full(60, 4000.0)]})
    metrics["n_genes"] = metrics["n_counts"] / 2
    metrics["mito_fraction"] = np.linspace(0.02, 0.08, 120)
    metrics["hemoglobin_fraction"] = 0.0
    found = thresholds(metrics, CellThresholds().model_dump(), CellQC()).set_index("metric")
    logs = np.log1p(metrics["n_counts"])
    spread = 1.4826 * np.median(np.abs(logs - logs.median()))
    assert found.loc["n_counts", "high"] == pytest.approx(np.expm1(logs.median() + 5 * spread))
    # 5 deviations below the median is under the floor, which then holds.
    assert found.loc["n_counts", "low"] == 500
    assert found.loc["n_counts", "low_source"] == "floor"
    assert found.loc["mito_fraction", "high"] == pytest.approx(0.05 + 5 * 1.4826 * 0.015, rel=0.02)


def test_a_fixed_threshold_of_one_sample_beats_the_cohorts(sample, sets):
    settings = CellQC(
        drop_doublets=False,
        fixed=CellThresholds(min_counts=10),
        fixed_by_sample={"S1": CellThresholds(min_counts=10**9)},
    )
    assert check_cells(sample, "S1", sets, settings, seed=1).kept.n_obs == 0
    assert check_cells(sample, "S2", sets, settings, seed=1).kept.n_obs > 400


def test_planted_doublets_are_found_and_few_singlets_lost(plant, sets):
    cells = plant({"S1": {"t_cd4": 200, "b_cell": 200, "macrophage": 200, "epithelial": 200}})
    rng = np.random.default_rng(5)
    pairs = [(rng.integers(0, 200), rng.integers(400, 600)) for _ in range(60)]
    counts = cells.X.toarray()
    for at, (one, two) in enumerate(pairs):
        counts[700 + at] = counts[one] + counts[two]
    cells.X = sparse.csr_matrix(counts)
    settings = CellQC(doublet_rate=0.08)
    checked = check_cells(cells, "S1", sets, settings, seed=1)
    called = (checked.cells["drop_reason"] == "doublet").to_numpy()
    planted = np.isin(np.arange(800), np.arange(700, 760))
    print(pd.crosstab(planted, called, rownames=["planted"], colnames=["called"]))
    assert called[planted].mean() > 0.8
    assert called[~planted].mean() < 0.03


def test_every_dropped_cell_is_counted_once_with_its_reason(sample, sets):
    cells = with_share(sample, np.arange(20), sets["QC_MITO"].genes, 0.7)
    checked = check_cells(cells, "S1", sets, CellQC(), seed=1)
    rows = exclusions(checked, "S1")
    counted = rows["id"].str.extract(r"^(\d+)")[0].astype(int).sum()
    assert counted == cells.n_obs - checked.kept.n_obs
    summary = summarize(checked, "S1", {}).iloc[0]
    assert summary["n_mitochondrial"] == 20
    assert summary["n_cells"] - summary["n_kept"] == counted


def test_a_sample_with_no_cell_left_says_so(sample, sets):
    settings = CellQC(fixed=CellThresholds(min_counts=10**9))
    checked = check_cells(sample, "S1", sets, settings, seed=1)
    rows = exclusions(checked, "S1")
    assert checked.kept.n_obs == 0
    assert ("sample", "S1") in set(zip(rows["level"], rows["id"], strict=True))
    assert summarize(checked, "S1", {})["n_kept"].item() == 0


def test_matrix_without_mitochondrial_genes_is_said(plant, sets):
    cells = plant({"S1": {"t_cd4": 60}})
    cells = cells[:, ~cells.var_names.isin(sets["QC_MITO"].genes)].copy()
    checked = check_cells(cells, "S1", sets, CellQC(), seed=1)
    assert any("QC_MITO" in note for note in checked.notes)
    assert (checked.cells["mito_fraction"] == 0).all()
