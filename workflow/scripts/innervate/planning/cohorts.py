"""Cohorts drawn from a circuit file: nodes, what is measured of them, and the clinic."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import numpy as np
import pandas as pd

from innervate.circuit.ends import Patients
from innervate.config.circuit import Circuit
from innervate.config.clinical import ClinicalTable
from innervate.config.plan import Plan
from innervate.runtime.errors import InnervateError

BATCHES = ("a", "b", "c")
SMALLEST_NOISE = 0.1
"""Share of a node's variance that its parents must leave."""

SPREAD = {"response": np.pi / np.sqrt(3), "time_to_event": np.pi / np.sqrt(6)}
"""Standard deviation of the logistic and the Gumbel distribution: on these scales a correlation
with the latent variable behind an outcome becomes a log odds or hazard ratio."""


@dataclass(frozen=True)
class Latent:
    """What there is to measure.

    Parameters
    ----------
    nodes
        Patients x nodes, each standard normal.
    drive
        Patients x outcomes: the signed sum of their parents, times the effect.
    purity, batch
        By patient.
    """

    nodes: pd.DataFrame
    drive: pd.DataFrame
    purity: np.ndarray
    batch: np.ndarray


def draw_latent(
    circuit: Circuit, patients: int, effect: float, generator: np.random.Generator
) -> Latent:
    """Draw the nodes of a circuit along its edges.

    Parameters
    ----------
    circuit
        Whose edges form no cycle.
    patients
        Number of them.
    effect
        Slope of each node on each parent, in standard deviations; 0 for no circuit.
    generator
        Of the draws.

    Raises
    ------
    InnervateError
        Where the edges form a cycle.
    """
    inner = [edge for edge in circuit.edges if edge.target in circuit.nodes]
    parents = {name: {} for name in circuit.nodes}
    for edge in inner:
        parents[edge.target][edge.source] = edge.sign
    try:
        order = list(TopologicalSorter(parents).static_order())
    except CycleError as error:
        msg = "a circuit whose edges form a cycle can't be simulated"
        raise InnervateError(msg) from error
    values = pd.DataFrame(0.0, index=range(patients), columns=order)
    covariance = pd.DataFrame(np.eye(len(order)), order, order)
    for at, name in enumerate(order):
        slopes = effect * pd.Series(parents[name], dtype=float)
        known = covariance.loc[order[:at], slopes.index] @ slopes
        explained = float(slopes @ known.reindex(slopes.index, fill_value=0.0))
        if explained > 1 - SMALLEST_NOISE:
            slopes *= np.sqrt((1 - SMALLEST_NOISE) / explained)
            known *= np.sqrt((1 - SMALLEST_NOISE) / explained)
            explained = 1 - SMALLEST_NOISE
        covariance.loc[order[:at], name] = covariance.loc[name, order[:at]] = known
        noise = generator.normal(size=patients) * np.sqrt(1 - explained)
        values[name] = values[slopes.index] @ slopes + noise if len(slopes) else noise
    drive = pd.DataFrame(0.0, index=values.index, columns=list(circuit.outcomes))
    for edge in circuit.edges:
        if edge.target in circuit.outcomes:
            drive[edge.target] += effect * edge.sign * values[edge.source]
    return Latent(
        values[list(circuit.nodes)],
        drive,
        generator.normal(size=patients),
        generator.integers(len(BATCHES), size=patients),
    )


