"""Covariates enter by what they are for, and an edge that lost a confounder claims nothing."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from innervate.circuit.adjustment import adjust
from innervate.circuit.chains import assess_chains
from innervate.circuit.contracts import EDGES
from innervate.circuit.edges import assess_edges
from innervate.circuit.whole import fit_whole
from innervate.config.clinical import ClinicalTable
from innervate.config.evidence import SUGGESTIVE
from innervate.config.settings import EdgeTests

FEW = EdgeTests(bootstrap=400, permutations=499)
CONFOUNDERS = ("hpv", "stage", "age", "sex", "smoking")


def declared(patients, names, missing=None):
    """The same patients, in whom these covariates are declared and have nothing to do with it."""
    generator = np.random.default_rng(11)
    who = patients.values.index
    columns = {name: generator.normal(size=len(who)) for name in CONFOUNDERS}
    clinical = patients.clinical.assign(**columns)
    for name, share in (missing or {}).items():
        clinical.loc[who[: round(share * len(who))], name] = np.nan
    kinds = {name: {"column": name, "kind": "continuous"} for name in names}
    changed = {**patients.spec.model_dump(), "covariates": kinds, "adjust_for": list(names)}
    return replace(patients, clinical=clinical, spec=ClinicalTable.model_validate(changed))


def few_responders(patients, count=8):
    """The patients with the lowest source respond, but for two pairs that are exchanged."""
    order = patients.values["a"].sort_values().index
    answer = pd.Series(0.0, index=order)
    answer.iloc[[*range(count - 2), count, count + 3]] = 1.0
    clinical = patients.clinical.assign(response_response=answer)
    origin = patients.origin.assign(batch="one")
    return replace(patients, clinical=clinical, origin=origin)


def without_composition(circuit):
    return circuit.model_copy(
        update={"evidence": circuit.evidence.model_copy(update={"composition": []})}
    )


def to_response(patients, circuit):
    edges = assess_edges(patients, circuit, lambda name, who: None, FEW, seed=1).edges
    EDGES.conform(edges)
    return edges[edges["target"] == "response"].iloc[0]


@pytest.fixture
def cohort(drawn):
    """Return 34 patients with 8 responders: there is room for one covariate."""
    return few_responders(drawn(patients=34))


def test_an_edge_that_lost_every_declared_confounder_is_suggestive(cohort, chain_circuit):
    bare = without_composition(chain_circuit)
    blind = to_response(declared(cohort, ()), bare)
    assert (blind["n"], blind["status"]) == (34, "supported"), "the effect is strong enough"
    row = to_response(declared(cohort, CONFOUNDERS), bare)
    assert row["status"] == SUGGESTIVE
    assert row["covariates"] == "hpv"
    assert row["covariates_dropped"] == row["unadjusted_for"] == "stage;age;sex;smoking"
    assert "stage left out: 8 patients or events allow no more covariates" in row["note"]


@pytest.mark.parametrize(
    ("names", "count", "status", "lost"),
    [
        (("hpv",), 8, "supported", ""),
        (("hpv", "stage"), 8, SUGGESTIVE, "stage"),
        (("hpv", "stage"), 10, "supported", ""),
        (("hpv", "stage", "age"), 10, SUGGESTIVE, "age"),
    ],
)
def test_one_lost_confounder_is_enough(drawn, chain_circuit, names, count, status, lost):
    patients = declared(few_responders(drawn(patients=34), count), names)
    row = to_response(patients, without_composition(chain_circuit))
    assert (row["status"], row["unadjusted_for"]) == (status, lost)


def test_a_confounder_that_few_patients_have_is_lost_too(cohort, chain_circuit):
    patients = declared(cohort, ("hpv",), {"hpv": 0.5})
    row = to_response(patients, without_composition(chain_circuit))
    assert (row["status"], row["unadjusted_for"], row["n"]) == (SUGGESTIVE, "hpv", 34)


def test_a_confounder_that_does_not_vary_is_not_lost(cohort, chain_circuit):
    patients = declared(cohort, ("hpv",))
    patients = replace(patients, clinical=patients.clinical.assign(hpv=1.0))
    row = to_response(patients, without_composition(chain_circuit))
    assert (row["status"], row["unadjusted_for"]) == ("supported", "")
    assert "hpv adds nothing" in row["note"]


def test_what_would_contradict_the_circuit_takes_its_confounders_too(cohort, chain_circuit):
    turned = [edge.model_copy(update={"sign": -edge.sign}) for edge in chain_circuit.edges]
    against = without_composition(chain_circuit).model_copy(update={"edges": turned, "paths": []})
    assert to_response(declared(cohort, ("hpv",)), against)["status"] == "contradicted"
    assert to_response(declared(cohort, CONFOUNDERS), against)["status"] == "inconclusive"


def test_the_cohorts_confounders_enter_first_then_composition_then_batch(drawn, chain_circuit):
    patients = declared(drawn(patients=60), CONFOUNDERS[:2])
    kept = {
        size: adjust(("a", "b"), patients.values.index, size, patients, chain_circuit).names
        for size in (5, 10, 15, 20, 25)
    }
    assert kept == {
        5: ["hpv"], 10: ["hpv", "stage"], 15: ["hpv", "stage", "purity"],
        20: ["hpv", "stage", "purity"], 25: ["hpv", "stage", "purity", "batch of a"],
    }  # fmt: skip


def test_a_lost_composition_control_is_a_lost_confounder_and_a_lost_batch_is_none(
    drawn, chain_circuit
):
    patients = declared(drawn(patients=60), CONFOUNDERS[:2])
    who = patients.values.index
    tight = adjust(("a", "b"), who, 10, patients, chain_circuit)
    assert tight.dropped == ["purity", "batch of a"]
    assert tight.unadjusted == ["purity"]
    loose = adjust(("a", "b"), who, 15, patients, chain_circuit)
    assert (loose.dropped, loose.unadjusted) == (["batch of a"], [])
    nodes = patients.nodes.copy()
    nodes.loc["purity", "status"] = "not measurable"
    blind = replace(patients, nodes=nodes)
    assert adjust(("a", "b"), who, 60, blind, chain_circuit).unadjusted == ["purity"]
    # A stain does not hang on the cells that are in the RNA.
    nodes.loc[["a", "b"], "measure"] = "assay x"
    assert adjust(("a", "b"), who, 60, replace(blind, nodes=nodes), chain_circuit).unadjusted == []


def test_a_covariate_of_a_controls_name_is_taken_and_the_control_is_not_missed(
    drawn, chain_circuit
):
    patients = drawn(patients=60)
    pathology = pd.Series(np.arange(60.0), patients.values.index)
    spec = {**patients.spec.model_dump(), "adjust_for": ["purity"],
            "covariates": {"purity": {"column": "p", "kind": "continuous"}}}  # fmt: skip
    nodes = patients.nodes.copy()
    nodes.loc["purity", "status"] = "not measurable"
    patients = replace(patients, clinical=patients.clinical.assign(purity=pathology), nodes=nodes,
                       spec=ClinicalTable.model_validate(spec))  # fmt: skip
    found = adjust(("a", "b"), pathology.index, 60, patients, chain_circuit)
    assert found.matrix["purity"].tolist() == pathology.tolist()
    assert found.unadjusted == []


def test_an_edge_gets_the_composition_of_the_tissues_of_both_its_ends(drawn, chain_circuit):
    data = chain_circuit.model_dump()
    data["nodes"]["b"]["tissue"] = data["nodes"]["c"]["tissue"] = "tdln"
    data["controls"]["t_cells"] = {**data["controls"]["purity"], "tissue": "tdln"}
    data["evidence"]["composition"] = ["purity", "t_cells"]
    circuit = type(chain_circuit).model_validate(data)
    patients = declared(drawn(patients=60), ())
    values = patients.values.assign(t_cells=np.random.default_rng(3).normal(size=60))
    nodes = patients.nodes.copy()
    nodes.loc["t_cells"] = nodes.loc["purity"]
    patients = replace(patients, values=values, nodes=nodes)

    def names(*ends):
        found = adjust(ends, values.index, 60, patients, circuit).names
        return [name for name in found if not name.startswith("batch")]

    assert names("a", "pain") == ["purity"]
    assert names("b", "c") == ["t_cells"]
    assert names("a", "b") == ["purity", "t_cells"]


def test_chains_and_the_whole_name_what_they_lost(drawn, chain_circuit):
    patients = declared(drawn(patients=40), CONFOUNDERS)
    tight = chain_circuit.evidence.model_copy(update={"patients_per_covariate": 12})
    circuit = chain_circuit.model_copy(update={"evidence": tight})
    chain = assess_chains(patients, circuit, FEW, seed=1).iloc[0]
    assert chain["covariates"] == "hpv;stage;age"
    assert chain["unadjusted_for"] == "sex;smoking;purity"
    whole = fit_whole(patients, circuit)
    for table in (whole.fit, whole.hypotheses):
        assert table["note"].str.contains("not adjusted for sex, smoking, purity").all()
