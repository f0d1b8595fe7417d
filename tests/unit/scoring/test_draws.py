"""Many sets at once: the own set is found again, random ones match, resamples are of its genes."""

import numpy as np
import pytest

from innervate.config.circuit import load_circuit
from innervate.config.settings import Scoring
from innervate.genes.sets import load_sets
from innervate.runtime.files import RESOURCES
from innervate.scoring.draws import draw_scores, resampled_weights
from innervate.scoring.expression import of_tissue
from innervate.scoring.matched import random_weights
from innervate.scoring.nodes import first_measurable, ruler_of, score_nodes

SETS = load_sets("human")


@pytest.fixture(scope="module")
def circuit():
    return load_circuit(RESOURCES / "circuits/neuroimmune.yaml")


def own_weights(gene_set, expression, draws, seed):
    """The set itself, as often as asked."""
    every = resampled_weights(gene_set, expression, draws, seed).tolil()
    weights = dict(zip(gene_set.genes, gene_set.weights, strict=True))
    genes = expression.found(gene_set)
    columns = expression.z.columns.get_indexer(genes)
    total = sum(abs(weights[gene]) for gene in genes)
    every[:] = 0
    for gene, column in zip(genes, columns, strict=True):
        every[:, column] = weights[gene] / total
    return every.tocsr()


def drawn(noise, circuit, name, sampler, draws=200):
    settings = Scoring()
    expression = of_tissue(noise, circuit.nodes[name].tissue, settings.min_detection)
    ruler = ruler_of(name, circuit.everything(), expression, circuit, SETS, settings, seed=1)
    measured, _ = first_measurable(circuit.nodes[name], ruler, settings)
    adjusted = circuit.nodes[name].primary == "adjusted"
    return draw_scores(measured.measure, circuit.nodes[name], adjusted, ruler, sampler, draws)


@pytest.mark.parametrize("name", ["atf4_activity", "m2", "polarity", "slit2"])
def test_with_its_own_genes_each_measure_gives_the_nodes_own_score(noise, circuit, name):
    found = score_nodes(noise, circuit, SETS, Scoring(random_sets=100), seed=1).scores
    own = found[(found["node"] == name) & found["primary"]].set_index("sample")["z"]
    again = drawn(noise, circuit, name, own_weights, draws=2)
    assert again[0] == pytest.approx(own[noise.obs_names].to_numpy(), abs=1e-6)


def test_random_sets_of_noise_do_not_know_the_node(noise, circuit):
    own = drawn(noise, circuit, "m2", own_weights, draws=1)[0]
    random = drawn(noise, circuit, "m2", random_weights)
    correlation = random @ own / (len(own) - 1)
    assert abs(correlation.mean()) < 3 / np.sqrt(len(own))
    assert random.mean(axis=1) == pytest.approx(0, abs=1e-9)
    assert random.std(axis=1, ddof=1) == pytest.approx(1)


def test_resamples_hold_the_sets_genes_only(noise):
    expression = of_tissue(noise, "tumor", 0.2)
    weights = resampled_weights(SETS["HYPOXIA"], expression, 50, seed=1)
    used = expression.z.columns[np.unique(weights.indices)]
    assert set(used) == set(expression.found(SETS["HYPOXIA"]))
    assert np.abs(weights).sum(axis=1) == pytest.approx(1)


def test_a_single_gene_has_no_error_of_its_genes(noise, circuit):
    scores = score_nodes(noise, circuit, SETS, Scoring(random_sets=100), seed=1).scores
    primary = scores[scores["primary"]].groupby("node")["z_error"].mean()
    assert primary["slit2"] == pytest.approx(0, abs=1e-9)
    assert 0 < primary["m2"] < 2
