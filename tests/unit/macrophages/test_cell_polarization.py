"""Planted macrophage states are recovered with their shares; an absent one is not called."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from innervate.config.cell_settings import CellPolarization
from innervate.config.circuit import load_circuit
from innervate.genes.sets import load_sets
from innervate.macrophages.cell_polarization import call_macrophages, sample_fractions, set_scores
from innervate.runtime.files import RESOURCES


@pytest.fixture(scope="module")
def circuit():
    return load_circuit(RESOURCES / "circuits/neuroimmune.yaml")


@pytest.fixture(scope="module")
def sets():
    return load_sets("human")


def draw(sets, states, others=200, seed=0, rise=6.0):
    """Macrophages of the given states, then other cells that show neither set."""
    rng = np.random.default_rng(seed)
    m1, m2 = sets["M1_LIKE"].genes, sets["M2_LIKE"].genes
    genes = [*m1, *m2, *(g for g in ("SPP1",) if g not in {*m1, *m2})]
    genes += [f"G{number}" for number in range(600)]
    base = pd.Series(rng.lognormal(0.5, 0.6, len(genes)), index=genes)
    base[[*m1, *m2]] = 1.0
    rows = []
    for state in [*states, *["other"] * others]:
        level = base.copy()
        if state == "m1":
            level[[*m1]] *= rise
        elif state == "m2":
            level[[*m2]] *= rise
        elif state == "other":
            level[[*m1, *m2]] *= 0.3
        rows.append(rng.poisson(level / level.sum() * rng.lognormal(np.log(2500), 0.4)))
    counts = np.array(rows, dtype=float)
    lognorm = np.log1p(counts / counts.sum(axis=1, keepdims=True) * 1e4)
    cells = ad.AnnData(sparse.csr_matrix(counts), var=pd.DataFrame(index=genes))
    cells.layers["lognorm"] = sparse.csr_matrix(lognorm)
    cells.uns["species"] = "human"
    return cells, np.arange(cells.n_obs) < len(states)


def call(sets, circuit, states, **options):
    cells, macrophage = draw(sets, states, **options)
    return call_macrophages(cells, macrophage, circuit, sets, CellPolarization(), 0.5, seed=1)


def test_planted_states_and_their_shares_are_recovered(sets, circuit):
    states = ["m1"] * 80 + ["m2"] * 140 + ["none"] * 80
    found = call(sets, circuit, states)
    table = pd.crosstab(np.array(states), found.cells["polarization"].to_numpy())
    print(table)
    assert table.loc["m1", "M1-like"] > 70
    assert table.loc["m2", "M2-like"] > 125
    assert table.loc["none", "intermediate"] > 65
    assert found.cells["p_m2"].mean() == pytest.approx(140 / 300, abs=0.05)
    assert found.axes["states"].tolist() == [2, 2]


@pytest.mark.parametrize(("absent", "other"), [("m1", "m2"), ("m2", "m1")])
def test_an_absent_state_is_not_called(sets, circuit, absent, other):
    found = call(sets, circuit, [other] * 120 + ["none"] * 120)
    name = {"m1": "M1-like", "m2": "M2-like"}
    counts = found.cells["polarization"].value_counts()
    assert counts.get(name[absent], 0) == 0
    assert counts[name[other]] == pytest.approx(120, abs=15)


def test_macrophages_of_one_kind_are_not_split(sets, circuit):
    found = call(sets, circuit, ["m2"] * 200)
    assert found.axes["states"].tolist() == [1, 1]
    assert found.axes["note"].str.contains("unknown").all()
    assert set(found.cells["polarization"]) == {"no call"}


def test_one_state_at_the_level_of_other_cells_is_absent(sets, circuit):
    cells, macrophage = draw(sets, ["m2"] * 100 + ["none"] * 100)
    m1 = cells.var_names.isin(sets["M1_LIKE"].genes)
    lognorm = cells.layers["lognorm"].toarray()
    lognorm[np.ix_(~macrophage, m1)] = lognorm[macrophage][:, m1].mean(axis=0)
    cells.layers["lognorm"] = sparse.csr_matrix(lognorm)
    found = call_macrophages(cells, macrophage, circuit, sets, CellPolarization(), 0.5, seed=1)
    assert found.axes.loc[0, "note"].endswith("absent")
    assert (found.cells["p_m1"] == 0).all()


def test_depth_makes_no_state(sets):
    cells, macrophage = draw(sets, ["none"] * 400, others=0)
    scores = set_scores(
        cells.layers["lognorm"], cells.var_names, list(sets["M2_LIKE"].genes), seed=0
    )
    depth = np.asarray(cells.X.sum(axis=1)).ravel()
    assert abs(np.corrcoef(scores, depth)[0, 1]) < 0.15
    assert macrophage.all()


def test_few_macrophages_or_missing_sets_give_no_call(sets, circuit):
    few = call(sets, circuit, ["m1"] * 10 + ["m2"] * 10)
    assert set(few.cells["polarization"]) == {"no call"}
    assert few.axes["note"].eq("20 macrophages, 40 needed").all()
    cells, macrophage = draw(sets, ["m1"] * 50 + ["m2"] * 50)
    lacking = cells[:, ~cells.var_names.isin(sets["M1_LIKE"].genes)].copy()
    found = call_macrophages(lacking, macrophage, circuit, sets, CellPolarization(), 0.5, seed=1)
    assert "too few of its genes" in found.axes.loc[0, "note"]
    assert found.cells["p_m2"].isna().all()


def test_fractions_by_sample_and_a_sample_without_macrophages():
    cells = pd.DataFrame({"sample": ["a"] * 20 + ["b"] * 5, "p_m1": 0.1, "p_m2": 0.8})
    table = sample_fractions(cells, pd.DataFrame({"sample": ["a", "b", "c"]}))
    assert table["n_macrophages"].tolist() == [20, 5, 0]
    # Jeffreys' prior, as two samples say nothing of how samples differ: (16 + 0.5) / 21
    assert table.loc["a", "fraction_m2"] == pytest.approx(16.5 / 21)
    width = table["fraction_m2_high"] - table["fraction_m2_low"]
    assert width["b"] > width["a"]
    assert table.loc["c"].drop("n_macrophages").isna().all()
