"""One gene never ends a run: counts and designs that no fit expects."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from innervate.bulk.contracts import DE
from innervate.bulk.design import build_design
from innervate.bulk.differential import differential_expression
from innervate.bulk.dispersion import DispersionLikelihood, fit_dispersions
from innervate.bulk.glm import fit_coefficients, inverse_each, solve_each
from innervate.config.contrast import Contrast
from innervate.config.settings import DifferentialExpression
from innervate.runtime.errors import InnervateError, InputError

FORMULAS = (
    "~ group",
    "~ batch + group",
    "~ age + group",
    "~ group * age",
    "~ patient + group",
)
BILLION = 1e9


def hostile(rng, counts, group):
    """Make every gene but the first third one that some step can't fit."""
    samples, genes = counts.shape
    one = rng.integers(samples, size=genes)
    kinds = (
        lambda gene: np.where(np.arange(samples) == one[gene], BILLION, 0),
        lambda gene: np.full(samples, rng.choice([10, BILLION])),
        lambda gene: np.where(group, counts[:, gene], 0),
        lambda gene: np.where(group, BILLION, 0),
        lambda gene: np.where(np.arange(samples) == one[gene], BILLION, counts[:, gene]),
        lambda gene: np.where(rng.random(samples) < 0.8, 0, rng.integers(0, 10**6, samples)),
        lambda gene: rng.integers(0, 2, samples) * 1e8,
        lambda gene: np.full(samples, 25.0) + (np.arange(samples) == one[gene]),
    )
    for gene in range(genes // 3, genes):
        counts[:, gene] = kinds[gene % len(kinds)](gene)
    if rng.random() < 0.5:
        # A library far deeper, or far shallower, than the others.
        library = rng.integers(samples)
        counts[library] = np.floor(counts[library] * rng.choice([1e-2, 50]))
    return np.minimum(counts, 2 * BILLION)


def random_question(seed):
    rng = np.random.default_rng(seed)
    samples, genes = int(rng.integers(8, 25)), int(rng.integers(3, 80))
    levels = ["a", "b", "c", "d"][: rng.integers(2, 5)]
    group = rng.permutation(np.resize(levels, samples))
    obs = pd.DataFrame(
        {
            "group": group,
            "batch": rng.choice(["x", "y"], samples),
            "age": rng.normal(rng.choice([0, 60, 2020]), rng.choice([0.01, 1, 20]), samples),
            "patient": [f"p{number // 4}" for number in range(samples)],
        },
        index=[f"s{number}" for number in range(samples)],
    )
    mu = rng.lognormal(rng.choice([1, 4, 8]), 2, genes) * rng.lognormal(0, 0.4, (samples, 1))
    dispersion = rng.choice([1e-3, 0.1, 1, 10])
    counts = rng.negative_binomial(1 / dispersion, 1 / (1 + dispersion * mu)).astype(float)
    adata = ad.AnnData(hostile(rng, counts, group == "b"), obs)
    adata.uns["unit"] = "counts"
    formula = FORMULAS[seed % len(FORMULAS)]
    contrast = Contrast(
        formula=formula,
        variable="group",
        numerator="b",
        denominator="a",
        continuous=["age"] if "age" in formula else [],
    )
    return adata, contrast


@pytest.mark.parametrize("seed", range(40))
def test_hostile_counts_give_values_or_notes(seed):
    adata, contrast = random_question(seed)
    try:
        build_design(adata.obs, contrast)
    except InputError:
        pytest.skip("no design")
    settings = DifferentialExpression(min_count=1 + seed % 10, min_samples=1)
    de, _ = differential_expression(adata, contrast, settings, 1)
    DE.conform(de)
    numbers = de.select_dtypes(float)
    assert not np.isinf(numbers).any(axis=None)
    missing = numbers.isna().any(axis=1)
    assert (de.loc[missing, "note"] != "").all()
    assert de.loc[~missing, "note"].str.match("$|its shrunken fold change is not to be read").all()
    assert de["pvalue"].dropna().between(0, 1).all()


def test_hostile_genes_leave_the_others_as_they_are():
    """Gene by gene steps: beside singular, separated and huge genes the estimates stay the same."""
    rng = np.random.default_rng(11)
    design = np.column_stack([np.ones(12), np.arange(12) % 3 == 1, np.arange(12) % 3 == 2])
    good = rng.negative_binomial(5, 5 / (5 + 200), (50, 12)).astype(float)
    bad = np.zeros((4, 12))
    bad[0, 3], bad[1], bad[2, ::3], bad[3] = BILLION, BILLION, BILLION, np.nan
    alpha = np.full(54, 0.2)
    alone = fit_coefficients(good, np.ones(12), design.astype(float), alpha[:50], 1e-8)
    beside = fit_coefficients(
        np.vstack([good, bad]), np.ones(12), design.astype(float), alpha, 1e-8
    )
    np.testing.assert_allclose(beside[0][:50], alone[0], rtol=1e-9)
    assert np.isnan(beside[0][53]).all()
    assert not beside[3][53]
    means = np.vstack([alone[1], np.full((4, 12), np.inf)])
    start = np.full(54, 0.1)
    shared = fit_dispersions(
        DispersionLikelihood(np.vstack([good, bad]), means, design.astype(float)), start, 1e-8, 12
    )
    single = fit_dispersions(
        DispersionLikelihood(good, alone[1], design.astype(float)), start[:50], 1e-8, 12
    )
    np.testing.assert_allclose(shared[0][:50], single[0], rtol=1e-9)


def test_a_singular_matrix_is_missing_and_the_others_are_solved():
    matrices = np.stack([np.eye(2), np.zeros((2, 2)), 2 * np.eye(2)])
    right = np.ones((3, 2, 1))
    assert solve_each(matrices, right)[[0, 2], :, 0].tolist() == [[1, 1], [0.5, 0.5]]
    assert np.isnan(solve_each(matrices, right)[1]).all()
    assert inverse_each(matrices)[2].tolist() == [[0.5, 0], [0, 0.5]]


def test_genes_that_vary_by_nothing_are_tested_all_the_same():
    """No dispersion is above its minimum: there is no trend to fit and no spread around it."""
    obs = pd.DataFrame({"group": list("abababab")}, index=list("stuvwxyz"))
    counts = np.tile(np.arange(20.0, 60), (8, 1))
    counts[obs["group"] == "b", 0] *= 8
    adata = ad.AnnData(counts, obs)
    adata.uns["unit"] = "counts"
    two = Contrast(formula="~ group", variable="group", numerator="b", denominator="a")
    de, _ = differential_expression(adata, two, DifferentialExpression(), 1)
    first = de.iloc[0]
    assert first["log2_fold_change"] == pytest.approx(3, abs=1e-3)
    assert first["padj"] < 1e-6
    assert (de["pvalue"][1:] > 0.99).all()


def test_a_sample_without_counts_is_named():
    obs = pd.DataFrame({"group": list("ababab")}, index=list("stuvwx"))
    counts = np.random.default_rng(1).poisson(50, (6, 30)).astype(float)
    counts[2] = 0
    adata = ad.AnnData(counts, obs)
    adata.uns["unit"] = "counts"
    two = Contrast(formula="~ group", variable="group", numerator="b", denominator="a")
    with pytest.raises(InnervateError, match="no counts in u, of the genes"):
        differential_expression(adata, two, DifferentialExpression(), 1)
