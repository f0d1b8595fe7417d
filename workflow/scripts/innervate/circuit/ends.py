"""The two ends of an edge, as values by patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from innervate.circuit.contracts import PATIENTS
from innervate.circuit.effects import Target
from innervate.config.circuit import Circuit
from innervate.config.clinical import ClinicalTable
from innervate.config.cohort import Cohort
from innervate.config.evidence import Outcome
from innervate.inputs.clinical.contracts import CLINICAL
from innervate.inputs.contracts import SAMPLES
from innervate.runtime.files import read_table
from innervate.scoring.contracts import NODES, SCORES

ASSAY = "assay "
"""How the measure of a node that is not RNA begins."""


class NotMeasurableError(Exception):
    """Why an end, an edge or a path can't be measured."""


@dataclass(frozen=True)
class Patients:
    """What is known of a cohort's patients.

    Parameters
    ----------
    values
        Patients x nodes and controls, as z.
    nodes
        By node: ``status, reason, measure, tissue``.
    origin
        One row for each patient and node measured in RNA: ``patient, node, assay`` (bulk or
        single cells) and ``batch``.
    clinical
        Of `innervate.inputs.clinical.table.read_clinical` by patient, or None.
    spec
        Declares what the clinical table holds, or None.
    """

    values: pd.DataFrame
    nodes: pd.DataFrame
    origin: pd.DataFrame
    clinical: pd.DataFrame | None
    spec: ClinicalTable | None

    def by_rna(self, name: str) -> bool:
        """Whether a node is measured in RNA here."""
        return self.measurable(name) and not str(self.nodes.loc[name, "measure"]).startswith(ASSAY)

    def measurable(self, name: str) -> bool:
        """Whether the cohort measures a node or control."""
        return name in self.nodes.index and self.nodes.loc[name, "status"] == "measured"

    def node(self, name: str) -> pd.Series:
        """Values of a node.

        Raises
        ------
        NotMeasurableError
            With the reason.
        """
        if not self.measurable(name):
            raise NotMeasurableError(f"{name}: {self.nodes.loc[name, 'reason']}")
        return self.values[name]

    def target(self, name: str, circuit: Circuit) -> Target:
        """What an edge reaches: a node, or an outcome by the model that it needs.

        Raises
        ------
        NotMeasurableError
            With the reason.
        """
        if name in circuit.nodes:
            return Target("rank", self.node(name))
        outcome = circuit.outcomes[name]
        declared = self._declared(outcome)
        chosen = next((key for key in outcome.names or declared if key in declared), None)
        if chosen is None:
            raise NotMeasurableError(f"{name}: the cohort declares none")
        if outcome.kind == "time_to_event":
            time = self.clinical[f"{chosen}_time_{self.spec.endpoints[chosen].unit}"]
            return Target("survival", self.clinical[f"{chosen}_event"], time)
        if outcome.kind == "pain":
            return Target("rank", self.clinical[self._pain_column(chosen)])
        grades = self.clinical[f"response_{chosen}"]
        return Target("binary" if grades.max() <= 1 else "ordinal", grades)

    def _declared(self, outcome: Outcome) -> list[str]:
        if self.spec is None:
            return []
        parts = {"pain": "pain", "time_to_event": "endpoints", "response": "response"}
        return list(getattr(self.spec, parts[outcome.kind]))

    def _pain_column(self, name: str) -> str:
        common = f"pain_{name}_0_10"
        return common if common in self.clinical.columns else f"pain_{name}"


def read_patients(tables: Mapping[str, str], cohort: Cohort) -> tuple[Patients, pd.DataFrame]:
    """Bring together what the stages before say of the patients.

    Parameters
    ----------
    tables
        Paths of ``patients``, ``nodes``, ``scores``, ``samples`` and, where there is one,
        ``clinical``.
    cohort
        Its baseline, and what its clinical table holds.

    Returns
    -------
    tuple
        The patients; and of the scores the rows that stand for a node in a patient, with
        ``assay`` (bulk or single cells) and ``batch``.
    """
    values = read_table(tables["patients"], PATIENTS).set_index("patient")
    samples = read_table(tables["samples"], SAMPLES)
    if cohort.baseline is not None:
        samples = samples[samples["timepoint"] == cohort.baseline]
    scores = read_table(tables["scores"], SCORES)
    scores = scores[scores["primary"] & scores["z"].notna()]
    scores = scores.merge(samples[["sample", "batch"]], on="sample")
    scores["assay"] = np.where(scores["compartment"] == "bulk", "bulk", "single cells")
    origin = scores.groupby(["patient", "node"])[["assay", "batch"]].agg(_together).reset_index()
    nodes = read_table(tables["nodes"], NODES).set_index("node")
    clinical = None
    if tables.get("clinical"):
        clinical = read_table(tables["clinical"], CLINICAL).set_index("patient")
        clinical = clinical.reindex(values.index)
    return Patients(values, nodes, origin, clinical, cohort.clinical), scores


def _together(values: pd.Series) -> str:
    return "+".join(sorted({str(value) for value in values.dropna()}))
