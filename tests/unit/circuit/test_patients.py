"""Patients: the index by hand, assays before proxies, missing nodes widen the interval."""

import numpy as np
import pandas as pd
import pytest

from innervate.circuit.contracts import PATIENTS
from innervate.circuit.patients import (
    NO_SAMPLE,
    NO_SCORE,
    NOT_MEASURED,
    OTHER_TISSUE,
    STAGE,
    left_out,
    score_patients,
)
from innervate.config.circuit import Circuit, load_circuit
from innervate.config.settings import Scoring
from innervate.runtime.errors import InputError

NODES = ("a", "b", "c", "d")
EVIDENCE = {
    "evidence": {
        "supported": {"direction": "expected", "fdr_below": 0.05},
        "contradicted": {"direction": "opposite", "fdr_below": 0.05},
    }
}


@pytest.fixture
def circuit():
    node = {
        "label": "x",
        "tissue": "tumor",
        "toward": 1,
        "measures": [{"kind": "gene", "gene": "X"}],
    }
    nodes = {name: dict(node) for name in NODES}
    nodes["b"]["toward"] = -1
    nodes["c"]["measures"] = [{"kind": "assay", "assay": "elisa"}, {"kind": "gene", "gene": "Y"}]
    call = {"minimum_nodes": 2, "active_above": 0.0, "inactive_below": 0.0}
    return Circuit.model_validate(
        {"title": "t", "doi": "d", "nodes": nodes, "call": call} | EVIDENCE
    )


@pytest.fixture
def tables():
    generator = np.random.default_rng(0)
    patients = [f"p{number:02d}" for number in range(30)]
    samples = pd.DataFrame(
        {"sample": patients, "patient": patients, "tissue": "tumor", "timepoint": "pre"}
    )
    latent = generator.normal(size=30)
    scores = pd.concat(
        [
            pd.DataFrame(
                {
                    "node": name,
                    "sample": patients,
                    "patient": patients,
                    "z": latent * (-1 if name == "b" else 1) + 0.3 * generator.normal(size=30),
                    "primary": True,
                    "z_error": 0.0,
                }
            )
            for name in NODES
        ]
    )
    nodes = pd.DataFrame({"node": NODES, "status": "measured", "measure": "m", "reason": ""})
    return scores, nodes.assign(genes_found=1, genes_total=1), samples, latent


def test_index_is_the_signed_mean_of_z(circuit, tables):
    scores, nodes, samples, latent = tables
    patients, _ = score_patients(scores, nodes, samples, None, circuit, Scoring(), seed=1)
    expected = patients[["a", "c", "d"]].sum(axis=1).sub(patients["b"]) / 4
    assert np.allclose(patients["circuit_index"], expected)
    assert np.corrcoef(patients["circuit_index"], latent)[0, 1] > 0.95
    called = patients.set_index("call")["circuit_index"]
    assert called["active"].min() > 0 > called["inactive"].max()
    assert (patients["circuit_index_low"] < patients["circuit_index_high"]).all()


def test_an_assay_goes_before_its_proxy(circuit, tables):
    scores, nodes, samples, _ = tables
    clinical = pd.DataFrame({"patient": samples["patient"], "assay_elisa": np.arange(30.0)})
    patients, used = score_patients(scores, nodes, samples, clinical, circuit, Scoring(), seed=1)
    assert used.set_index("node").loc["c", "measure"] == "assay elisa"
    assert patients["c"].is_monotonic_increasing


def test_a_missing_node_widens_the_interval_and_is_not_zero(circuit, tables):
    scores, nodes, samples, _ = tables
    full, _ = score_patients(scores, nodes, samples, None, circuit, Scoring(), seed=1)
    gap = scores.copy()
    gap.loc[(gap["node"] == "d") & (gap["patient"] == "p03"), "z"] = np.nan
    less, _ = score_patients(gap, nodes, samples, None, circuit, Scoring(), seed=1)
    one, other = full.set_index("patient").loc["p03"], less.set_index("patient").loc["p03"]
    assert other["nodes_measured"] == "a;b;c"
    assert np.isnan(other["d"])
    values = other[["a", "c"]].sum() - other["b"]
    assert other["circuit_index"] == pytest.approx(values / 3)
    width = "circuit_index_high", "circuit_index_low"
    relative = (other[width[0]] - other[width[1]]) / (one[width[0]] - one[width[1]])
    assert relative > 0.8, "fewer nodes do not make a patient surer"


