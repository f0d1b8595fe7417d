"""The simulator of studies, and what is read off its runs."""

import numpy as np
import pandas as pd
import pytest

from innervate.config.circuit import load_circuit
from innervate.config.plan import Plan
from innervate.planning.calibrate import (
    BROKEN,
    CIRCUIT,
    NO_CIRCUIT,
    calibrate,
    power_by_size,
    rejected_by_kind,
    scenarios,
)
from innervate.planning.cohorts import draw_latent, draw_patients
from innervate.planning.figures import curves, rejections
from innervate.planning.trials import summarize
from innervate.runtime.errors import InnervateError
from innervate.runtime.files import RESOURCES


@pytest.fixture(scope="module")
def circuit():
    return load_circuit(RESOURCES / "circuits/neuroimmune.yaml")


def test_latent_nodes_are_standard_and_follow_their_edges(circuit):
    latent = draw_latent(circuit, 20_000, 0.4, np.random.default_rng(0))
    assert latent.nodes.std().to_numpy() == pytest.approx(np.ones(11), abs=0.02)
    correlation = latent.nodes.corr()
    assert correlation.loc["atf4_activity", "slit2"] == pytest.approx(0.4, abs=0.02)
    assert correlation.loc["ccl5", "m2"] == pytest.approx(-0.4, abs=0.02)
    # slit2 drives cgrp by itself and through the nociceptor: 0.4 + 0.4 * 0.4.
    assert correlation.loc["slit2", "cgrp"] == pytest.approx(0.56, abs=0.02)
    assert correlation.loc["atf4_activity", "m1"] == pytest.approx(0, abs=0.02)


def test_scores_are_as_noisy_and_as_confounded_as_the_plan_says(circuit):
    plan = Plan(rna_reliability=0.5, confounding=0.3)
    patients = draw_patients(circuit, plan, 20_000, 0.0, seed=1)
    values = patients.values
    assert values["slit2"].var() == pytest.approx(1 + 2 * 0.3**2, abs=0.03)
    assert np.corrcoef(values["slit2"], values["m2"])[0, 1] == pytest.approx(0.18 / 1.18, abs=0.02)
    assert patients.nodes.loc["nociceptor", "measure"] == "expression"
    with_assay = draw_patients(circuit, Plan(assays=["nociceptor_density"]), 20, 0.0, seed=1)
    assert with_assay.nodes.loc["nociceptor", "measure"] == "assay nociceptor_density"
    tumor_only = draw_patients(circuit, Plan(tissues=["tumor"]), 20, 0.0, seed=1)
    assert tumor_only.nodes.loc["ccl5", "status"] == "not measurable"


def test_outcomes_have_the_planned_shares(circuit):
    clinical = draw_patients(circuit, Plan(event_share=0.4), 500, 0.3, seed=2).clinical
    assert clinical["pfs_event"].mean() == pytest.approx(0.4, abs=0.01)
    assert clinical["response_response"].mean() == pytest.approx(0.3, abs=0.01)
    assert clinical["pain_pain_0_10"].between(0, 10).all()


def test_a_circuit_with_a_cycle_can_not_be_simulated(circuit):
    back = circuit.edges[0].model_copy(update={"source": "slit2", "target": "atf4_activity"})
    turned = circuit.model_copy(update={"edges": [*circuit.edges, back]})
    with pytest.raises(InnervateError, match="cycle"):
        draw_latent(turned, 10, 0.4, np.random.default_rng(0))


def test_summaries_by_hand():
    runs = [
        pd.DataFrame({"kind": "edge", "name": "x", "estimate": [e], "ci_low": [e - 0.2],
                      "ci_high": [e + 0.2], "pvalue": [p]})
        for e, p in ((0.1, 0.01), (0.4, 0.05), (0.5, 0.2), (0.3, np.nan))
    ]  # fmt: skip
    row = summarize(runs, pd.Series({("edge", "x"): 0.35})).iloc[0]
    assert row["replicates"] == 3
    assert row["rejected"] == pytest.approx(2 / 3)
    assert row["rejected_error"] == pytest.approx(np.sqrt(2 / 9 / 3))
    assert row["bias"] == pytest.approx(1 / 3 - 0.35)
    assert row["coverage"] == pytest.approx(2 / 3)


def test_scenarios_plant_what_they_say(circuit):
    named = dict(scenarios(circuit, (40,)))
    assert named[NO_CIRCUIT].planted.edges == []
    assert {edge.target for edge in named[BROKEN].planted.edges}.isdisjoint({"polarity", "pain"})
    assert named[CIRCUIT].planted.edges == circuit.edges
    assert named[CIRCUIT].patients == 40


@pytest.mark.slow
def test_calibrated_at_a_small_size(circuit, monkeypatch):
    monkeypatch.setattr("innervate.planning.trials.LARGE", 3000)
    replicates = 36
    table = calibrate(circuit, replicates, seed=7, cores=2, sizes=(60,))
    print(table.round(3).to_string())
    nothing = table[table["scenario"] == NO_CIRCUIT].set_index("kind")
    for kind in ("edge", "association"):
        rates = nothing.loc[kind, "rejected"]
        # Questions of one cohort share nodes: their rejections are no independent draws.
        error = np.sqrt(0.05 * 0.95 / (replicates * len(rates) / 2))
        assert abs(rates.mean() - 0.05) < 3 * error, kind
        assert nothing.loc[kind, "coverage"].mean() == pytest.approx(0.95, abs=0.03)
    assert (nothing.loc["chain", "rejected"] <= 0.05).all()
    blind = table[table["scenario"] == "no circuit, not adjusted"].set_index("kind")
    assert blind.loc["edge", "rejected"].mean() > nothing.loc["edge", "rejected"].mean() + 0.02
    broken = table.loc[table["scenario"] == BROKEN, "rejected"]
    assert abs(broken.mean() - 0.05) < 3 * np.sqrt(0.05 * 0.95 / (2 * replicates))
    planted = table[table["scenario"] == CIRCUIT].set_index("kind").loc["edge"]
    assert planted["rejected"].mean() > 0.5
    assert planted["coverage"].mean() == pytest.approx(0.95, abs=0.03)
    assert "<svg" in curves(table[table["scenario"] == CIRCUIT], "power")
    assert "<svg" in rejections(table[table["scenario"] != CIRCUIT])
    assert f"12 edges x {replicates}" in rejected_by_kind(table[table["scenario"] == NO_CIRCUIT])
    assert "slit2 > cgrp" in power_by_size(table[table["scenario"] == CIRCUIT])
