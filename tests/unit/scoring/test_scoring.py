"""Scores: hand calculation, coverage, background under the null, known biology."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from innervate.config.circuit import Circuit, load_circuit
from innervate.config.settings import Scoring
from innervate.genes.sets import GeneSet, load_sets
from innervate.macrophages.polarization import bulk_polarization
from innervate.runtime.errors import InputError
from innervate.runtime.files import RESOURCES
from innervate.scoring.expression import adjusting, of_tissue, standardize
from innervate.scoring.matched import background_share, random_weights, strata
from innervate.scoring.nodes import score_nodes
from innervate.scoring.opinions import linear_model

SETS = load_sets("human")


@pytest.fixture(scope="module")
def circuit():
    return load_circuit(RESOURCES / "circuits/neuroimmune.yaml")


def test_set_score_is_the_weighted_mean_z_by_hand(noise):
    expression = of_tissue(noise, "tumor", 0.2)
    one = GeneSet("x", ("ASNS", "TNF", "NOT_THERE"), (1.0, -0.5, 1.0))
    values = noise.to_df("vst")
    z = (values - values.mean()) / values.std()
    expected = (1.0 * z["ASNS"] - 0.5 * z["TNF"]) / 1.5
    assert np.allclose(expression.set_score(one), expected)


def test_adjusting_takes_scores_out_by_least_squares(noise):
    expression = of_tissue(noise, "tumor", 0.2)
    score = expression.values["ASNS"].to_numpy()
    left = adjusting(expression, [SETS["HYPOXIA"], SETS["MYC"]]) @ score
    for name in ("HYPOXIA", "MYC"):
        assert expression.set_score(SETS[name]).to_numpy() @ left == pytest.approx(0, abs=1e-8)
    assert left.sum() == pytest.approx(0, abs=1e-8)
    taken = np.column_stack([expression.set_score(SETS[k]) for k in ("HYPOXIA", "MYC")])
    fit = np.linalg.lstsq(np.column_stack([np.ones(len(score)), taken]), score, rcond=None)[0]
    assert left == pytest.approx(score - fit[0] - taken @ fit[1:])


def test_a_constant_score_has_no_z():
    assert standardize(pd.Series([2.0, 2.0, 2.0])).isna().all()


def test_random_sets_match_in_strata_and_leave_the_set_out(noise):
    expression = of_tissue(noise, "tumor", 0.2)
    one = SETS["HYPOXIA"]
    weights = random_weights(one, expression, 50, seed=1)
    assert np.allclose(np.abs(weights).sum(axis=1), 1)
    drawn = (
        expression.z.columns[weights.sum(axis=0).A1 > 0]
        if hasattr(weights.sum(axis=0), "A1")
        else expression.z.columns[np.asarray(weights.sum(axis=0)).ravel() > 0]
    )
    assert not set(drawn) & set(one.genes)
    wanted = strata(expression)[expression.found(one)].value_counts()
    got = strata(expression)[drawn].unique()
    assert set(got) <= set(wanted.index)


def test_background_is_uniform_without_signal(noise):
    expression = of_tissue(noise, "tumor", 0.2)
    generator = np.random.default_rng(2)
    genes = expression.z.columns.to_numpy()
    shares = []
    for number in range(30):
        one = GeneSet("random", tuple(generator.choice(genes, 15, replace=False)), (1.0,) * 15)
        shares.extend(background_share(one, expression, 200, seed=number).to_numpy()[::8])
    assert stats.kstest(shares, "uniform").pvalue > 0.01


def test_planted_activity_is_called_raised(noise, circuit):
    planted = noise.copy()
    genes = [g for name in ("ATF4_AMINOACYL_TRNA", "ATF4_AMINO_ACID", "ATF4_STRESS")
             for g in SETS[name].genes]  # fmt: skip
    values = planted.to_df("vst")
    values.iloc[:10, values.columns.get_indexer(genes)] += 1.5
    planted.layers["vst"] = values.to_numpy()
    scores = score_nodes(planted, circuit, SETS, Scoring(), seed=1).scores
    rows = scores[(scores["node"] == "atf4_activity") & scores["primary"]]
    assert rows["raised"].iloc[:10].all()
    assert not rows["raised"].iloc[10:].any()
    assert rows["z"].iloc[:10].min() > rows["z"].iloc[10:].max()


def test_one_part_alone_is_not_raised(noise, circuit):
    growth = noise.copy()
    values = growth.to_df("vst")
    genes = [*SETS["ATF4_AMINOACYL_TRNA"].genes, *SETS["ATF4_AMINO_ACID"].genes]
    values.iloc[:10, values.columns.get_indexer(genes)] += 1.5
    growth.layers["vst"] = values.to_numpy()
    scores = score_nodes(growth, circuit, SETS, Scoring(), seed=1).scores
    rows = scores[(scores["node"] == "atf4_activity") & scores["primary"]]
    assert rows["raised"].iloc[:10].mean() <= 0.3, "amino-acid genes without stress are growth"


def test_univariate_linear_model_is_the_t_of_least_squares(noise):
    expression = of_tissue(noise, "tumor", 0.2)
    regulon = SETS["ATF4_REGULON"]
    scores = linear_model(expression, [regulon])["ATF4_REGULON"]
    weights = pd.Series(regulon.weights, index=regulon.genes)
    x = weights.reindex(expression.z.columns).fillna(0)
    for sample in expression.z.index[:5]:
        fit = stats.linregress(x, expression.z.loc[sample])
        assert scores[sample] == pytest.approx(fit.slope / fit.stderr, rel=1e-4)


def test_under_its_coverage_a_node_is_not_measurable_and_says_why(noise, circuit):
    few = noise[:, ~noise.var_names.isin(SETS["M2_LIKE"].genes[:9])].copy()
    scored = score_nodes(few, circuit, SETS, Scoring(), seed=1)
    nodes = scored.nodes.set_index("node")
    assert nodes.loc["m2", "status"] == "not measurable"
    assert nodes.loc["m2", "reason"] == "M2_LIKE: 4 of 13 genes expressed, 50% needed"
    assert scored.scores.loc[scored.scores["node"] == "m2", "score"].isna().all()
    assert nodes.loc["cgrp", "reason"] == "0 samples of tissue tdln, 4 needed"
    assert set(nodes.index) == set(circuit.everything()), "no node is left out"


def test_no_set_holds_a_gene_of_a_node_it_is_tested_against(circuit):
    for name, node in circuit.nodes.items():
        partners = circuit.partner_genes(name)
        for wanted in node.sets():
            assert not set(SETS[wanted].without(partners).genes) & partners
    circular = Circuit.model_validate(
        {
            **circuit.model_dump(),
            "edges": [{"source": "ccl5", "target": "m1", "sign": 1}],
            "paths": [],
        }
    )
    assert circular.partner_genes("m1") == {"CCL5"}


def test_shipped_sets_hold_no_gene_of_their_nodes_partners(circuit):
    holding = [
        (name, wanted, sorted(set(SETS[wanted].genes) & circuit.partner_genes(name)))
        for name, node in circuit.nodes.items()
        for wanted in node.sets()
        if set(SETS[wanted].genes) & circuit.partner_genes(name)
    ]
    assert holding == []


def test_unknown_sets_are_listed_together(noise, circuit):
    sets = {name: one for name, one in SETS.items() if name not in ("HYPOXIA", "M2_LIKE")}
    with pytest.raises(InputError) as caught:
        score_nodes(noise, circuit, sets, Scoring(), seed=1)
    assert "HYPOXIA" in str(caught.value)
    assert "M2_LIKE" in str(caught.value)


def test_no_module_names_a_gene_of_the_circuit(repo, circuit):
    """Another circuit is a new file and no new code."""
    import re

    genes = {gene for node in circuit.everything().values() for gene in node.genes()}
    words = re.compile(r"\b(ATF4|CGRP|CALCA|" + "|".join(sorted(genes)) + r")\b")
    package = repo / "workflow/scripts/innervate"
    for folder in ("scoring", "circuit", "clinical", "bulk", "inputs"):
        for path in (package / folder).rglob("*.py"):
            assert not words.search(path.read_text()), path


@pytest.mark.parametrize("species", ["human", "mouse"])
def test_every_symbol_of_the_sets_is_approved(species):
    from innervate.genes.table import load_genes

    approved = set(load_genes(species).facts.index)
    odd = {gene for one in load_sets(species).values() for gene in one.genes} - approved
    assert odd == set()


def test_thapsigargin_raises_atf4_activity(shared, circuit, make_normalized):
    table = pd.read_csv(shared / "data/thapsigargin_qgp1/tpm.tsv.gz", sep="\t", index_col=0)
    scored = score_nodes(make_normalized(table, "tpm"), circuit, SETS, Scoring(), seed=1)
    rows = scored.scores[scored.scores["node"] == "atf4_activity"]
    for method, part in rows.groupby("method"):
        score = part.set_index("sample")["score"]
        stressed, control = score.filter(like="Tg6h"), score.filter(like="DMSO")
        print(
            f"{method[:40]}: DMSO up to {control.max():.2f}, thapsigargin from {stressed.min():.2f}"
        )
        assert stressed.min() > control.max()
    raised = rows[rows["primary"]].set_index("sample")["raised"]
    assert raised.filter(like="Tg").all()
    assert not raised.filter(like="DMSO").any()


def test_interferon_gamma_makes_macrophages_m1_like(shared, circuit, make_normalized):
    folder = shared / "data/macrophage_ifng"
    counts = pd.read_csv(folder / "counts_gene.csv.gz", index_col=0).drop(columns="symbol")
    sheet = pd.read_csv(folder / "coldata.csv").set_index("names")
    condition = sheet["condition_name"]
    two = condition.index[condition.isin(["naive", "IFNg"])]
    adata = make_normalized(counts[counts.columns[counts.columns.isin(two)]], "counts")
    scores = score_nodes(adata, circuit, SETS, Scoring(), seed=1).scores
    calls = bulk_polarization(adata, scores, circuit, SETS, Scoring(), seed=1).set_index("sample")
    treated = calls[condition.reindex(calls.index) == "IFNg"]
    naive = calls[condition.reindex(calls.index) == "naive"]
    print(pd.crosstab(condition.reindex(calls.index), calls["call"]))
    line = sheet["line_id"]
    for score, sign in {"m1": 1, "m2": -1, "polarity": -1}.items():
        change = treated[score].groupby(line).mean() - naive[score].groupby(line).mean()
        print(f"{score}: change with interferon gamma, by line: {change.round(2).tolist()}")
        assert (np.sign(change) == sign).mean() >= 5 / 6
    assert treated["call"].isin(["M1-like", "mixed"]).sum() >= 4
    assert not treated["call"].eq("M2-like").any()
    assert naive["call"].isin(["M1-like", "mixed"]).sum() <= 1
    assert naive["call"].eq("M2-like").sum() >= 3


def test_genes_that_a_panel_lacks_leave_nodes_not_measurable(shared, circuit, make_normalized):
    table = pd.read_csv(shared / "data/icb_subset/Liu.log2tpm.csv.gz", index_col=0)
    adata = make_normalized(table, "log2_tpm")
    adata.layers["vst"] = adata.X
    nodes = score_nodes(adata, circuit, SETS, Scoring(), seed=1).nodes.set_index("node")
    assert nodes.loc[["atf4_activity", "cgrp"], "status"].eq("not measurable").all()
