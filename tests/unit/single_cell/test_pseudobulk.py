"""Sums equal sums by hand; a planted change is found in its cell type alone."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

from innervate.config.cell_settings import Pseudobulk
from innervate.config.contrast import Contrast
from innervate.config.settings import DifferentialExpression
from innervate.single_cell.composition import LOGIT, RATIO, compare_composition
from innervate.single_cell.pseudobulk import differential_by_type, sum_cells

GROUPS = Contrast(formula="~ group", variable="group", numerator="b", denominator="a")


def cells_of(counts, kinds, samples):
    obs = pd.DataFrame({"sample": samples, "cell_type": kinds})
    obs.index = [f"c{number}" for number in range(len(obs))]
    var = pd.DataFrame(index=[f"G{number}" for number in range(counts.shape[1])])
    return ad.AnnData(
        sparse.csr_matrix(counts.shape, dtype=np.float32),
        obs=obs,
        var=var,
        layers={"counts": sparse.csr_matrix(counts.astype(np.float32))},
    )


def sheet_of(samples, groups=None):
    frame = pd.DataFrame({"sample": samples, "patient": samples, "assay": "single_cell"})
    return frame.assign(tissue="tumor", timepoint="", batch="", group=groups)


def test_sums_and_detection_by_hand():
    counts = np.array([[1, 0], [2, 3], [5, 0], [7, 7]])
    cells = cells_of(counts, ["t", "t", "t", "unassigned"], ["s1", "s1", "s2", "s2"])
    sums = sum_cells(cells, sheet_of(["s1", "s2"]), "human")
    assert list(sums.obs_names) == ["s1|t", "s2|t"]
    assert sums.X.tolist() == [[3, 3], [5, 0]]
    assert sums.obs["n_cells"].tolist() == [2, 1]
    assert sums.layers["detected"].tolist() == [[1.0, 0.5], [1.0, 0.0]]


@pytest.fixture(scope="module")
def two_groups():
    """Eight samples, two types; in type t gene G0 is four times as high in group b."""
    rng = np.random.default_rng(2)
    names = [f"s{number}" for number in range(8)]
    groups = ["a"] * 4 + ["b"] * 4
    blocks, kinds, samples = [], [], []
    for name, group in zip(names, groups, strict=True):
        for kind in ("t", "m"):
            rate = rng.gamma(20, 1 / 20, 300) * 2.0
            rate[0] *= 4 if (kind, group) == ("t", "b") else 1
            blocks.append(rng.poisson(rate, (30, 300)))
            kinds += [kind] * 30
            samples += [name] * 30
    cells = cells_of(np.vstack(blocks), kinds, samples)
    return sum_cells(cells, sheet_of(names, groups), "human")


def test_a_change_is_found_in_its_cell_type_only(two_groups):
    de, left_out = differential_by_type(
        two_groups, GROUPS, DifferentialExpression(), Pseudobulk(), threads=1
    )
    rows = de.set_index(["cell_type", "gene"])
    assert rows.loc[("t", "G0"), "log2_fold_change"] == pytest.approx(2.0, abs=0.4)
    assert rows.loc[("t", "G0"), "padj"] < 1e-4
    assert rows.loc[("m", "G0"), "pvalue"] > 0.01
    assert (rows.drop(("t", "G0"))["padj"].dropna() < 0.05).mean() < 0.02
    assert left_out.empty


def test_few_cells_or_samples_are_rows_of_the_exclusions(two_groups):
    few = two_groups.copy()
    few.obs.loc[few.obs["cell_type"] == "m", "n_cells"] = 3
    de, left_out = differential_by_type(
        few, GROUPS, DifferentialExpression(), Pseudobulk(), threads=1
    )
    assert set(de["cell_type"]) == {"t"}
    assert left_out["reason"].str.contains("3 cells, 10 needed").sum() == 8
    assert left_out["reason"].str.contains("0 samples with enough cells, 4 needed").sum() == 1


def test_a_design_that_cant_answer_leaves_other_types_alone(two_groups):
    part = two_groups[
        ((two_groups.obs["cell_type"] == "t") | (two_groups.obs["group"] == "a")).to_numpy()
    ].copy()
    de, left_out = differential_by_type(
        part, GROUPS, DifferentialExpression(), Pseudobulk(), threads=1
    )
    assert set(de["cell_type"]) == {"t"}
    assert left_out.loc[left_out["level"] == "cell_type", "id"].tolist() == ["m"]


def composition_of(shares, groups, total=500, seed=0):
    rng = np.random.default_rng(seed)
    rows = []
    for number, (share, group) in enumerate(zip(shares, groups, strict=True)):
        for kind, n in zip("tmb", rng.multinomial(total, share), strict=True):
            rows.append({"sample": f"s{number}", "patient": f"s{number}", "cell_type": kind,
                         "n_cells": n, "group": group, "tissue": "tumor"})  # fmt: skip
    obs = pd.DataFrame(rows)
    obs.index = [f"r{number}" for number in range(len(obs))]
    return ad.AnnData(np.zeros((len(obs), 1)), obs=obs)


def test_a_shifted_type_is_found_with_its_size():
    rng = np.random.default_rng(1)
    groups = ["a"] * 12 + ["b"] * 12
    shares = [
        rng.dirichlet(60 * (np.array([0.2, 0.5, 0.3]) if g == "a" else np.array([0.4, 0.35, 0.25])))
        for g in groups
    ]
    table, refused = compare_composition(composition_of(shares, groups), "x", GROUPS)
    rows = table.set_index(["method", "cell_type"])
    logit = np.log2(0.4 / 0.6) - np.log2(0.2 / 0.8)
    found = rows.loc[(LOGIT, "t")]
    assert found["ci_low"] < logit < found["ci_high"]
    assert found["fdr"] < 0.01
    assert rows.loc[(RATIO, "t"), "fdr"] < 0.01
    assert refused.empty


def test_p_values_are_uniform_without_a_difference():
    rng = np.random.default_rng(3)
    groups = ["a"] * 8 + ["b"] * 8
    pvalues = []
    for seed in range(200):
        shares = rng.dirichlet(30 * np.array([0.2, 0.5, 0.3]), size=16)
        table, _ = compare_composition(composition_of(shares, groups, seed=seed), "x", GROUPS)
        pvalues.append(table.set_index(["method", "cell_type"]).loc[(RATIO, "t"), "pvalue"])
    assert stats.kstest(pvalues, "uniform").pvalue > 0.01


def test_a_contrast_without_groups_is_refused_with_a_row():
    shares = [np.array([0.3, 0.3, 0.4])] * 4
    table, refused = compare_composition(composition_of(shares, ["a"] * 4), "x", GROUPS)
    assert table.empty
    assert refused["level"].tolist() == ["contrast"]
