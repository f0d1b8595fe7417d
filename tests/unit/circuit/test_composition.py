"""Where samples are nothing but mixtures of cells, no edge from CGRP is supported."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_up_mixtures import edges_of, mixed_cohort

from innervate.config.circuit import load_circuit
from innervate.config.load import circuit_path
from innervate.genes.sets import load_sets

COHORTS = 40
MADE_BY_T_CELLS = ("TNF", "CCL3", "CCL4")
ASKED = (("cgrp", "effector_t"), ("cgrp", "ccl5"))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def circuit():
    return load_circuit(circuit_path("neuroimmune"))


@pytest.fixture(scope="module")
def sets():
    return load_sets("human")


def supported(circuit, sets, folder, activation, cohorts):
    """Shares of cohorts, by edge; and the edges of the last one."""
    tables = [
        edges_of(*mixed_cohort(seed, activation), circuit, sets, folder, seed=1)
        for seed in range(cohorts)
    ]
    every = pd.concat(tables).set_index(["source", "target"])
    every = every[every["status"] != "not measurable"]
    shares = every["status"].eq("supported").groupby(level=[0, 1], sort=False).mean()
    print(f"activation {activation:g}, {cohorts} cohorts:\n{shares.to_string()}")
    return shares, tables[-1].set_index(["source", "target"])


@pytest.mark.parametrize("activation", [0.0, 1.0])
def test_cell_content_supports_no_edge_from_cgrp(circuit, sets, tmp_path, activation):
    shares, last = supported(circuit, sets, tmp_path, activation, COHORTS)
    assert shares[list(ASKED)].max() <= 0.05
    assert shares.mean() <= 0.05
    for edge in ASKED:
        assert last.loc[edge, "covariates"] == "t_nk_cells;myeloid_cells"


def test_genes_that_t_cells_make_would_support_it(circuit, sets, tmp_path):
    """What the set held before: the cohorts above are able to mislead."""
    now = sets["CGRP_RESPONSE"]
    before = replace(
        now, genes=(*now.genes, *MADE_BY_T_CELLS), weights=(*now.weights, *np.full(3, -1.0))
    )
    tumor_only = circuit.evidence.model_copy(update={"composition": ["purity", "macrophages"]})
    former = circuit.model_copy(update={"evidence": tumor_only})
    shares, _ = supported(former, {**sets, "CGRP_RESPONSE": before}, tmp_path, 1.0, 8)
    assert shares[list(ASKED)].min() >= 0.5