def draw_patients(
    circuit: Circuit, plan: Plan, patients: int, effect: float, seed: int
) -> Patients:
    """Draw a cohort as the tests of edges and chains see it.

    Purity and batch shift every score of the tumor, and purity the outcomes, by the plan's
    confounding; both are known, as covariates. Scores of RNA and assays are as noisy as the plan
    says.

    Parameters
    ----------
    circuit
        What is drawn, and how each node may be measured.
    plan
        What is measured, and how well.
    patients
        Number of them.
    effect
        Slope along each edge; 0 for no circuit.
    seed
        Of the draws.
    """
    generator = np.random.default_rng(seed)
    latent = draw_latent(circuit, patients, effect, generator)
    shift = (latent.batch - 1) * np.sqrt(1.5)
    values, nodes = {}, {}
    for name, node in circuit.nodes.items():
        measure, reliability = _measure(circuit, name, plan)
        nodes[name] = {"status": "measured" if measure else "not measurable", "measure": measure,
                       "reason": "" if measure else "the study does not measure it"}  # fmt: skip
        values[name] = np.full(patients, np.nan)
        if measure:
            seen = latent.nodes[name] * np.sqrt(reliability)
            seen += generator.normal(size=patients) * np.sqrt(1 - reliability)
            # Batches are of RNA; the same ones run through both tissues.
            by_rna = not measure.startswith("assay ")
            tumor = node.tissue == _first_tissue(circuit)
            values[name] = seen + plan.confounding * (latent.purity * tumor + shift * by_rna)
    for name in circuit.controls:
        known = name == next(iter(circuit.evidence.composition), None)
        nodes[name] = {"status": "measured" if known else "not measurable", "measure": "assay",
                       "reason": "not simulated"}  # fmt: skip
        values[name] = latent.purity if known else np.full(patients, np.nan)
    codes = [f"P{number:04d}" for number in range(patients)]
    frame = pd.DataFrame(values).set_index(pd.Index(codes, name="patient"))
    table = pd.DataFrame(nodes).T
    table["tissue"] = [node.tissue for node in circuit.everything().values()]
    clinical, spec = _clinic(circuit, plan, latent, effect, generator)
    return Patients(
        frame, table, _origin(frame, table, latent), clinical.set_index(frame.index), spec
    )


def _first_tissue(circuit: Circuit) -> str:
    """The tissue of the first node: where a circuit begins, in the tumor."""
    return next(iter(circuit.nodes.values())).tissue


def _measure(circuit: Circuit, name: str, plan: Plan) -> tuple[str, float]:
    node = circuit.nodes[name]
    for measure in node.measures:
        if measure.kind == "assay" and measure.assay in plan.assays:
            return f"assay {measure.assay}", plan.assay_reliability
        if measure.kind != "assay" and node.tissue in plan.tissues:
            return "expression", plan.rna_reliability
    return "", 0.0


def _origin(frame: pd.DataFrame, nodes: pd.DataFrame, latent: Latent) -> pd.DataFrame:
    batches = [BATCHES[number] for number in latent.batch]
    return pd.concat(
        [
            pd.DataFrame({"patient": frame.index, "node": name, "assay": "bulk", "batch": batches})
            for name in nodes.index[nodes["measure"] == "expression"]
        ]
        or [pd.DataFrame(columns=["patient", "node", "assay", "batch"])]
    )


def _clinic(
    circuit: Circuit, plan: Plan, latent: Latent, effect: float, generator: np.random.Generator
) -> tuple[pd.DataFrame, ClinicalTable]:
    columns = {"purity_share": latent.purity}
    parts: dict[str, dict] = {"pain": {}, "endpoints": {}, "response": {}}
    count = len(latent.purity)
    for name, outcome in circuit.outcomes.items():
        drive = latent.drive[name].to_numpy() + plan.confounding * latent.purity
        key = next(iter(outcome.names), name)
        if outcome.kind == "pain":
            felt = drive + generator.normal(size=count) * np.sqrt(max(1 - effect**2, 0.1))
            columns[f"pain_{key}_0_10"] = np.clip(np.round(4 + 2.5 * felt), 0, 10)
            parts["pain"][key] = {"column": key, "instrument": "NRS", "direction": "higher_worse"}
        elif outcome.kind == "time_to_event":
            time, event = _times(drive * SPREAD[outcome.kind], plan.event_share, generator)
            columns |= {f"{key}_time_months": time, f"{key}_event": event}
            parts["endpoints"][key] = {"time": key, "status": key, "event": 1, "censored": 0,
                                       "unit": "months"}  # fmt: skip
        else:
            liability = drive * SPREAD[outcome.kind] + generator.logistic(size=count)
            cut = np.quantile(liability, 1 - plan.response_share)
            columns[f"response_{key}"] = (liability > cut).astype(float)
            parts["response"][key] = {"column": key, "levels": ["no", "yes"]}
    covariates = {"purity_share": {"column": "purity_share", "kind": "continuous"}}
    spec = ClinicalTable.model_validate(
        {"table": "simulated", **parts, "covariates": covariates, "adjust_for": ["purity_share"]}
    )
    return pd.DataFrame(columns), spec


def _times(
    log_hazard: np.ndarray, event_share: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Exponential times, in months, all censored when the given share had the event."""
    time = 24 * generator.exponential(np.exp(-log_hazard))
    end = np.quantile(time, event_share)
    return np.minimum(time, end), (time <= end).astype(float)
