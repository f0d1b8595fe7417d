"""Made-up results over cohorts, with hostile names."""

import numpy as np
import pandas as pd

from innervate.config.circuit import Circuit
from innervate.report.cohorts import cohort_facts
from innervate.report.synthesis import SynthesisResults
from innervate.synthesis.pooling import synthesize

HOSTILE = "<script>alert('x')</script> & \"q\" javascript:alert(1)"
NAMES = ("one", "two", "three")


def edges(seed: int, effect: float, n: int = 40) -> pd.DataFrame:
    """Return a cohort's table of the made-up circuit's two edges; it measures one of them."""
    value = np.tanh(effect + np.random.default_rng(seed).normal(0, 0.05))
    return pd.DataFrame({
        "source": ["atf4", "slit2"], "target": ["slit2", "cgrp"], "expected_sign": [1, -1],
        "n": [n, 0], "estimate": [value, np.nan], "ci_low": [value - 0.15, np.nan],
        "ci_high": [value + 0.15, np.nan], "pvalue": [0.01, np.nan], "fdr": [0.01, np.nan],
        "specificity": [0.97, np.nan], "status": ["supported", "not measurable"],
        "estimate_type": ["partial_spearman", np.nan], "explained_by": np.nan,
        "covariates": np.nan, "note": ["", "no genes"],
    })  # fmt: skip


def associations(seed: int) -> pd.DataFrame:
    """Return a cohort's table of two scores and one endpoint."""
    ratio = np.exp(np.random.default_rng(seed).normal(0.2, 0.1, 2))
    return pd.DataFrame({
        "score": ["atf4", "cgrp"], "endpoint": HOSTILE, "model": "Cox", "n": 40, "n_events": 20,
        "estimate": ratio, "estimate_type": "hazard_ratio_per_sd", "ci_low": ratio * 0.7,
        "ci_high": ratio / 0.7, "pvalue": 0.1, "fdr": 0.2, "covariates": "", "note": "",
    })  # fmt: skip


def made_up_synthesis(circuit: Circuit, effect: float = 0.8) -> SynthesisResults:
    """Return the synthesis of three made-up cohorts with hostile names."""
    tables = {name: edges(i, effect) for i, name in enumerate(NAMES)}
    found = synthesize(
        tables,
        {name: associations(i) for i, name in enumerate(NAMES)},
        dict(zip(NAMES, ("HNSC", "HNSC", ""), strict=True)),
    )
    sample = [f"s{i}" for i in range(60)]
    sheet = pd.DataFrame({"sample": sample, "patient": [f"p{i // 2}" for i in range(60)]})
    people = sheet[["patient"]].drop_duplicates()
    about = {name: (f"Cohort {name} {HOSTILE}", "HNSC") for name in NAMES}
    cohorts = cohort_facts(about, [sheet] * 3, [people] * 3, tables.values(), circuit)
    return SynthesisResults(
        found.edges, found.associations, found.forest, found.moderators, cohorts
    )
