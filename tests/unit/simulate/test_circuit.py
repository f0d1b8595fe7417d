"""The planted circuit: latent nodes have the correlations that the truth table states."""

import numpy as np
import pytest
import yaml

from innervate.genes.sets import load_sets
from innervate.runtime.errors import InnervateError
from innervate.simulate import circuit

PATIENTS = 3000
# Four standard errors of a correlation of independent values.
NOISE = 4 / np.sqrt(PATIENTS)


def draw(effect):
    return circuit.draw_latents(PATIENTS, effect, np.random.default_rng(1))


@pytest.mark.parametrize("effect", [0.3, 0.7, 0.9])
def test_each_edge_has_the_planted_correlation(effect):
    latents = draw(effect)
    for node in circuit.NODES:
        assert latents[node.name].std() == pytest.approx(1, abs=0.06)
        if node.parent:
            realized = np.corrcoef(latents[node.parent], latents[node.name])[0, 1]
            print(f"{node.parent} -> {node.name}: {node.sign * effect:+.2f}, {realized:+.3f}")
            assert realized == pytest.approx(node.sign * effect, abs=NOISE)


def test_cgrp_lowers_genes_that_the_analysis_does_not_read():
    sets = load_sets("human")
    response = next(one for one in circuit.RESPONSES if "CGRP_RESPONSE" in one.sets)
    signs = circuit.planted_genes(response, sets)
    lowered = {gene for gene, sign in signs.items() if sign < 0}
    assert lowered == {"TNF", "CCL3", "CCL4", "IL12B", "CCL2", "CCR2"}
    assert lowered - set(sets["CGRP_RESPONSE"].genes) == {"TNF", "CCL3", "CCL4"}


def test_without_effect_no_two_nodes_are_correlated():
    realized = draw(0.0)[[node.name for node in circuit.NODES]].corr().to_numpy()
    assert np.abs(realized[np.triu_indices_from(realized, 1)]).max() < NOISE


def test_distant_nodes_have_the_product_of_the_path():
    implied = circuit.correlations(0.5)
    # ATF4 -> slit2 -> nociceptor -> cgrp -> (-) ccl5: four edges, one negative.
    assert implied.loc["atf4_activity", "ccl5"] == pytest.approx(-(0.5**4))
    # m1 and m2 are children of ccl5, with opposite signs.
    assert implied.loc["m1", "m2"] == pytest.approx(-0.25)
    # Polarity is (m2 - m1) / sqrt(2 + 2 * 0.25), so cov with m2 is 1.25 over that.
    assert implied.loc["polarity", "m2"] == pytest.approx(1.25 / np.sqrt(2.5))
    np.testing.assert_allclose(np.diag(implied), 1)
    np.testing.assert_allclose(implied, implied.T)
    np.testing.assert_allclose(implied, draw(0.5).corr(), atol=NOISE)


def test_truth_of_edges_pain_and_hazard_by_hand():
    truth = circuit.edge_truth(0.5).set_index(["kind", "node", "target"])["planted"]
    assert truth["edge", "cgrp", "ccl5"] == -0.5
    assert truth["pain", "nociceptor", "pain"] == 0.5
    assert truth["pain", "cgrp", "pain"] == 0.25
    assert truth["log_hazard", "m2", "pfs"] == 0.5
    assert truth["log_hazard", "ccl5", "os"] == pytest.approx(-0.25)
    assert truth["path", "slit2", "cgrp"] == 0.25
    null = circuit.edge_truth(0.0)
    # Even then polarity is made of m2 and m1.
    made_of = null["target"].eq("polarity") & null["node"].isin(["m1", "m2"])
    assert (null.loc[~made_of, "planted"] == 0).all()


def test_nodes_are_those_of_the_circuit_file(repo):
    declared = yaml.safe_load((repo / "resources/circuits/neuroimmune.yaml").read_text())
    known = {*declared["nodes"], *declared["outcomes"]}
    planted = {node.name for node in circuit.NODES} | set(circuit.CONTRASTS)
    assert planted <= known
    signs = circuit.correlations(0.5)
    for edge in declared["edges"]:
        if edge["target"] in planted:
            assert np.sign(signs.loc[edge["source"], edge["target"]]) == edge["sign"]


def test_a_missing_gene_set_is_named():
    response = circuit.RESPONSES[0]
    with pytest.raises(InnervateError, match=response.sets[0]):
        circuit.planted_genes(response, {})