def test_genes_that_disagree_widen_the_interval(circuit, tables):
    scores, nodes, samples, _ = tables
    sure, _ = score_patients(scores, nodes, samples, None, circuit, Scoring(), seed=1)
    unsure, _ = score_patients(
        scores.assign(z_error=1.0), nodes, samples, None, circuit, Scoring(), seed=1
    )
    widths = [one["circuit_index_high"] - one["circuit_index_low"] for one in (sure, unsure)]
    assert (widths[1] > widths[0]).all()
    # Four nodes that agree: what is left is the error of each, 1 / 2 in their mean, times the
    # correction 2 / sqrt(3) for drawing four.
    agree = scores.assign(z=scores["z"].groupby(scores["patient"]).transform("first"), z_error=1.0)
    agree.loc[agree["node"] == "b", "z"] *= -1
    spread = agree["z"].groupby(agree["node"]).std().iloc[0]
    both, _ = score_patients(agree, nodes, samples, None, circuit, Scoring(bootstrap=5000), seed=1)
    width = (both["circuit_index_high"] - both["circuit_index_low"]).mean()
    assert width == pytest.approx(2 * 1.96 * 0.5 * 2 / np.sqrt(3) / spread, rel=0.05)
    assert np.allclose(both["circuit_index"], sure["circuit_index"], atol=2)


def test_samples_of_another_tissue_only_leave_no_patient(circuit, tables):
    """As in a cohort of blood: the table is there, without a row."""
    scores, nodes, samples, _ = tables
    blood = samples.assign(tissue="blood")
    patients, _ = score_patients(scores.iloc[:0], nodes, blood, None, circuit, Scoring(), seed=1)
    assert patients.empty
    assert set(PATIENTS.names) < set(PATIENTS.conform(patients).columns)
    excluded = left_out(patients, blood, None)
    assert set(excluded["id"]) == set(samples["patient"])
    assert set(excluded["reason"]) == {OTHER_TISSUE}


def test_too_few_nodes_are_not_called(circuit, tables):
    scores, nodes, samples, _ = tables
    only = scores.assign(z=scores["z"].where(scores["node"] == "a"))
    patients, _ = score_patients(only, nodes, samples, None, circuit, Scoring(), seed=1)
    assert set(patients["call"]) == {"uncertain"}
    assert patients["circuit_index"].isna().all()
    assert set(patients["reason"]) == {"1 node measured, 2 needed"}


def test_the_baseline_stands_for_the_patient(circuit, tables):
    scores, nodes, samples, _ = tables
    later = samples.assign(sample=samples["sample"] + "_on", timepoint="on")
    both = pd.concat([samples, later])
    more = pd.concat([scores, scores.assign(sample=scores["sample"] + "_on", z=99.0)])
    alone, _ = score_patients(scores, nodes, samples, None, circuit, Scoring(), seed=1)
    chosen, _ = score_patients(more, nodes, both, None, circuit, Scoring(), 1, baseline="pre")
    pd.testing.assert_frame_equal(alone, chosen)


