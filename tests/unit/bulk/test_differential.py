"""Differential expression: known biology, null calibration, refusals, planted effects."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from innervate.bulk.contracts import DE, GSEA
from innervate.bulk.design import build_design, terms_of
from innervate.bulk.differential import differential_expression
from innervate.bulk.enrichment import enrich
from innervate.config.contrast import Contrast
from innervate.config.settings import DifferentialExpression, Enrichment
from innervate.runtime.errors import InputError

TWO = Contrast(formula="~ group", variable="group", numerator="b", denominator="a")


def simulate(make, fold=None, genes=4000, samples=12, seed=3, **obs):
    rng = np.random.default_rng(seed)
    group = np.arange(samples) % 2
    mu = rng.lognormal(5, 1, genes) * rng.uniform(0.7, 1.4, (samples, 1))
    if fold is not None:
        mu = mu * np.exp2(fold * group[:, None])
    counts = rng.negative_binomial(10, 10 / (10 + mu))
    return make(
        counts,
        [f"g{i:04}" for i in range(genes)],
        {"group": np.array(["a", "b"])[group], "tissue": "tumor", **obs},
    )


def test_p_values_are_uniform_under_the_null(make):
    """With 60 samples in two groups, where the Wald test comes near to its nominal level.

    Measured: .053 on average over 12 seeds of 60 samples (11 within 3 standard errors), .056 and
    .059 over 6 seeds of 12 and 24; .050 to .082 in three sets of 30 pairs, where half of the
    coefficients are patients. R's share was the same in the three sets it was given: one of 24
    samples and two of pairs.
    """
    de, _ = differential_expression(simulate(make, samples=60), TWO, DifferentialExpression(), 2)
    share = (de["pvalue"] < 0.05).mean()
    assert abs(share - 0.05) < 3 * np.sqrt(0.05 * 0.95 / len(de)), share
    assert kstest(de["pvalue"], "uniform").pvalue > 0.01
    assert (de["padj"] < 0.05).sum() == 0


def test_planted_folds_are_recovered_and_small_noise_is_shrunken(make):
    fold = np.zeros(2000)
    fold[:100], fold[100:200] = 2, -2
    de, _ = differential_expression(
        simulate(make, fold, genes=2000), TWO, DifferentialExpression(), 1
    )
    de = de.set_index("gene").sort_index()
    assert de["log2_fold_change"][:100].median() == pytest.approx(2, abs=0.15)
    assert de["log2_fold_change_shrunk"][100:200].median() == pytest.approx(-2, abs=0.2)
    plain, shrunk = de["log2_fold_change"][200:], de["log2_fold_change_shrunk"][200:]
    assert (shrunk.abs() <= plain.abs() + 0.02).all()
    assert shrunk.abs().mean() < 0.9 * plain.abs().mean()


def test_shrinkage_finds_the_mode_that_general_optimizers_find():
    from pydeseq2.default_inference import DefaultInference

    from innervate.bulk.shrinkage import shrink_coefficients

    rng = np.random.default_rng(2)
    design = np.column_stack([np.ones(12), np.arange(12) % 2]).astype(float)
    counts = rng.negative_binomial(5, 5 / (5 + rng.lognormal(4, 1, 100)), (12, 100))
    size, offset = np.full(100, 5.0), rng.normal(0, 0.2, 12)
    ours, *_ = shrink_coefficients(counts.T.astype(float), design, size, offset, 15, 0.4, 1)
    theirs, *_ = DefaultInference(n_cpus=1).lfc_shrink_nbinom_glm(
        design, counts, size, offset, 15, 0.4, "L-BFGS-B", 1
    )
    np.testing.assert_allclose(ours, theirs, atol=2e-3)


def test_result_is_sorted_fits_the_contract_and_ignores_threads(make):
    adata = simulate(make, genes=1500)
    one, _ = differential_expression(adata, TWO, DifferentialExpression(), 1)
    two, _ = differential_expression(adata, TWO, DifferentialExpression(), 2)
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    DE.conform(one)
    assert one["pvalue"].is_monotonic_increasing


def test_a_unit_that_is_not_counts_is_refused_in_a_row(make):
    adata = make([[1.5, 2], [3, 4]], ["A", "B"], {"group": ["a", "b"]}, unit="tpm")
    de, exclusions = differential_expression(adata, TWO, DifferentialExpression(), 1)
    assert de.empty
    DE.conform(de)
    assert exclusions.loc[0, ["level", "id"]].tolist() == ["contrast", "group"]
    assert "needs counts" in exclusions.loc[0, "reason"]
    gsea, _ = enrich(de, {"c": {"s": ["A"]}}, Enrichment(), seed=1, threads=1)
    assert gsea.empty
    GSEA.conform(gsea)


def test_known_biology_of_myeloid_cells(hnscc_myeloid):
    contrast = Contrast(
        formula="~ patient + tissue", variable="tissue", numerator="tumor", denominator="blood"
    )
    de, exclusions = differential_expression(hnscc_myeloid, contrast, DifferentialExpression(), 2)
    lfc = de.set_index("gene")["log2_fold_change"]
    known = {"SPP1": 12, "CCL18": 10.4, "APOE": 8.9, "MRC1": 7.6, "C1QA": 3.0, "FCN1": -2.1}
    for gene, expected in known.items():
        assert lfc[gene] == pytest.approx(expected, abs=0.3)
    assert de.set_index("gene").loc["CD163", "padj"] > 0.05
    assert (exclusions["level"] == "patient").sum() == 1


SAMPLES = pd.DataFrame(
    {
        "patient": list("ppqqrrss"),
        "group": list("abababab"),
        "batch": list("xyxyxyxy"),
        "age": ["50", "50", "61", "61", "70", "70", None, "44"],
        "arm": list("uuuuvvvv"),
        "site": list("mmmmnnnn"),
        "kit": ["k"] * 8,
    },
    index=[f"s{i}" for i in range(8)],
)


def contrast(formula, **keys):
    return Contrast(
        formula=formula, **{"variable": "group", "numerator": "b", "denominator": "a", **keys}
    )


def test_terms_of_a_formula():
    assert terms_of("~ a * b + c") == [("a",), ("b",), ("c",), ("a", "b")]
    assert terms_of("~ a + a:b + b") == [("a",), ("b",), ("a", "b")]


def test_paired_design_has_the_reference_in_the_intercept():
    design = build_design(SAMPLES, contrast("~ patient + group"))
    assert list(design.matrix) == [
        "Intercept",
        "patient[q]",
        "patient[r]",
        "patient[s]",
        "group[b]",
    ]
    assert design.matrix["group[b]"].tolist() == [0, 1] * 4
    flipped = build_design(SAMPLES, contrast("~ group", numerator="a", denominator="b"))
    assert flipped.matrix["group[a]"].tolist() == [1, 0] * 4


def test_interaction_and_continuous_coefficients():
    question = Contrast(formula="~ arm * group", interaction={"arm": "v", "group": "b"})
    design = build_design(SAMPLES, question)
    assert design.coefficient == "arm[v]:group[b]"
    assert design.matrix[design.coefficient].tolist() == [0, 0, 0, 0, 0, 1, 0, 1]
    design = build_design(SAMPLES, Contrast(formula="~ age", variable="age", continuous=["age"]))
    assert design.matrix["age"].tolist() == [50, 50, 61, 61, 70, 70, 44]
    assert design.exclusions["id"].tolist() == ["s6"]
    assert design.exclusions["reason"].tolist() == ["no value of age"]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (contrast("~ batch + group"), ["batch and group are confounded"]),
        (contrast("~ patient + arm + group"),
         ["patient and arm are confounded", "each patient has one arm only"]),
        (contrast("~ arm + site + batch + group"),
         ["2 problems", "arm and site are confounded", "batch and group are confounded"]),
        (contrast("~ kit + group"), ["1 problem ", "kit is the same in all samples"]),
        (contrast("~ batch * group"), ["1 problem ", "batch and group are confounded"]),
        (contrast("~ group", subset={"patient": ["p"]}), ["group a", "1 sample", "at least two"]),
        (contrast("~ nothing + group"), ["column nothing", "not in the sample table"]),
        (contrast("~ group", numerator="z"), ["level of group", "z", "one of a, b"]),
        (contrast("~ group", denominator="z"), ["reference of group", "z"]),
        (contrast("~ group + arm:patient"), ["main effects"]),
        (contrast("~ age + group", continuous=["age", "group"], numerator=None, denominator=None),
         ["column group", "a number"]),
        (contrast("~ arm + patient:arm + patient + group"), ["can't be told apart"]),
    ],
)  # fmt: skip
def test_impossible_questions_are_refused_by_name(question, words):
    with pytest.raises(InputError) as error:
        build_design(SAMPLES, question)
    for word in words:
        assert word in str(error.value)


def test_no_residual_degrees_of_freedom_is_refused():
    samples = SAMPLES.iloc[:4].assign(age=["1", "4", "9", "2"], dose=["2", "1", "1", "3"])
    question = contrast("~ age + dose + group", continuous=["age", "dose"])
    with pytest.raises(InputError, match="no noise can be estimated"):
        build_design(samples, question)


def test_a_gene_of_one_outlier_alone_is_no_finding(make):
    """Replaced by zeros, it has no difference: 0 with p 1, as in DESeq2."""
    adata = simulate(make, genes=1000, samples=20)
    adata.X[:, 0] = 0
    adata.X[0, 0] = 20_000
    settings = DifferentialExpression(min_samples=1)
    de, _ = differential_expression(adata, TWO, settings, 1)
    row = de.set_index("gene").loc["g0000"]
    columns = ["base_mean", "log2_fold_change", "log2_fold_change_shrunk", "lfc_se", "stat"]
    assert row[columns].tolist() == [0] * 5
    assert row["pvalue"] == 1
    assert np.isnan(row["padj"])


def test_planted_set_is_enriched_and_the_same_each_time():
    rng = np.random.default_rng(5)
    genes = [f"g{i}" for i in range(600)]
    stat = np.round(rng.normal(size=600), 1)
    stat[:20] += 3
    de = pd.DataFrame({"gene": genes, "stat": stat, "log2_fold_change_shrunk": 0.0})
    sets = {"up": genes[:20], "flat": genes[100:150], "small": [*genes[:2], "other"]}
    settings = Enrichment(permutations=200)
    gsea, exclusions = enrich(de, {"mine": sets}, settings, seed=1, threads=1)
    again, _ = enrich(de.iloc[::-1], {"mine": sets}, settings, seed=1, threads=1)
    pd.testing.assert_frame_equal(gsea, again, check_exact=True)
    GSEA.conform(gsea)
    up = gsea.set_index("set").loc["up"]
    assert up["nes"] > 1.5
    assert up["fdr"] < 0.01 < 0.1 < gsea.set_index("set").loc["flat", "pvalue"]
    assert exclusions["id"].tolist() == ["mine: small"]
    assert exclusions["reason"].tolist() == ["2 of 3 genes ranked, 5 to 500 needed"]
