"""What every part of the report is given."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from innervate.config.circuit import Circuit
from innervate.config.cohort import Cohort
from innervate.config.contrast import Contrast
from innervate.config.settings import Settings
from innervate.report.data import CohortResults
from innervate.report.suppression import suppressed

SIGNIFICANCE = 0.05
"""False discovery rate below which the report says that an association was found."""


@dataclass(frozen=True)
class Context:
    """A cohort's results, without small counts of patients, beside what was asked of them."""

    results: CohortResults
    cohort: Cohort
    settings: Settings
    circuit: Circuit

    def __post_init__(self) -> None:
        # Here, so that no section, figure or summary can be given what is to be hidden.
        object.__setattr__(self, "results", suppressed(self.results, self.below))

    @property
    def below(self) -> int:
        """Counts of patients by a clinical value from 1 to below this are not shown."""
        return self.settings.clinical.suppress_below

    @property
    def patients(self) -> int:
        """How many patients the report is of: those of the circuit, where it was scored."""
        known = self.results.patients
        return self.results.samples["patient"].nunique() if known is None else len(known)

    @property
    def alpha(self) -> float:
        """False discovery rate of differential expression."""
        return self.settings.differential_expression.alpha

    @cached_property
    def names(self) -> dict[str, str]:
        """Each node and control as it is to be shown, in the circuit's order."""
        return {name: node.label for name, node in self.circuit.everything().items()}

    @property
    def score_names(self) -> dict[str, str]:
        """Each score of the clinical associations as it is to be shown."""
        return {**self.names, "circuit_index": "Circuit index"}

    @cached_property
    def tissues(self) -> pd.Series:
        """Tissue by sample."""
        return self.results.samples.set_index("sample")["tissue"]

    @cached_property
    def node_matrix(self) -> pd.DataFrame:
        """Z scores, nodes and controls in the circuit's order x patients by circuit index.

        Patients' own values come first, as they may hold an assay; else the primary scores of
        samples, averaged where a patient has several.
        """
        patients, scores = self.results.patients, self.results.scores
        if patients is not None and set(self.names) & set(patients.columns):
            matrix = patients.set_index("patient").T
        elif scores is not None:
            primary = scores[scores["primary"].astype(bool)] if "primary" in scores else scores
            matrix = primary.pivot_table(index="node", columns="patient", values="z")
        else:
            matrix = pd.DataFrame()
        return matrix.reindex(index=list(self.names), columns=self.patient_order).astype(float)

    @cached_property
    def node_rows(self) -> pd.DataFrame:
        """Columns node, name, control, measured: all nodes and controls, in the circuit's order."""
        rows = pd.DataFrame({"node": list(self.names), "name": list(self.names.values())})
        rows["control"] = rows["node"].isin(self.circuit.controls)
        nodes = self.results.nodes
        if nodes is None:
            measured = set(self.node_matrix.dropna(how="all").index)
        else:
            measured = set(nodes.loc[nodes["status"] == "measured", "node"])
        return rows.assign(measured=rows["node"].isin(measured))

    @cached_property
    def patient_order(self) -> list[str]:
        """Patients by circuit index, the highest first, then those without one."""
        patients, scores = self.results.patients, self.results.scores
        ordered = [] if scores is None else sorted(scores["patient"].unique())
        if patients is None:
            return ordered
        ranked = patients.sort_values(
            ["circuit_index", "patient"], ascending=[False, True], kind="stable"
        )
        return list(dict.fromkeys([*ranked["patient"], *ordered]))

    def sides(self, contrast: Contrast) -> tuple[str, str]:
        """What a positive and a negative fold change of a contrast mean."""
        if contrast.numerator and contrast.denominator:
            return f"higher in {contrast.numerator}", f"higher in {contrast.denominator}"
        if contrast.interaction:
            terms = " and ".join(f"{k} {v}" for k, v in contrast.interaction.items())
            return f"more positive with {terms}", f"more negative with {terms}"
        return f"rising with {contrast.variable}", f"falling with {contrast.variable}"

    def contrast(self, name: str) -> Contrast | None:
        """A contrast as the cohort file declares it."""
        return self.cohort.bulk.contrasts.get(name) if self.cohort.bulk else None