def test_a_circuit_file_lists_all_its_problems(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(
        "title: t\ndoi: d\nnodes: {}\nedges: [{source: a, target: b, sign: 2}]\ncal: {}\n"
    )
    with pytest.raises(InputError) as caught:
        load_circuit(path)
    for part in ("edges.0.sign", "cal", "call"):
        assert f"c.yaml: {part}" in str(caught.value)


def registry(samples, **columns):
    """A clinical table of 528 people, the patients of the samples among them."""
    codes = [*samples["patient"], *(f"r{number:03d}" for number in range(528 - len(samples)))]
    return pd.DataFrame({"patient": codes, **columns})


def test_the_rest_of_a_registry_is_no_patient_but_a_row_each(circuit, tables):
    scores, nodes, samples, _ = tables
    clinical = registry(samples, age=60.0)
    alone, _ = score_patients(scores, nodes, samples, None, circuit, Scoring(), seed=1)
    patients, _ = score_patients(scores, nodes, samples, clinical, circuit, Scoring(), seed=1)
    pd.testing.assert_frame_equal(patients, alone)
    excluded = left_out(patients, samples, clinical)
    assert len(excluded) == 528 - 30
    assert excluded["id"].is_unique
    assert set(excluded["reason"]) == {NO_SAMPLE}
    assert set(excluded["stage"]) == {STAGE}
    assert not set(excluded["id"]) & set(patients["patient"])


def test_a_patient_without_a_measured_node_is_not_uncertain(circuit, tables):
    scores, nodes, samples, _ = tables
    # Quality control dropped the only sample of p05.
    kept = scores[scores["patient"] != "p05"]
    patients, _ = score_patients(kept, nodes, samples, None, circuit, Scoring(), seed=1)
    calls = patients.set_index("patient")["call"]
    assert len(patients) == 30
    assert calls["p05"] == NOT_MEASURED
    assert (calls == NOT_MEASURED).sum() == 1
    excluded = left_out(patients, samples, None)
    assert excluded[["id", "reason"]].to_numpy().tolist() == [["p05", NO_SCORE]]


def test_one_node_is_measured_though_too_few(circuit, tables):
    scores, nodes, samples, _ = tables
    only = scores[(scores["patient"] != "p05") | (scores["node"] == "a")]
    patients, _ = score_patients(only, nodes, samples, None, circuit, Scoring(), seed=1)
    row = patients.set_index("patient").loc["p05"]
    assert (row["call"], row["reason"]) == ("uncertain", "1 node measured, 2 needed")
    assert left_out(patients, samples, None).empty


def test_a_sample_of_another_tissue_makes_no_patient(circuit, tables):
    scores, nodes, samples, _ = tables
    blood = pd.DataFrame({"sample": ["b1", "b2"], "patient": ["p00", "x1"], "tissue": "blood"})
    more = pd.concat([samples, blood.assign(timepoint="pre")])
    clinical = registry(more.drop_duplicates("patient"), age=60.0)
    patients, _ = score_patients(scores, nodes, more, clinical, circuit, Scoring(), seed=1)
    assert "x1" not in set(patients["patient"])
    assert "p00" in set(patients["patient"])
    reasons = left_out(patients, more, clinical).set_index("id")["reason"]
    assert reasons["x1"] == OTHER_TISSUE
    assert (reasons == NO_SAMPLE).sum() == 528 - 31


def test_an_assay_measures_a_node_of_a_patient_without_rna(circuit, tables):
    scores, nodes, samples, _ = tables
    clinical = registry(samples)
    clinical["assay_elisa"] = np.nan
    clinical.loc[:39, "assay_elisa"] = np.arange(40.0)
    patients, _ = score_patients(scores, nodes, samples, clinical, circuit, Scoring(), seed=1)
    assert len(patients) == 40
    only = patients[patients["patient"].str.startswith("r")]
    assert set(only["nodes_measured"]) == {"c"}
    assert set(only["call"]) == {"uncertain"}
    assert len(left_out(patients, samples, clinical)) == 528 - 40


def test_who_has_no_sample_of_the_baseline_is_not_measured(circuit, tables):
    scores, nodes, samples, _ = tables
    late = samples["patient"].isin(["p01", "p02"])
    times = samples.assign(timepoint=np.where(late, "on", "pre"))
    patients, _ = score_patients(scores, nodes, times, None, circuit, Scoring(), 1, baseline="pre")
    reasons = left_out(patients, times, None).set_index("id")["reason"]
    assert dict(reasons) == dict.fromkeys(["p01", "p02"], "no sample of timepoint pre")
    assert len(patients) == 30
