"""Simulated studies put through the tests that real cohorts go through."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from innervate.circuit.chains import (
    ARROW,
    assess_chains,
    chain_columns,
    coefficients,
    path_values,
)
from innervate.circuit.edges import assess_edges, edge_model
from innervate.circuit.ends import NotMeasurableError, Patients
from innervate.clinical.associations import INDEX, associate
from innervate.config.circuit import Circuit
from innervate.config.plan import Plan
from innervate.config.settings import Clinical, EdgeTests
from innervate.planning.cohorts import draw_patients

LEVEL = 0.05
LARGE = 10_000
"""Patients of the one large study whose estimates stand for the truth."""

FEW = EdgeTests(bootstrap=400, permutations=499)
"""Enough for shares over many studies, fewer than one study needs."""

RESULT = ["kind", "name", "estimate", "ci_low", "ci_high", "pvalue"]


@dataclass(frozen=True)
class Study:
    """One design, simulated many times.

    Parameters
    ----------
    planted
        The circuit that the patients follow.
    tested
        The circuit that they are tested for.
    plan
        What is measured.
    patients
        Number of them.
    effect
        Slope along each planted edge.
    adjusted
        Whether purity and batch are adjusted for, as is usual here.
    settings
        Resamples and permutations.
    """

    planted: Circuit
    tested: Circuit
    plan: Plan
    patients: int
    effect: float
    adjusted: bool = True
    settings: EdgeTests = FEW

    def once(self, seed: int) -> pd.DataFrame:
        """One study: an estimate with its interval and p-value for each question."""
        patients = draw_patients(self.planted, self.plan, self.patients, self.effect, seed)
        circuit = self.tested
        if not self.adjusted:
            circuit, patients = _unadjusted(circuit, patients)
        edges = assess_edges(patients, circuit, lambda name, who: None, self.settings, seed).edges
        edges = edges.assign(kind="edge", name=edges["source"] + " > " + edges["target"])
        chains = assess_chains(patients, circuit, self.settings, seed)
        chains = chains.assign(kind="chain", name=chains["path"], estimate=chains["indirect"])
        found = [edges[RESULT], chains[RESULT], _associations(patients, circuit)[RESULT]]
        return pd.concat([one for one in found if len(one)], ignore_index=True)

    def truth(self, seed: int) -> pd.Series:
        """Estimates of one very large study, by kind and name; 0 where nothing is planted.

        Adjusted, also where the study is not: what is true does not depend on what is known.
        """
        patients = draw_patients(self.planted, self.plan, LARGE, self.effect, seed)
        circuit, found = self.tested, {}
        for edge in circuit.edges:
            try:
                source, model, _ = edge_model(edge, patients, circuit, self.settings)
            except NotMeasurableError:
                continue
            found["edge", f"{edge.source} > {edge.target}"] = model.estimate(source)
        for path in circuit.paths:
            try:
                nodes, adjustment = path_values(path, patients, circuit)
            except NotMeasurableError:
                continue
            columns = chain_columns(nodes, adjustment.matrix)
            links = coefficients(columns, len(path), np.ones((1, LARGE))).links
            found["chain", ARROW.join(path)] = float(links.prod())
        associations = _associations(patients, circuit).set_index(["kind", "name"])["estimate"]
        truth = pd.concat([pd.Series(found, dtype=float), associations.astype(float)])
        return truth if self.planted.edges else truth * 0.0


def _unadjusted(circuit: Circuit, patients: Patients) -> tuple[Circuit, Patients]:
    evidence = circuit.evidence.model_copy(update={"composition": []})
    spec = patients.spec.model_copy(update={"adjust_for": []})
    one_batch = patients.origin.assign(batch="")
    return (
        circuit.model_copy(update={"evidence": evidence}),
        replace(patients, origin=one_batch, spec=spec),
    )


def _associations(patients: Patients, circuit: Circuit) -> pd.DataFrame:
    signs = {name: node.toward for name, node in circuit.nodes.items() if node.toward}
    joined = patients.clinical.join(patients.values)
    joined[INDEX] = (patients.values[list(signs)] * pd.Series(signs)).mean(axis=1)
    nodes = patients.nodes.rename_axis("node").reset_index()
    # The nodes of the index: each is asked of each outcome.
    nodes = nodes[nodes["node"].isin(signs)].assign(control=False)
    table = associate(joined, nodes, patients.spec, Clinical())
    table = table[table["covariates"].ne("") | (not patients.spec.adjust_for)]
    names = table["score"] + ", " + table["endpoint"]
    # Ratios are compared on the scale on which they are symmetric.
    ratio = table["estimate_type"] != "spearman_rho"
    for column in ("estimate", "ci_low", "ci_high"):
        values = table[column].astype(float)
        table[column] = values.where(~ratio, np.log(values.where(ratio)))
    return table.assign(kind="association", name=names)


def repeat(study: Study, replicates: int, seed: int, cores: int) -> pd.DataFrame:
    """Simulate a study many times.

    Parameters
    ----------
    study
        The design.
    replicates
        How often.
    seed
        Of the first; the others follow.
    cores
        Processes.

    Returns
    -------
    DataFrame
        One row a question: ``kind, name, replicates`` (in which it could be tested),
        ``rejected`` (share with p at or below 0.05), ``bias``, ``coverage`` of the 95 % interval,
        each with its Monte-Carlo standard error, and ``truth``.
    """
    seeds = [seed + 1000 * number for number in range(1, replicates + 1)]
    if cores > 1:
        with ProcessPoolExecutor(cores) as pool:
            runs = list(pool.map(study.once, seeds, chunksize=4))
    else:
        runs = [study.once(one) for one in seeds]
    return summarize(runs, study.truth(seed))


def summarize(runs: Iterable[pd.DataFrame], truth: pd.Series) -> pd.DataFrame:
    """Rejections, bias and coverage of many runs of one study; see `repeat`."""
    every = pd.concat(runs, ignore_index=True)
    every = every[every["pvalue"].notna()].astype({"estimate": float})
    rows = []
    for key, group in every.groupby(["kind", "name"], sort=False):
        expected = truth.get(key, np.nan)
        count = len(group)
        held = group.dropna(subset=["ci_low", "ci_high"])
        covered = held["ci_low"].le(expected) & held["ci_high"].ge(expected)
        share = partial(_share, count=count)
        rejected, rejected_error = share((group["pvalue"] <= LEVEL).mean())
        coverage, coverage_error = _share(covered.mean(), len(held))
        rows.append(
            {
                "kind": key[0], "name": key[1], "replicates": count,
                "rejected": rejected, "rejected_error": rejected_error, "truth": expected,
                "bias": group["estimate"].mean() - expected,
                "bias_error": group["estimate"].std() / np.sqrt(count),
                "coverage": coverage, "coverage_error": coverage_error,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _share(share: float, count: int) -> tuple[float, float]:
    return share, float(np.sqrt(share * (1 - share) / count)) if count else np.nan
