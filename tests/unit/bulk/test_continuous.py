"""Continuous covariates: neither unit nor origin matters; coefficients are those asked for."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from innervate.bulk.design import build_design
from innervate.bulk.differential import differential_expression
from innervate.config.contrast import Contrast
from innervate.config.settings import DifferentialExpression
from innervate.single_cell.composition import compare_composition

SAMPLES, GENES = 40, 600
UNITS = [(0.1, 0), (0.01, 0), (1e-4, 0), (1e4, 0), (1, 2020), (1e-4, 2020), (0.01, -5)]
"""Standard deviation and offset."""
QUESTIONS = {
    "tested": {"formula": "~ batch + dose", "variable": "dose"},
    "adjusted for": {
        "formula": "~ dose + group", "variable": "group", "numerator": "b", "denominator": "a"
    },
    "slopes that differ": {
        "formula": "~ group * dose", "interaction": {"group": "b", "dose": "dose"}
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def cohort():
    """Return counts with slopes and a difference of slopes, and their samples."""
    rng = np.random.default_rng(1)
    dose, group = rng.normal(size=SAMPLES), np.arange(SAMPLES) % 2
    slope, differing, shift = np.zeros((3, GENES))
    slope[:100], differing[100:150], shift[150:200] = rng.normal(0, 0.6, 100), 0.8, 0.7
    mu = rng.lognormal(4, 1.5, GENES) * rng.uniform(0.6, 1.6, (SAMPLES, 1))
    mu = mu * np.exp(np.outer(dose, slope) + np.outer(dose * group, differing))
    mu = mu * np.exp(np.outer(group, shift))
    obs = pd.DataFrame(
        {
            "dose": dose,
            "group": np.array(["a", "b"])[group],
            "batch": np.array(["x", "y", "z"])[np.arange(SAMPLES) % 3],
        },
        index=[f"s{number:02}" for number in range(SAMPLES)],
    )
    adata = ad.AnnData(rng.negative_binomial(6, 6 / (6 + mu)).astype(float), obs)
    adata.uns.update(unit="counts", slope=slope / np.log(2))
    return adata


def result_of(cohort, question, scale=1.0, offset=0.0):
    adata = cohort.copy()
    adata.obs["dose"] = adata.obs["dose"] * scale + offset
    contrast = Contrast(**QUESTIONS[question], continuous=["dose"])
    de, _ = differential_expression(adata, contrast, DifferentialExpression(), 2)
    return de.set_index("gene").sort_index()


@pytest.mark.parametrize("question", QUESTIONS)
def test_results_are_the_same_in_any_unit(cohort, question):
    plain = result_of(cohort, question)
    assert 30 < (plain["padj"] < 0.05).sum() < 150
    for scale, offset in UNITS:
        de = result_of(cohort, question, scale, offset)
        per_unit = 1 if question == "adjusted for" else scale
        for column in ("pvalue", "padj", "stat", "base_mean", "prior_scale"):
            np.testing.assert_allclose(de[column], plain[column], rtol=2e-5, atol=1e-8)
        assert ((de["padj"] < 0.05) == (plain["padj"] < 0.05)).all()
        for column in ("log2_fold_change", "lfc_se", "log2_fold_change_shrunk"):
            np.testing.assert_allclose(de[column] * per_unit, plain[column], rtol=1e-4, atol=2e-5)
        assert (de["note"] == plain["note"]).all()


def test_slopes_are_those_planted(cohort):
    """Log2 per unit, also where the unit is small and far from zero."""
    found = result_of(cohort, "tested", 1e-4, 2020)["log2_fold_change"] * 1e-4
    planted = cohort.uns["slope"][found.index.astype(int)]
    high = np.abs(planted) > 0.5
    assert high.sum() > 30
    assert np.median(found[high] / planted[high]) == pytest.approx(1, abs=0.1)
    found = result_of(cohort, "slopes that differ", 1e-4, 2020)["log2_fold_change"] * 1e-4
    differing = found[found.index.astype(int).isin(range(100, 150))]
    assert differing.median() == pytest.approx(0.8 / np.log(2), abs=0.15)


FORMULAS = [
    ("~ dose", ["dose"], {"variable": "dose"}),
    ("~ group * dose", ["dose"], {"variable": "dose"}),
    ("~ group * dose", ["dose"], {"variable": "group", "numerator": "b", "denominator": "a"}),
    ("~ group * dose", ["dose"], {"interaction": {"group": "b", "dose": "dose"}}),
    ("~ dose * age + group", ["dose", "age"], {"variable": "age"}),
    ("~ group * dose * age", ["dose", "age"],
     {"variable": "group", "numerator": "b", "denominator": "a"}),
    ("~ group * dose * age", ["dose", "age"], {"interaction": {"group": "b", "age": "age"}}),
    # Terms that a product is made of are left out: nothing may be centered.
    ("~ group + batch + dose + group:batch:dose", ["dose"], {"variable": "dose"}),
    ("~ group + dose + age + group:dose:age", ["dose", "age"], {"variable": "age"}),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "continuous", "question"), FORMULAS)
def test_the_tested_coefficient_is_that_of_the_columns_as_given(
    cohort, formula, continuous, question
):
    rng = np.random.default_rng(5)
    obs = cohort.obs.assign(age=rng.normal(60, 9, SAMPLES), dose=cohort.obs["dose"] * 3 + 7)
    obs = obs.assign(batch=np.where(np.arange(SAMPLES) < 20, "x", "y"))
    design = build_design(obs, Contrast(formula=formula, continuous=continuous, **question))
    response = rng.normal(size=SAMPLES)
    as_given, *_ = np.linalg.lstsq(design.matrix.to_numpy(), response, rcond=None)
    fitted, *_ = np.linalg.lstsq(design.fitted.to_numpy(), response, rcond=None)
    at = list(design.matrix).index(design.coefficient)
    assert design.weights @ fitted == pytest.approx(as_given[at], rel=1e-8)
    assert np.linalg.cond(design.fitted) <= np.linalg.cond(design.matrix) * (1 + 1e-9)


def test_categories_are_fitted_as_they_are(cohort):
    two = {"variable": "group", "numerator": "b", "denominator": "a"}
    design = build_design(cohort.obs, Contrast(formula="~ batch * group", **two))
    pd.testing.assert_frame_equal(design.fitted, design.matrix)
    assert design.weights.tolist() == [0, 0, 0, 1, 0, 0]


def test_shares_of_cells_are_tested_alike_in_any_unit():
    rng = np.random.default_rng(2)
    dose = rng.normal(size=12)
    cells = rng.multinomial(500, [0.2, 0.3, 0.5], 12)
    obs = pd.DataFrame(
        [
            (f"s{sample:02}", kind, cells[sample, number], dose[sample])
            for sample in range(12)
            for number, kind in enumerate("abc")
        ],
        columns=["sample", "cell_type", "n_cells", "dose"],
    )
    contrast = Contrast(formula="~ dose", variable="dose", continuous=["dose"])

    def compared(scale, offset):
        sums = ad.AnnData(np.zeros((36, 1)), obs.assign(dose=obs["dose"] * scale + offset))
        return compare_composition(sums, "x", contrast)[0]

    plain, other = compared(1, 0), compared(1e-4, 2020)
    np.testing.assert_allclose(other["pvalue"], plain["pvalue"], rtol=1e-5)
    np.testing.assert_allclose(other["estimate"] * 1e-4, plain["estimate"], rtol=1e-5)
